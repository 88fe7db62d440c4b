import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatModel } from '../../package/generate/ecr-model.ts';
import { ECR_MODEL } from '../../src/aws/ecr-model.ts';
import { PARTITIONS, partitionOf } from '../../src/aws/partition.ts';
import { parseEcrHost } from '../../src/aws/registry-host.ts';
import { repositoryNameProblem } from '../../src/function/api/ecr-name.ts';
import { parameterLayer } from '../../src/function/api/parameters.ts';
import { accessPolicyText } from '../../src/function/api/settings/access.ts';
import { lifecyclePolicyText } from '../../src/function/api/settings/lifecycle.ts';
import { registryParameters } from '../../src/function/registry/parameters.ts';
import { cluster } from '../../src/function/repositories/providers/cluster.ts';
import { trimEnd } from '../../src/internal/trim.ts';
import type { Json } from '../../src/json/value.ts';
import { Severity } from '../../src/protocol/messages.ts';
import { ACCOUNT, call, composite, input, objectAt, REGION, request, seedParameters } from '../function/call.ts';

type ShapeName = keyof typeof ECR_MODEL.shapes;

/** How one of our checks compares with a shape of the API. */
interface Row {
  readonly shape: ShapeName;
  /** Where a user writes the value. */
  readonly field: string;
  readonly takes: (value: string) => boolean;
  /** Why we refuse something that the shape allows, and which values that holds for. */
  readonly stricter?: { readonly because: string; readonly refuses: (value: string) => boolean };
  /** Values like those that people write. Default: made from the shape's pattern. */
  readonly like?: fc.Arbitrary<string>;
}

/** True when the parameters of a claim may have `values`. */
function allows(values: Readonly<Record<string, Json>>): boolean {
  return parameterLayer.safeParse(values).success;
}

const pullThrough = (fields: Readonly<Record<string, string>>) =>
  allows({ pullThroughCache: [{ prefix: 'quay', upstream: 'quay.io', ...fields }] });
const template = (fields: Readonly<Record<string, Json>>) =>
  allows({ creationTemplate: { appliedFor: ['CREATE_ON_PUSH'], ...fields } });
const imageTags = (filter: string) => allows({ imageTags: { mutability: 'Immutable', except: [filter] } });
const rule = (fields: Readonly<Record<string, Json>>) => allows({ lifecycle: { rules: [{ ...fields, keepLast: 3 }] } });
const letters = (max: number) => fc.string({ unit: fc.constantFrom('a', '0', '-'), maxLength: max + 3 });

const ofRegistry = (values: Readonly<Record<string, Json>>) =>
  registryParameters.safeParse({ region: REGION, ...values }).success;
const DESTINATION = { region: REGION, account: ACCOUNT };
const scanning = (...rules: readonly Json[]) => ofRegistry({ scanning: { type: 'ENHANCED', rules: [...rules] } });
const basic = (...rules: readonly Json[]) => ofRegistry({ scanning: { type: 'BASIC', rules: [...rules] } });

