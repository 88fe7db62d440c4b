import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { access, accessPolicyText } from '../../../src/function/api/settings/access.ts';
import { lifecycle, lifecyclePolicyText } from '../../../src/function/api/settings/lifecycle.ts';
import { isList, isObject, type Json, type JsonObject } from '../../../src/json/value.ts';

const OURS = '111122223333';
const THEIRS = '999999999999';
const ORG = 'o-a1b2c3d4e5';
const ID = 'aws:PrincipalOrgID';

/** A policy in normal form: lists are sets, a list of one equals its item, accounts are ARNs, and a statement is a list of one. */
function meaning(value: Json, path: readonly string[] = []): unknown {
  const key = path.at(-1);
  const isStatement = path.length === 1 && key === 'Statement';
  if (isList(value) || isStatement || !isObject(value)) {
    const items = (isList(value) ? value : [value]).map((item) => {
      const isAccount = key === 'AWS' && typeof item === 'string' && /^\d{12}$/.test(item);
      const meant = isAccount ? `arn:aws:iam::${item}:root` : item;
      return isObject(meant) || isList(meant) ? meaning(meant, [...path, '#']) : meant;
    });
    return isStatement ? items : [...new Set(items.map((item) => JSON.stringify(item)))].sort();
  }
  return new Map(Object.entries(value).map(([name, item]) => [name, meaning(item ?? null, [...path, name])]));
}

const scalar = fc.oneof(
  fc.constantFrom<Json>(OURS, '*', 'ecr:BatchGetImage', 'ecr:*', ORG, 'Allow', 'Deny', 'lambda.amazonaws.com', 'x', ''),
  fc.constantFrom<Json>(1, 111122223333, true, false, null),
);
const listOf = (item: fc.Arbitrary<Json>): fc.Arbitrary<Json> => fc.oneof(item, fc.array(item, { maxLength: 3 }));
/** Mostly `good`, sometimes another value. */
const mostly = (good: fc.Arbitrary<Json>, bad: fc.Arbitrary<Json> = listOf(scalar)): fc.Arbitrary<Json> =>
  fc.oneof({ weight: 30, arbitrary: good }, { weight: 1, arbitrary: bad });
