import { expect, test } from 'vitest';
import { MIB } from '../../src/internal/size.ts';
import { growthPercent } from '../../src/server/heap-growth.ts';

test.each([
  { mebibytes: 1, percent: 200 },
  { mebibytes: 20, percent: 200 },
  { mebibytes: 40, percent: 100 },
  { mebibytes: 80, percent: 50 },
  { mebibytes: 1_000, percent: 30 },
])('a heap of $mebibytes MiB may grow by $percent %', ({ mebibytes, percent }) => {
  expect(growthPercent(mebibytes * MIB)).toBe(percent);
});
