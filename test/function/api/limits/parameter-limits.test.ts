import { describe, expect, test } from 'vitest';
import { parameterLimitProblem } from '../../../../src/function/api/limits/parameter-limits.ts';
import type { Json } from '../../../../src/json/value.ts';

const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 1]));
const nested = (depth: number): Json => (depth === 0 ? 1 : { a: nested(depth - 1) });
const lists = (depth: number): Json => (depth === 0 ? 1 : [lists(depth - 1)]);
const wide = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`g${i}`, fields(999)]));

describe('parameters', () => {
  test.each<[string, Json]>([
    ['of no fields', {}],
    ['that are no object', 'x'],
    ['that are null', null],
    ['of as many fields as there may be', fields(1_000)],
    ['of a list as long as it may be', { tags: Array.from({ length: 1_000 }, () => 1) }],
    ['as deep as they may be', nested(32)],
    ['of lists as deep as they may be', lists(32)],
  ])('%s are within the limits', (_, parameters) => {
    expect(parameterLimitProblem(parameters)).toBeUndefined();
  });

  test.each<[string, Json, string, RegExp]>([
    ['of one field more', fields(1_001), 'spec.parameters', /^must have at most 1000 fields, not 1001$/],
    [
      'of 100,000 tags',
      { tags: fields(100_000) },
      'spec.parameters.tags',
      /^must have at most 1000 fields, not 100000$/,
    ],
    [
      'of a list that is too long',
      { repositories: [{ tags: Array.from({ length: 1_001 }, () => 1) }] },
      'spec.parameters.repositories[0].tags',
      /^must have at most 1000 items, not 1001$/,
    ],
    ['of too many values in all', wide(11), 'spec.parameters', /^must have at most 10000 values in all$/],
    ['one level too deep', nested(33), 'spec.parameters.a.a.a.a.a.a.a.a', /^must be nested at most 32 levels deep$/],
    [
      'of lists one level too deep',
      lists(33),
      `spec.parameters${'[0]'.repeat(8)}`,
      /^must be nested at most 32 levels deep$/,
    ],
    ['deeper than a stack', lists(450), `spec.parameters${'[0]'.repeat(8)}`, /^must be nested at most 32 levels deep$/],
    [
      'of a name that would move a cursor',
      { '\u001b[2J': fields(2_000) },
      'spec.parameters["\\u001b[2J"]',
      /^must have at most 1000 fields/,
    ],
  ])('%s are refused', (_, parameters, path, message) => {
    expect(parameterLimitProblem(parameters)).toEqual({ path, message: expect.stringMatching(message) });
  });
});