const oneOrSome = (...values: Json[]): fc.Arbitrary<Json> => {
  const one = mostly(fc.constantFrom(...values), scalar);
  return mostly(fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 })));
};
const dictionary = (keys: readonly string[], value: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc.dictionary(fc.constantFrom(...keys), value, { minKeys: 1, maxKeys: 2 });

const principal = mostly(
  fc.oneof(
    fc.constant<Json>('*'),
    dictionary(['AWS'], oneOrSome(OURS, THEIRS, `arn:aws:iam::${OURS}:root`)),
    dictionary(['Service', 'AWS'], oneOrSome('lambda.amazonaws.com', '*')),
  ),
  dictionary(['AWS', 'aws', 'Other', '__proto__'], listOf(scalar)),
);
const condition = mostly(
  dictionary(
    ['StringEquals', 'StringLike', 'Bool', 'ForAnyValue:StringLike'],
    mostly(dictionary([ID, 'aws:SecureTransport', 'aws:SourceAccount'], oneOrSome(ORG, 1, true, OURS))),
  ),
  dictionary(['stringEquals', 'Other', 'StringEquals'], dictionary([ID, 'aws:principalorgid', 'x'], listOf(scalar))),
);
const statement = mostly(
  fc.record<Record<string, Json>, string>(
    {
      Sid: mostly(fc.constantFrom<Json>('a', 'b')),
      Effect: mostly(fc.constantFrom<Json>('Allow', 'Deny')),
      Principal: principal,
      Action: oneOrSome('ecr:BatchGetImage', 'ecr:PutImage', '*'),
      Resource: oneOrSome('*', 'arn:aws:ecr:eu-west-2:111122223333:repository/x'),
      Condition: condition,
    },
    { requiredKeys: ['Effect', 'Principal', 'Action'] },
  ),
  fc.dictionary(fc.constantFrom('Effect', 'Principal', 'Action', 'Other'), listOf(scalar)),
);
const policies = fc.record<Record<string, Json>, string>(
  {
    Version: mostly(fc.constantFrom<Json>('2012-10-17', '2008-10-17')),
    Id: mostly(fc.constant<Json>('x')),
    Statement: mostly(fc.oneof(statement, fc.array(statement, { minLength: 1, maxLength: 3 }))),
  },
  { requiredKeys: ['Statement'] },
);

const selection = mostly(
  fc.oneof(
    fc.record<Record<string, Json>, string>({
      tagStatus: mostly(fc.constant<Json>('tagged')),
      tagPrefixList: mostly(
        fc.array(mostly(fc.constantFrom<Json>('v', 'w', 'release-')), { minLength: 1, maxLength: 3 }),
      ),
      countType: mostly(fc.constant<Json>('imageCountMoreThan')),
      countNumber: mostly(fc.integer({ min: 1, max: 9 })),
    }),
    fc.record<Record<string, Json>, string>(
      {
        tagStatus: mostly(fc.constantFrom<Json>('any', 'untagged')),
        countType: mostly(fc.constantFrom<Json>('sinceImagePushed')),
        countUnit: mostly(fc.constant<Json>('days')),
        countNumber: mostly(fc.integer({ min: 1, max: 9 })),
        storageClass: mostly(fc.constant<Json>('standard')),
      },
      { requiredKeys: ['tagStatus', 'countType', 'countUnit', 'countNumber'] },
    ),
  ),
);
const rule = mostly(
  fc.record<Record<string, Json>, string>(
    {
      rulePriority: mostly(fc.integer({ min: 1, max: 9 })),
      description: mostly(fc.string()),
      selection,
      action: mostly(fc.constant<Json>({ type: 'expire' })),
    },
    { requiredKeys: ['rulePriority', 'selection', 'action'] },
  ),
);

describe('a raw policy is written completely or refused', () => {
  for (const form of ['YAML', 'JSON text'] as const) {
    test(`on a repository, as ${form}`, () => {
      let carried = 0;
      fc.assert(
        fc.property(policies, (generated) => {
          const policy: JsonObject = JSON.parse(JSON.stringify(generated));
          const parsed = access.safeParse({ policy: form === 'YAML' ? policy : JSON.stringify(policy, undefined, 2) });
          if (!parsed.success) return;
          carried++;
          const text: JsonObject = JSON.parse(accessPolicyText(parsed.data, 'aws'));
          expect(meaning(text)).toEqual(meaning({ Version: '2008-10-17', ...policy }));
        }),
        { numRuns: 2_000 },
      );
      expect(carried).toBeGreaterThan(100);
    });

    test(`as a lifecycle policy, as ${form}`, () => {
      let carried = 0;
      fc.assert(
        fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), (rules) => {
          const policy: JsonObject = JSON.parse(JSON.stringify({ rules }));
          const parsed = lifecycle.safeParse({ policy: form === 'YAML' ? policy : JSON.stringify(policy) });
          if (!parsed.success) return;
          carried++;
          const text: JsonObject = JSON.parse(lifecyclePolicyText(parsed.data));
          expect(meaning({ rules: byPriority(text.rules) })).toEqual(meaning({ rules: byPriority(policy.rules) }));
        }),
        { numRuns: 3_000 },
      );
      expect(carried).toBeGreaterThan(50);
    });
  }
});

function byPriority(rules: Json | undefined): Json {
  return (isList(rules) ? rules : []).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe('a large raw policy is refused before it is parsed', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const statements = (count: number) => `{"Statement":[${'{},'.repeat(count - 1)}{}]}`;
  for (const { what, policy } of [
    { what: 'megabytes of text', policy: `{"Statement":"${'x'.repeat(4_000_000)}"}` },
    { what: 'megabytes in an object', policy: { Statement: 'x'.repeat(4_000_000) } },
    { what: 'a hundred thousand statements', policy: JSON.parse(statements(100_000)) },
    { what: 'nested lists', policy: `{"Statement":${deep(20_000)}}` },
    { what: 'nested lists in an object', policy: JSON.parse(`{"Statement":${deep(400)}}`) },
    {
      what: 'a hundred thousand keys',
      policy: Object.fromEntries(Array.from({ length: 100_000 }, (_, key) => [`k${key}`, 1])),
    },
    { what: 'quotes and backslashes', policy: `{"${'\\"'.repeat(30_000)}":1}` },
  ]) {
    test(what, () => {
      for (const schema of [access, lifecycle]) {
        const parsed = z.safeParse(schema, { policy });
        expect(parsed.success).toBe(false);
        expect(parsed.error?.issues.length).toBeLessThan(10);
        for (const issue of parsed.error?.issues ?? []) expect(issue.message.length).toBeLessThan(500);
      }
    });
  }
});
