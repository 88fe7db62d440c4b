import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ECR_MODEL } from '../../src/aws/ecr-model.ts';
import { parameterLayer } from '../../src/function/api/parameters.ts';
import { accessPolicyText } from '../../src/function/api/settings/access.ts';
import { lifecyclePolicyText } from '../../src/function/api/settings/lifecycle.ts';
import { cluster } from '../../src/function/repositories/providers/cluster.ts';
import { trimEnd } from '../../src/internal/trim.ts';
import type { Json } from '../../src/json/value.ts';
import { Severity } from '../../src/protocol/messages.ts';
import { ACCOUNT, call, composite, input, objectAt, REGION, request, seedParameters } from '../function/call.ts';
import { allows, type Constraints, DESTINATION, isOfShape, ofRegistry, scanning } from './ecr-model-rows.ts';

describe('the limits of texts', () => {
  const { LifecyclePolicyText, RepositoryPolicyText } = ECR_MODEL.shapes;

  test('a lifecycle policy may have exactly the maximum length of ECR', () => {
    // The prefixes of the last rule determine its length.
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

  test('each lifecycle policy has at least the minimum length of ECR', () => {
    expect(lifecyclePolicyText({ keepLast: 1 }).length).toBeGreaterThanOrEqual(LifecyclePolicyText.min);
  });

  test('a repository policy may have exactly the maximum length of ECR', () => {
    const access = (id: number) => ({
      policy: { Id: 'x'.repeat(id), Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }] },
    });
    const free = RepositoryPolicyText.max - accessPolicyText(access(0), 'aws').length;
    expect(allows({ access: access(free) })).toBe(true);
    expect(allows({ access: access(free + 1) })).toBe(false);
  });
});

test('the enumerations of managed resources are those of ECR', () => {
  const { ImageTagMutability, ImageTagMutabilityExclusionFilterType } = ECR_MODEL.shapes;
  const words = ['Mutable', 'Immutable'].flatMap((mutability) =>
    [undefined, ['v*']].map((except) => {
      const settings = parameterLayer.parse({ imageTags: { mutability, except } });
      const location = { region: 'eu-west-2', providerName: 'aws', namespace: undefined };
      const plan = {
        key: 'image',
        composedName: 'imagerepo',
        externalName: 'app',
        settings,
        location,
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

  test('is validated as in ECR', async () => {
    const { pattern, max } = ECR_MODEL.shapes.Prefix;
    const prefixes = fc.oneof(
      fc.stringMatching(new RegExp(pattern)),
      fc.constantFrom('ROOT', 'root', 'Team', 'a..b', 'a_-b', 'a'.repeat(max + 1), `${'a'.repeat(max)}/`),
    );
    await fc.assert(
      fc.asyncProperty(prefixes, async (prefix) => {
        // The last slash is not part of the name that is sent to AWS.
        expect((await answer(prefix)).length === 0, prefix).toBe(isOfShape('Prefix', trimEnd(prefix, '/')));
      }),
    );
  });

  test('must not be empty', async () => {
    expect((await answer(`${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/`))[0]).toBe(
      'spec.parameters.repoPrefix: must not be empty without its registry host; use ROOT for a creation template for all repositories',
    );
  });
});

test('the limits of lists: exceptions of tag mutability', () => {
  const { min, max } = ECR_MODEL.shapes.ImageTagMutabilityExclusionFilters;
  const except = (count: number) => allows({ imageTags: { mutability: 'Mutable', except: Array(count).fill('v*') } });
  expect([min - 1, min, max, max + 1].map(except)).toEqual([false, true, true, false]);
});

test('the limits of lists of a registry', () => {
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