const ROWS: readonly Row[] = [
  {
    shape: 'RepositoryName',
    field: 'the name of a repository',
    takes: (name) => repositoryNameProblem(name) === undefined,
  },
  {
    shape: 'Region',
    field: 'region',
    takes: (region) => allows({ region }),
    stricter: {
      because: 'a region has words and a number with dashes between them; anything else is a mistake in writing',
      refuses: (region) => !/^[a-z]{2,}(-[a-z]+)+-[0-9]+$/.test(region),
    },
    like: fc.oneof(fc.constantFrom(...ECR_MODEL.partitions.flatMap(({ regions }) => regions)), letters(25)),
  },
  {
    shape: 'RegistryId',
    field: 'access.pull.accounts[]',
    takes: (account) => allows({ access: { pull: { accounts: [account] } } }),
  },
  {
    shape: 'ImageTag',
    field: 'lifecycle.rules[].tagPrefixes[]',
    takes: (prefix) => rule({ tagPrefixes: [prefix] }),
    stricter: {
      because: 'no tag contains an asterisk, so ECR would never match such a prefix; patterns have wildcards',
      refuses: (prefix) => prefix.includes('*'),
    },
    like: letters(300),
  },
  {
    shape: 'ImageTagMutabilityExclusionFilterValue',
    field: 'imageTags.except[]',
    takes: imageTags,
    stricter: {
      because: "the documentation of ImageTagMutabilityExclusionFilter allows two wildcards; the shape doesn't say so",
      refuses: (filter) => filter.split('*').length > 3,
    },
  },
  {
    shape: 'EncryptionType',
    field: 'encryption.type',
    takes: (type) => allows({ encryption: { type } }),
  },
  {
    shape: 'KmsKey',
    field: 'encryption.kmsKey',
    takes: (kmsKey) => allows({ encryption: { type: 'KMS', kmsKey } }),
    stricter: {
      because:
        'ECR answers with the ARN of the key, so an alias or id looks to a provider like a change that ECR cannot make',
      refuses: (key) => !/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/.test(key),
    },
    like: fc.oneof(
      fc.stringMatching(/^arn:aws:kms:eu-west-2:[0-9]{12}:key\/[a-z0-9-]{1,2100}$/),
      fc.constant('alias/ecr'),
    ),
  },
  {
    shape: 'RCTAppliedFor',
    field: 'creationTemplate.appliedFor[]',
    takes: (occasion) => template({ appliedFor: [occasion] }),
  },
  {
    shape: 'RepositoryTemplateDescription',
    field: 'creationTemplate.description',
    takes: (description) => template({ description }),
    like: letters(256),
  },
  {
    shape: 'CustomRoleArn',
    field: 'creationTemplate.customRoleArn and pullThroughCache[].customRoleArn',
    takes: (customRoleArn) => template({ customRoleArn }) && pullThrough({ customRoleArn }),
    stricter: {
      because: 'the shape bounds the length only; ECR takes nothing but the ARN of a role',
      refuses: (arn) => !/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn),
    },
    like: fc.oneof(fc.stringMatching(/^arn:aws:iam::[0-9]{12}:role\/[a-z]{1,2100}$/), fc.constant('role')),
  },
  {
    shape: 'PullThroughCacheRuleRepositoryPrefix',
    field: 'pullThroughCache[].prefix and .upstreamPrefix',
    takes: (prefix) => pullThrough({ prefix }) && pullThrough({ upstreamPrefix: prefix }),
  },
  {
    shape: 'CredentialArn',
    field: 'pullThroughCache[].credentialArn',
    takes: (credentialArn) => pullThrough({ credentialArn }),
    stricter: {
      because: 'the ARN of a secret has a region and an account of twelve digits; partitions are in lower case',
      refuses: (arn) => !/^arn:aws(-[a-z-]*)?:secretsmanager:[a-z0-9-]+:\d{12}:secret:/.test(arn),
    },
    like: fc.stringMatching(
      /^arn:aws:secretsmanager:eu-west-2:[0-9]{12}:secret:ecr-pullthroughcache\/[a-z/_-]{1,620}$/,
    ),
  },
  {
    shape: 'RepositoryFilterValue',
    field: 'replication.rules[].prefixes[] of a registry',
    takes: (prefix) => ofRegistry({ replication: { rules: [{ destinations: [DESTINATION], prefixes: [prefix] }] } }),
  },
  {
    shape: 'ScanningRepositoryFilterValue',
    field: 'scanning.rules[].repositories[] of a registry',
    takes: (filter) => scanning({ frequency: 'SCAN_ON_PUSH', repositories: [filter] }),
  },
  {
    shape: 'ScanFrequency',
    field: 'scanning.rules[].frequency of a registry',
    takes: (frequency) => scanning({ frequency, repositories: ['*'] }) || basic({ frequency, repositories: ['*'] }),
  },
  {
    shape: 'ScanType',
    field: 'scanning.type of a registry',
    takes: (type) => ofRegistry({ scanning: { type } }),
  },
];

