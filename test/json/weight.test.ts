import { expect, test } from 'vitest';
import { weightOf } from '../../src/json/weight.ts';

test.each([
  { value: undefined, weight: 40 },
  { value: 1, weight: 40 },
  { value: 'x'.repeat(1_000), weight: 1_040 },
  { value: [1, [2]], weight: 160 },
  { value: { key: { inner: 'text' } }, weight: 40 + 43 + 40 + 45 + 44 },
])('$value weighs $weight', ({ value, weight }) => {
  expect(weightOf(value)).toBe(weight);
});
