import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../src/cache/loader/candidate.ts';
import type { IsNeeded } from '../../../src/cache/loader/revisions.ts';
import { entryNameOf } from '../../../src/cache/sets/cache-name.ts';
import { splitContent } from '../../../src/cache/sets/chunks.ts';
import { a, type Case, otherA, placed, planOf, testPlans } from './plan-setup.ts';

/** Offers of two artifacts that have one name in Crossplane's cache, and one that only takes that name. */
function identified(digit: string, content: string, over: Partial<Candidate> = {}): Candidate {
  const artifact = { source: 'registry.example.com/acme/cfg', digest: `sha256:e3b0c${digit.repeat(59)}` };
  const base = `${digit}-${content}`;
  const { name, manifest } = splitContent(
    { file: entryNameOf(artifact), bytes: Buffer.from(content), artifact },
    { base },
  );
  return { name, where: `ns/${name}`, manifest, parts: [], origin: 'here', trust: 'full', owner: 'us', ...over };
}
const one = identified('1', 'one');
const two = identified('2', 'two');
const tenant = identified('2', 'two', { trust: 'prefix', owner: 'tenant' });
const forgedOne = identified('1', 'forged', { trust: 'prefix', owner: 'tenant' });
const rivalOne = identified('1', 'rival');
const KEY = one.manifest.file;
const unnamed: Candidate = { ...one, manifest: { ...two.manifest, artifact: undefined } };
const isOne: IsNeeded = ({ manifest }) => manifest.artifact?.digest === one.manifest.artifact?.digest;
const sumsOf = (...pairs: [Candidate, string][]) => new Map(pairs.map(([{ manifest }, sum]) => [manifest.sha256, sum]));

const cases: Case[] = [
  { name: 'two contents with one name are refused', found: [a, otherA], want: { refused: ['CONFLICT', 'CONFLICT'] } },
  {
    name: 'two contents with one name are refused if either is in place',
    found: [a, otherA],
    placed: [placed(otherA)],
    want: { remove: ['a.gz'], refused: ['CONFLICT', 'CONFLICT'] },
  },
  {
    name: 'of two artifacts with one name, the one that a package revision needs is placed',
    found: [one, two],
    isNeeded: isOne,
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'of two artifacts with one name, the one that a package revision needs is kept',
    found: [two, one],
    placed: [placed(one)],
    isNeeded: isOne,
    want: { unchanged: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'two artifacts with one name are not changed if revisions cannot be listed',
    found: [one, two],
    placed: [placed(one)],
    isNeeded: () => true,
    want: { kept: [{ file: KEY, because: 'package revision' }], refused: ['CONFLICT', 'CONFLICT'] },
  },
  {
    name: 'of two artifacts with one name, the more trusted one is placed',
    found: [tenant, one],
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'the more trusted artifact replaces the one in place, although a package revision needs that one',
    found: [one, tenant],
    placed: [placed(tenant)],
    isNeeded: ({ manifest }) => !isOne({ manifest }),
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'the less trusted artifact does not replace the one in place',
    found: [one, tenant],
    placed: [placed(one)],
    want: { unchanged: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'a file that is named after its artifact takes precedence over another file with that name',
    found: [unnamed, one],
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'of two contents of one artifact, the more trusted one is placed, although the other one is in place',
    found: [forgedOne, one],
    placed: [placed(forgedOne)],
    contentSums: sumsOf([one, 'x'], [forgedOne, 'y']),
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'two equally trusted contents of one artifact are refused',
    found: [rivalOne, one],
    placed: [placed(rivalOne)],
    contentSums: sumsOf([one, 'x'], [rivalOne, 'y']),
    want: { remove: [KEY], refused: ['CONFLICT', 'CONFLICT'] },
  },
  {
    name: 'two contents of one artifact that cannot be compared are refused',
    found: [rivalOne, one],
    want: { refused: ['CONFLICT', 'CONFLICT'] },
  },
  {
    name: 'one content with two compressions is placed once',
    found: [rivalOne, one],
    contentSums: sumsOf([one, 'x'], [rivalOne, 'x']),
    want: { place: [KEY] },
  },
  {
    name: 'other content replaces the one in place if that one is not needed',
    found: [otherA],
    placed: [placed(a)],
    compared: [[otherA, 'different']],
    want: { place: ['a.gz'] },
  },
  {
    name: 'other content does not replace the one that a package revision needs',
    found: [otherA],
    placed: [placed(a)],
    compared: [[otherA, 'different']],
    isNeeded: () => true,
    want: { kept: [{ file: 'a.gz', because: 'package revision' }], refused: ['CONFLICT'] },
  },
];

describe('a pass of the loader', () => {
  testPlans(cases);

  test('places the more trusted of two artifacts with one name, and reports the other one', () => {
    const { place, refused } = planOf({ found: [tenant, one] });
    expect(place[0]?.[0]).toBe(one);
    expect(refused[0]?.message).toContain(`takes precedence`);
    expect(refused[0]?.name).toBe(tenant.name);
  });

  test('tries every source of the same bytes, the most trusted first', () => {
    const copy = { ...one, trust: 'prefix' as const, owner: 'tenant', where: 'tenant' };
    expect(planOf({ found: [copy, one] }).place).toEqual([[one, copy]]);
  });
});