/** Shapes that no single text of a user has, and the test that holds them. */
const ELSEWHERE: Readonly<Partial<Record<ShapeName, string>>> = {
  LifecyclePolicyText: 'the bounds of texts',
  RepositoryPolicyText: 'the bounds of texts',
  ImageTagMutabilityExclusionFilters: 'the bounds of lists',
  ImageTagMutability: 'the words of managed resources',
  ImageTagMutabilityExclusionFilterType: 'the words of managed resources',
  Prefix: 'the prefix of a creation template',
  RegistryPolicyText: 'test/function/registry',
  ReplicationRuleList: 'the bounds of lists of a registry',
  ReplicationDestinationList: 'the bounds of lists of a registry',
  RepositoryFilterList: 'the bounds of lists of a registry',
  RegistryScanningRuleList: 'the bounds of lists of a registry',
  ScanningRepositoryFilterList: 'the bounds of lists of a registry',
};

/** True when the API takes `value`. Patterns without anchors are of the whole value too. */
function isOfShape(name: ShapeName, value: string): boolean {
  const {
    min = 0,
    max = Number.POSITIVE_INFINITY,
    pattern = '',
    enum: words = [],
  }: Constraints = ECR_MODEL.shapes[name];
  if (words.length > 0) return words.includes(value);
  return value.length >= min && value.length <= max && (pattern === '' || new RegExp(`^(?:${pattern})$`).test(value));
}

interface Constraints {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

test('every shape of the model has a row here', () => {
  const named = [...ROWS.map(({ shape }) => shape), ...Object.keys(ELSEWHERE)];
  expect(named.sort()).toEqual(Object.keys(ECR_MODEL.shapes).sort());
});

describe.each(ROWS)('$field and $shape', ({ shape, takes, stricter, like }) => {
  const { max = 1, pattern, enum: words }: Constraints = ECR_MODEL.shapes[shape];
  const ofPattern = pattern === undefined ? fc.constant('') : fc.stringMatching(new RegExp(`^(?:${pattern})$`));
  const values = words ? fc.constantFrom(...words) : (like ?? ofPattern);
  const isRefused = (value: string) => stricter?.refuses(value) ?? false;

  test(`we take what ECR takes${stricter ? `, but for this: ${stricter.because}` : ''}`, () => {
    let taken = 0;
    fc.assert(
      fc.property(values, (value) => {
        const wanted = isOfShape(shape, value) && !isRefused(value);
        taken += Number(wanted);
        expect(takes(value), value).toBe(wanted);
      }),
    );
    expect(taken).toBeGreaterThan(0);
  });

  test('we take nothing that ECR refuses', () => {
    const anything = fc.string({
      unit: fc.constantFrom('a', '1', '-', '_', '.', '/', '*', ':', 'A', ' '),
      maxLength: 40,
    });
    const tooLong = values.map((value) => value.padEnd(max + 1, 'a'));
    fc.assert(fc.property(fc.oneof(anything, tooLong), (value) => !takes(value) || isOfShape(shape, value)));
  });
});

describe('the bounds of texts', () => {
  const { LifecyclePolicyText, RepositoryPolicyText } = ECR_MODEL.shapes;

  test('a lifecycle policy is full where ECR says', () => {
    // The prefixes of the last rule make it as long as wanted.
    const rules = (fill: number) => ({
      rules: [...Array(5).keys()].map((rule) => ({
        keepLast: 1,
        tagPrefixes: Array.from({ length: 100 }, (_, tag) => {
          const length = rule < 4 ? 56 : 10 + Math.floor((fill + tag) / 100);
          return `${rule}-${tag}`.padEnd(length, 'x');
        }),
      })),
    });
    const free = LifecyclePolicyText.max - lifecyclePolicyText(rules(0)).length;
    expect(lifecyclePolicyText(rules(free))).toHaveLength(LifecyclePolicyText.max);
    expect(allows({ lifecycle: rules(free) })).toBe(true);
    expect(allows({ lifecycle: rules(free + 1) })).toBe(false);
  });

  test('no lifecycle policy is shorter than ECR takes', () => {
    expect(lifecyclePolicyText({ keepLast: 1 }).length).toBeGreaterThanOrEqual(LifecyclePolicyText.min);
  });

  test('a repository policy is full where ECR says', () => {
    const access = (id: number) => ({
      policy: { Id: 'x'.repeat(id), Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }] },
    });
    const free = RepositoryPolicyText.max - accessPolicyText(access(0), 'aws').length;
    expect(allows({ access: access(free) })).toBe(true);
    expect(allows({ access: access(free + 1) })).toBe(false);
  });
});

