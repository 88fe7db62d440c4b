import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accessPolicyText } from '../../src/function/api/settings/access.ts';
import { lifecyclePolicyText } from '../../src/function/api/settings/lifecycle.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import type { Json, JsonObject } from '../../src/json/value.ts';
import { isList, isObject } from '../../src/json/value.ts';

/** The same value with the keys of all its objects in reverse order. */
function reversed(value: Json): Json {
  if (isList(value)) return value.map(reversed);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item ?? null)]),
  );
}

describe('canonicalJson', () => {
  test('returns the same JSON for any order of keys', () => {
    const json: fc.Arbitrary<Json> = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(value);
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });

  test('puts chosen keys first and omits undefined values', () => {
    expect(canonicalJson({ a: 1, z: [{ b: undefined, z: null }] }, ['z'])).toBe('{"z":[{"z":null}],"a":1}');
  });
});

describe('a lifecycle policy', () => {
  test('has its rules in the order in which ECR applies them', () => {
    const text = lifecyclePolicyText({
      keepLast: 9,
      untaggedDays: 3,
      rules: [{ tagPrefixes: ['b', 'a'], keepLast: 2 }],
    });
    expect(text).toBe(
      '{"rules":[' +
        '{"rulePriority":1,"selection":{"tagStatus":"tagged","tagPrefixList":["a","b"],"countType":"imageCountMoreThan","countNumber":2},"action":{"type":"expire"}},' +
        '{"rulePriority":2,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":3},"action":{"type":"expire"}},' +
        '{"rulePriority":3,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}',
    );
  });

  test('has the same text for any order of rules and keys, raw or plain', () => {
    const rule = (rulePriority: number, tag: string) => ({
      action: { type: 'expire' as const },
      selection: {
        countNumber: 2,
        countType: 'imageCountMoreThan' as const,
        tagPrefixList: [tag],
        tagStatus: 'tagged' as const,
      },
      rulePriority,
    });
    const plain = { rules: ['v', 'w'].map((tag) => ({ tagPrefixes: [tag], keepLast: 2 })) };
    expect(lifecyclePolicyText({ policy: { rules: [rule(2, 'w'), rule(1, 'v')] } })).toBe(lifecyclePolicyText(plain));
  });
});

describe('a repository policy', () => {
  const text = (policy: JsonObject) => accessPolicyText({ policy }, 'aws');
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: ['222222222222', '111111111111'] },
    Action: ['ecr:b', 'ecr:a', 'ecr:a'],
  };

  test('has sorted lists, no repetitions, and ARNs for accounts', () => {
    expect(text({ Version: '2012-10-17', Statement: [statement] })).toBe(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::222222222222:root"]},"Action":["ecr:a","ecr:b"]}]}',
    );
  });

  test('has the same text for a list of one and a single value, and for any order of keys', () => {
    const one = text({ Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: '*', Action: 'ecr:a' } });
    expect(text({ Statement: [{ Action: ['ecr:a'], Principal: '*', Effect: 'Allow' }], Version: '2012-10-17' })).toBe(
      one,
    );
  });

  test('names accounts in the partition of the region', () => {
    const access = { pull: { accounts: ['111111111111'] } };
    expect(accessPolicyText(access, 'aws-cn')).toContain('"arn:aws-cn:iam::111111111111:root"');
  });
});
