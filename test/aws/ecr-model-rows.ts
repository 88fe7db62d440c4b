import fc from 'fast-check';
import { ECR_MODEL } from '../../src/aws/ecr-model.ts';
import { repositoryNameProblem } from '../../src/function/api/ecr-name.ts';
import { parameterLayer } from '../../src/function/api/parameters.ts';
import { registryParameters } from '../../src/function/registry/parameters.ts';
import type { Json } from '../../src/json/value.ts';
import { ACCOUNT, REGION } from '../function/call.ts';

export type ShapeName = keyof typeof ECR_MODEL.shapes;

/** One of our checks, and the shape of the API. */
interface Row {
  readonly shape: ShapeName;
  /** The field that the user writes. */
  readonly field: string;
  readonly takes: (value: string) => boolean;
  /** The reason why we refuse values that the shape allows, and which values. */
  readonly stricter?: { readonly because: string; readonly refuses: (value: string) => boolean };
  /** Realistic values. Default: generated from the shape's pattern. */
  readonly like?: fc.Arbitrary<string>;
}

/** True when the parameters of a claim may have `values`. */
export function allows(values: Readonly<Record<string, Json>>): boolean {
  return parameterLayer.safeParse(values).success;
}

const pullThrough = (fields: Readonly<Record<string, string>>) =>
  allows({ pullThroughCache: [{ prefix: 'quay', upstream: 'quay.io', ...fields }] });
const template = (fields: Readonly<Record<string, Json>>) =>
  allows({ creationTemplate: { appliedFor: ['CREATE_ON_PUSH'], ...fields } });
const imageTags = (filter: string) => allows({ imageTags: { mutability: 'Immutable', except: [filter] } });
const rule = (fields: Readonly<Record<string, Json>>) => allows({ lifecycle: { rules: [{ ...fields, keepLast: 3 }] } });
const letters = (max: number) => fc.string({ unit: fc.constantFrom('a', '0', '-'), maxLength: max + 3 });

export const ofRegistry = (values: Readonly<Record<string, Json>>) =>
  registryParameters.safeParse({ region: REGION, ...values }).success;
export const DESTINATION = { region: REGION, account: ACCOUNT };
export const scanning = (...rules: readonly Json[]) =>
  ofRegistry({ scanning: { type: 'ENHANCED', rules: [...rules] } });
const basic = (...rules: readonly Json[]) => ofRegistry({ scanning: { type: 'BASIC', rules: [...rules] } });

export const ROWS: readonly Row[] = [
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

/** Shapes that are not a single text of a user, with the test that checks them. */
export const ELSEWHERE: Readonly<Partial<Record<ShapeName, string>>> = {
  LifecyclePolicyText: 'the limits of texts',
  RepositoryPolicyText: 'the limits of texts',
  ImageTagMutabilityExclusionFilters: 'the limits of lists',
  ImageTagMutability: 'the enumerations of managed resources',
  ImageTagMutabilityExclusionFilterType: 'the enumerations of managed resources',
  Prefix: 'the prefix of a creation template',
  RegistryPolicyText: 'test/function/registry',
  ReplicationRuleList: 'the limits of lists of a registry',
  ReplicationDestinationList: 'the limits of lists of a registry',
  RepositoryFilterList: 'the limits of lists of a registry',
  RegistryScanningRuleList: 'the limits of lists of a registry',
  ScanningRepositoryFilterList: 'the limits of lists of a registry',
};

/** True when the API accepts `value`. Patterns without anchors apply to the whole value too. */
export function isOfShape(name: ShapeName, value: string): boolean {
  const {
    min = 0,
    max = Number.POSITIVE_INFINITY,
    pattern = '',
    enum: words = [],
  }: Constraints = ECR_MODEL.shapes[name];
  if (words.length > 0) return words.includes(value);
  return value.length >= min && value.length <= max && (pattern === '' || new RegExp(`^(?:${pattern})$`).test(value));
}

export interface Constraints {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}