test('the words of managed resources are those of ECR', () => {
  const { ImageTagMutability, ImageTagMutabilityExclusionFilterType } = ECR_MODEL.shapes;
  const words = ['Mutable', 'Immutable'].flatMap((mutability) =>
    [undefined, ['v*']].map((except) => {
      const settings = parameterLayer.parse({ imageTags: { mutability, except } });
      const place = { region: 'eu-west-2', providerName: 'aws', namespace: undefined };
      const plan = {
        key: 'image',
        composedName: 'imagerepo',
        externalName: 'app',
        settings,
        place,
        labels: {},
        annotations: {},
        adopts: true,
      };
      return objectAt(cluster('v1beta2').repository(plan), 'spec', 'forProvider');
    }),
  );
  expect(words.map(({ imageTagMutability }) => imageTagMutability).sort()).toEqual([...ImageTagMutability.enum].sort());
  expect(words[1]?.imageTagMutabilityExclusionFilter).toEqual([
    { filter: 'v*', filterType: ImageTagMutabilityExclusionFilterType.enum[0] },
  ]);
});

describe('the prefix of a creation template', () => {
  const answer = async (repoPrefix: string) => {
    const response = await call(
      request({
        input: input({
          nameTemplate: '{workload}{suffix}',
          provider: { flavor: 'ecr.aws.upbound.io' },
          allowed: { creationTemplates: {} },
        }),
        composite: composite({ ...seedParameters, repoPrefix, creationTemplate: { appliedFor: ['CREATE_ON_PUSH'] } }),
      }),
    );
    return response.results.filter(({ severity }) => severity === Severity.FATAL).map(({ message }) => message);
  };

  test('is what ECR takes', async () => {
    const { pattern, max } = ECR_MODEL.shapes.Prefix;
    const prefixes = fc.oneof(
      fc.stringMatching(new RegExp(pattern)),
      fc.constantFrom('ROOT', 'root', 'Team', 'a..b', 'a_-b', 'a'.repeat(max + 1), `${'a'.repeat(max)}/`),
    );
    await fc.assert(
      fc.asyncProperty(prefixes, async (prefix) => {
        // The last slash is not part of the name that AWS gets.
        expect((await answer(prefix)).length === 0, prefix).toBe(isOfShape('Prefix', trimEnd(prefix, '/')));
      }),
    );
  });

  test('is not empty', async () => {
    expect((await answer(`${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/`))[0]).toBe(
      'spec.parameters.repoPrefix: must not be empty without its registry host; use ROOT for a creation template for all repositories',
    );
  });
});

test('the bounds of lists: exceptions of tag mutability', () => {
  const { min, max } = ECR_MODEL.shapes.ImageTagMutabilityExclusionFilters;
  const except = (count: number) => allows({ imageTags: { mutability: 'Mutable', except: Array(count).fill('v*') } });
  expect([min - 1, min, max, max + 1].map(except)).toEqual([false, true, true, false]);
});

