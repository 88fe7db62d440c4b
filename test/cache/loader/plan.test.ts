import { describe, expect, test } from 'vitest';
import type { Offer, Refusal } from '../../../src/cache/loader/offer.ts';
import { comparisonKey, plan, type Situation } from '../../../src/cache/loader/plan.ts';
import type { IsNeeded } from '../../../src/cache/loader/revisions.ts';
import type { Comparison } from '../../../src/cache/loader/same-content.ts';
import type { Placed } from '../../../src/cache/loader/target/target.ts';
import { entryNameOf } from '../../../src/cache/sets/cache-name.ts';
import { splitContent } from '../../../src/cache/sets/chunks.ts';
import { entrySet } from '../sets.ts';

function offer(name: string, options?: Parameters<typeof entrySet>[1]): Offer {
  const set = entrySet(name, options);
  return {
    name: set.name,
    where: `ns/${set.name}`,
    manifest: set.manifest,
    parts: [],
    origin: 'here',
    trust: 'full',
    owner: 'us',
  };
}

function placed({ name, manifest, trust, owner, origin }: Offer, over: Partial<Placed> = {}): [string, Placed] {
  const { size } = manifest;
  return [manifest.file, { set: name, manifest, trust, owner, origin, isShared: false, size, intact: true, ...over }];
}

function refusal({ name }: Offer): Refusal {
  return { name, where: 'ns', code: 'INCOMPLETE', message: 'cannot join' };
}

const a = offer('a');
const b = offer('b');
const otherA = offer('a', { seed: 'other' });
const sameA = offer('a', { chunkSize: 2_000 });
const sizes = a.manifest.size + b.manifest.size;
const theirs = { owner: undefined, isShared: true };

