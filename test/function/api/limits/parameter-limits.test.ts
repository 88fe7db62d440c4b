import { describe, expect, test } from 'vitest';
import { parameterLimitProblem } from '../../../../src/function/api/limits/parameter-limits.ts';
import type { Json } from '../../../../src/json/value.ts';

const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 1]));
const nested = (depth: number): Json => (depth === 0 ? 1 : { a: nested(depth - 1) });
const lists = (depth: number): Json => (depth === 0 ? 1 : [lists(depth - 1)]);
const wide = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`g${i}`, fields(999)]));

describe('parameters', () => {
  test.each<[string, Json]>([
    ['without fields', {}],
    ['that are not an object', 'x'],
    ['that are null', null],
    ['of the maximum number of fields', fields(1_000)],
    ['of a list of the maximum length', { tags: Array.from({ length: 1_000 }, () => 1) }],
    ['of the maximum depth', nested(32)],
    ['of lists of the maximum depth', lists(32)],
  ])('%s are within the limits', (_, parameters) => {
    expect(parameterLimitProblem(parameters)).toBeUndefined();
  });

  test.each<[string, Json, string, RegExp]>([
    ['of one field too many', fields(1_001), 'spec.parameters', /^must have at most 1000 fields, not 1001$/],
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
    ['of too many values in total', wide(11), 'spec.parameters', /^must have at most 10000 values in all$/],
    ['one level too deep', nested(33), 'spec.parameters.a.a.a.a.a.a.a.a', /^must be nested at most 32 levels deep$/],
    [
      'of lists one level too deep',
      lists(33),
      `spec.parameters${'[0]'.repeat(8)}`,
      /^must be nested at most 32 levels deep$/,
    ],
    [
      'deeper than the stack',
      lists(450),
      `spec.parameters${'[0]'.repeat(8)}`,
      /^must be nested at most 32 levels deep$/,
    ],
    [
      'of a name with a terminal escape sequence',
      { '\u001b[2J': fields(2_000) },
      'spec.parameters["\\u001b[2J"]',
      /^must have at most 1000 fields/,
    ],
  ])('%s are refused', (_, parameters, path, message) => {
    expect(parameterLimitProblem(parameters)).toEqual({ path, message: expect.stringMatching(message) });
  });
});