test('the bounds of lists of a registry', () => {
  const { shapes } = ECR_MODEL;
  const rules = (count: number) =>
    ofRegistry({ replication: { rules: Array(count).fill({ destinations: [DESTINATION] }) } });
  const rule = (fields: Readonly<Record<string, Json>>) =>
    ofRegistry({ replication: { rules: [{ destinations: [DESTINATION], ...fields }] } });
  const many = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`);
  const frequencies = ['SCAN_ON_PUSH', 'CONTINUOUS_SCAN', 'SCAN_ON_PUSH'];
  for (const [name, takes] of [
    ['ReplicationRuleList', rules],
    ['ReplicationDestinationList', (count) => rule({ destinations: Array(count).fill(DESTINATION) })],
    ['RepositoryFilterList', (count) => rule({ prefixes: many(count) })],
    ['ScanningRepositoryFilterList', (count) => scanning({ frequency: 'SCAN_ON_PUSH', repositories: many(count) })],
    [
      'RegistryScanningRuleList',
      (count) => scanning(...frequencies.slice(0, count).map((frequency) => ({ frequency, repositories: ['*'] }))),
    ],
  ] as [keyof typeof shapes, (count: number) => boolean][]) {
    const { max = 0 }: Constraints = shapes[name];
    expect([1, max, max + 1].map(takes), name).toEqual([true, true, false]);
  }
});

describe('partitions', () => {
  test.each(ECR_MODEL.partitions)(
    '$id: each of its regions is of it alone, and has registries',
    ({ id, regions, dnsSuffix }) => {
      for (const region of regions) {
        expect(partitionOf(region)).toBe(id);
        expect(PARTITIONS.filter((one) => new RegExp(`^${one.regions}$`).test(region)).map((one) => one.id)).toEqual([
          id,
        ]);
        expect(parseEcrHost(`111122223333.dkr.ecr.${region}.${dnsSuffix}`)).toMatchObject({
          region,
          domain: dnsSuffix,
        });
      }
    },
  );

  test('no region is taken for one of a partition that botocore would not take for it', () => {
    const regions = fc.oneof(
      ...ECR_MODEL.partitions.map(({ regionRegex }) => fc.stringMatching(new RegExp(regionRegex))),
      fc.stringMatching(/^[a-z]{2,4}(-[a-z]{2,6}){1,3}-[0-9]{1,3}$/),
    );
    fc.assert(
      fc.property(regions, (region) => {
        const ours = PARTITIONS.filter((one) => new RegExp(`^${one.regions}$`).test(region)).map(({ id }) => id);
        const theirs = ECR_MODEL.partitions.filter(({ regionRegex }) => new RegExp(regionRegex).test(region));
        expect(theirs.map(({ id }) => id)).toEqual(expect.arrayContaining(ours));
        // Ours is narrower: what it matches stands in the names of hosts that logins are sent to.
        if (/^[a-z-]+-[0-9]{1,2}$/.test(region)) expect(ours).toEqual(theirs.map(({ id }) => id));
      }),
    );
  });
});

test('the generator keeps the constraints of the shapes and the partitions', () => {
  const shapes = Object.fromEntries(
    Object.entries(ECR_MODEL.shapes).map(([name, shape]) => [
      name,
      { type: 'string', documentation: '<p/>', ...shape },
    ]),
  );
  const partitions = ECR_MODEL.partitions.map(({ dnsSuffix, dualStackDnsSuffix, regions, ...rest }) => ({
    ...rest,
    outputs: { name: rest.id, dnsSuffix, dualStackDnsSuffix, supportsFIPS: true },
    regions: Object.fromEntries([...regions, `${rest.id}-global`].map((region) => [region, { description: '' }])),
  }));
  const json = /ECR_MODEL = (.*) as const;/.exec(formatModel(ECR_MODEL.botocore, { shapes }, { partitions }))?.[1];
  expect(JSON.parse(json ?? '')).toEqual(ECR_MODEL);
  expect(() => formatModel('0', { shapes: {} }, { partitions })).toThrow('botocore has no shapes.RepositoryName');
});