/** Offers of two artifacts that have one name in Crossplane's cache, and one that only takes that name. */
function identified(digit: string, content: string, over: Partial<Offer> = {}): Offer {
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
const unnamed: Offer = { ...one, manifest: { ...two.manifest, artifact: undefined } };
const isOne: IsNeeded = ({ manifest }) => manifest.artifact?.digest === one.manifest.artifact?.digest;
const sumsOf = (...pairs: [Offer, string][]) => new Map(pairs.map(([{ manifest }, sum]) => [manifest.sha256, sum]));

type Case = Partial<Omit<Situation, 'state' | 'compared'>> & {
  name: string;
  placed?: [string, Placed][];
  foreign?: [string, number][];
  compared?: [Offer, Comparison][];
  want: {
    place?: string[];
    adopt?: string[];
    unchanged?: string[];
    kept?: { file: string; because: string }[];
    remove?: string[];
    release?: string[];
    refused?: string[];
  };
};

const cases: Case[] = [
  { name: 'no offers and no files: no changes', want: {} },
  { name: 'a new file is placed', found: [b, a], want: { place: ['a.gz', 'b.gz'] } },
  { name: 'a file in place is kept', found: [a], placed: [placed(a)], want: { unchanged: ['a.gz'] } },
  {
    name: 'a damaged file is placed again',
    found: [a],
    placed: [placed(a, { intact: false })],
    want: { place: ['a.gz'] },
  },
  {
    name: 'a deleted file is placed again',
    found: [a],
    placed: [placed(a, { intact: false, size: undefined })],
    want: { place: ['a.gz'] },
  },
  { name: 'a file that is no longer offered is removed', placed: [placed(a)], want: { remove: ['a.gz'] } },
  {
    name: 'a file of another loader is not removed',
    placed: [placed(a, theirs)],
    want: { kept: [{ file: 'a.gz', because: 'another loader' }] },
  },
  {
    name: 'a shared file is kept when this loader no longer has an offer',
    placed: [placed(a, { isShared: true })],
    want: { release: ['a.gz'], kept: [{ file: 'a.gz', because: 'another loader' }] },
  },
  {
    name: 'a file of another loader that this one also offers is recorded',
    found: [a],
    placed: [placed(a, theirs)],
    want: { unchanged: ['a.gz'], adopt: ['a.gz'] },
  },
  {
    name: 'a file of another loader is not replaced by other content',
    found: [otherA],
    placed: [placed(a, theirs)],
    compared: [[otherA, 'different']],
    want: { kept: [{ file: 'a.gz', because: 'another loader' }], refused: ['NOT_OURS'] },
  },
  {
    name: 'a file of another loader with the same content is used',
    found: [otherA],
    placed: [placed(a, theirs)],
    compared: [[otherA, 'same']],
    want: { unchanged: ['a.gz'] },
  },
  {
    name: 'a deleted file of another loader is placed',
    found: [a],
    placed: [placed(a, { owner: undefined, size: undefined, intact: false })],
    want: { place: ['a.gz'] },
  },
  {
    name: 'a file with a record without an owner is adopted, and replaced',
    found: [otherA],
    placed: [placed(a, { owner: undefined })],
    compared: [[otherA, 'different']],
    want: { place: ['a.gz'] },
  },
  {
    name: 'a file that a package revision needs is kept',
    placed: [placed(a)],
    isNeeded: () => true,
    want: { kept: [{ file: 'a.gz', because: 'package revision' }] },
  },
  {
    name: 'the file of a set that is now refused is kept',
    found: [refusal(a)],
    placed: [placed(a), placed(b)],
    want: { kept: [{ file: 'a.gz', because: 'its set is refused' }], remove: ['b.gz'], refused: ['INCOMPLETE'] },
  },
  {
    name: 'the file of a set that is no longer trusted is removed',
    found: [{ ...refusal(a), code: 'UNTRUSTED' }],
    placed: [placed(a)],
    want: { remove: ['a.gz'], refused: ['UNTRUSTED'] },
  },
  {
    name: 'a file from a namespace that could not be read completely is kept',
    found: [{ ...refusal(b), name: 'tenant', code: 'TOO_LARGE', hides: 'here' }],
    placed: [placed(a), placed(b, { origin: 'elsewhere' })],
    want: {
      kept: [{ file: 'a.gz', because: 'its set is refused' }],
      remove: ['b.gz'],
      refused: ['TOO_LARGE'],
    },
  },
  {
    name: 'a file of unknown origin is not changed',
    found: [a],
    foreign: [['a.gz', 5]],
    compared: [[a, 'different']],
    want: { refused: ['NOT_OURS'] },
  },
  {
    name: 'a file of unknown origin that is being written is not changed',
    found: [a],
    foreign: [['a.gz', 5]],
    compared: [[a, 'incomplete']],
    want: { refused: ['NOT_OURS'] },
  },
  {
    name: 'a file of unknown origin that Crossplane ignores is replaced',
    found: [a],
    foreign: [['a.gz', 5]],
    compared: [[a, 'broken']],
    want: { place: ['a.gz'] },
  },
  {
    name: 'a file of unknown origin with the same content is used',
    found: [a],
    foreign: [['a.gz', 5]],
    compared: [[a, 'same']],
    want: { unchanged: ['a.gz'] },
  },
  {
    name: 'a placed file that Crossplane replaced by the same content is used',
    found: [a],
    placed: [placed(a, { intact: false })],
    compared: [[a, 'same']],
    want: { unchanged: ['a.gz'] },
  },
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
  { name: 'the same content twice is placed once', found: [a, sameA], want: { place: ['a.gz'] } },
  { name: 'content that fits exactly is placed', found: [a, b], maxBytes: sizes, want: { place: ['a.gz', 'b.gz'] } },
  {
    name: 'content that is one byte too large is not placed',
    found: [a, b],
    maxBytes: sizes - 1,
    want: { place: ['a.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'files of others count',
    found: [a, b],
    maxBytes: sizes,
    foreign: [['z.gz', 1]],
    want: { place: ['a.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'a removed file frees its space',
    found: [b],
    placed: [placed(a)],
    maxBytes: b.manifest.size,
    want: { remove: ['a.gz'], place: ['b.gz'] },
  },
  {
    name: 'a kept file does not free its space',
    found: [b],
    placed: [placed(a)],
    isNeeded: () => true,
    maxBytes: sizes - 1,
    want: { kept: [{ file: 'a.gz', because: 'package revision' }], refused: ['TOO_LARGE'] },
  },
  {
    name: 'a file that does not fit does not prevent smaller ones',
    found: [a, offer('b', { size: 90_000 }), offer('c')],
    maxBytes: a.manifest.size + offer('c').manifest.size,
    want: { place: ['a.gz', 'c.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'fully trusted content takes precedence, with any name',
    found: [{ ...a, trust: 'prefix' }, b],
    maxBytes: sizes - 1,
    want: { place: ['b.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'fully trusted content replaces other content',
    found: [{ ...a, trust: 'prefix', owner: 'tenant' }, b],
    placed: [placed({ ...a, trust: 'prefix', owner: 'tenant' })],
    maxBytes: sizes - 1,
    want: { remove: ['a.gz'], place: ['b.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'fully trusted content does not replace content that a package revision needs',
    found: [{ ...a, trust: 'prefix', owner: 'tenant' }, b],
    placed: [placed({ ...a, trust: 'prefix', owner: 'tenant' })],
    maxBytes: sizes - 1,
    isNeeded: () => true,
    want: { unchanged: ['a.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'content is not replaced by content that would not fit even then',
    found: [{ ...a, trust: 'prefix', owner: 'tenant' }, offer('b', { size: 90_000 })],
    placed: [placed({ ...a, trust: 'prefix', owner: 'tenant' })],
    maxBytes: sizes,
    want: { unchanged: ['a.gz'], refused: ['TOO_LARGE'] },
  },
];

function planOf({
  found = [],
  placed: records = [],
  foreign = [],
  compared = [],
  ...rest
}: Omit<Case, 'name' | 'want'>) {
  return plan({
    found,
    state: { placed: new Map(records), foreign: new Map(foreign) },
    compared: new Map(compared.map(([one, comparison]) => [comparisonKey(one), comparison])),
    contentSums: rest.contentSums ?? new Map(),
    isNeeded: rest.isNeeded ?? (() => false),
    maxBytes: rest.maxBytes ?? 1_000_000,
  });
}

describe('a pass of the loader', () => {
  for (const { name, want, ...situation } of cases) {
    test(name, () => {
      // What was found first must not matter.
      for (const found of [situation.found ?? [], [...(situation.found ?? [])].reverse()]) {
        const { place, adopt, unchanged, kept, remove, release, refused } = planOf({ ...situation, found });
        const files = (offers: readonly (Offer | undefined)[]) => offers.map((one) => one?.manifest.file);
        expect({
          place: files(place.map(([first]) => first)).sort(),
          adopt: files(adopt),
          unchanged,
          kept,
          remove,
          release,
          refused: refused.map(({ code }) => code),
        }).toEqual({ place: [], adopt: [], unchanged: [], kept: [], remove: [], release: [], refused: [], ...want });
      }
    });
  }

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

  test('reports how full the cache would be', () => {
    const { refused } = planOf({ found: [a], foreign: [['x', 2 * 1_048_576]], maxBytes: 1_048_576 });
    expect(refused[0]?.message).toMatch(/the cache would have 2\.0 MiB, its limit is 1 MiB; raise --max-bytes/);
  });
});
