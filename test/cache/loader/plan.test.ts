import { describe, expect, test } from 'vitest';
import type { Offer, Refusal } from '../../../src/cache/loader/offer.ts';
import { comparisonKey, plan, type Situation } from '../../../src/cache/loader/plan.ts';
import type { IsNamed } from '../../../src/cache/loader/revisions.ts';
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
const isOne: IsNamed = ({ manifest }) => manifest.artifact?.digest === one.manifest.artifact?.digest;
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
  { name: 'nothing found, nothing there: nothing happens', want: {} },
  { name: 'what is new is placed', found: [b, a], want: { place: ['a.gz', 'b.gz'] } },
  { name: 'what is in place stays', found: [a], placed: [placed(a)], want: { unchanged: ['a.gz'] } },
  {
    name: 'what was damaged is placed again',
    found: [a],
    placed: [placed(a, { intact: false })],
    want: { place: ['a.gz'] },
  },
  {
    name: 'what is gone from the disk is placed again',
    found: [a],
    placed: [placed(a, { intact: false, size: undefined })],
    want: { place: ['a.gz'] },
  },
  { name: 'what nothing offers any more is removed', placed: [placed(a)], want: { remove: ['a.gz'] } },
  {
    name: 'what another loader placed is not removed',
    placed: [placed(a, theirs)],
    want: { kept: [{ file: 'a.gz', because: 'another loader' }] },
  },
  {
    name: 'what another loader wants, too, stays when nothing offers it any more',
    placed: [placed(a, { isShared: true })],
    want: { release: ['a.gz'], kept: [{ file: 'a.gz', because: 'another loader' }] },
  },
  {
    name: 'what another loader placed and this one offers, too, is recorded',
    found: [a],
    placed: [placed(a, theirs)],
    want: { unchanged: ['a.gz'], adopt: ['a.gz'] },
  },
  {
    name: 'what another loader placed is not replaced by other content',
    found: [otherA],
    placed: [placed(a, theirs)],
    compared: [[otherA, 'different']],
    want: { kept: [{ file: 'a.gz', because: 'another loader' }], refused: ['NOT_OURS'] },
  },
  {
    name: 'what another loader placed serves where it is the same content',
    found: [otherA],
    placed: [placed(a, theirs)],
    compared: [[otherA, 'same']],
    want: { unchanged: ['a.gz'] },
  },
  {
    name: 'what another loader placed and is gone is placed',
    found: [a],
    placed: [placed(a, { owner: undefined, size: undefined, intact: false })],
    want: { place: ['a.gz'] },
  },
  {
    name: 'what a version without owners placed is taken over, and replaced',
    found: [otherA],
    placed: [placed(a, { owner: undefined })],
    compared: [[otherA, 'different']],
    want: { place: ['a.gz'] },
  },
  {
    name: 'what a package revision names stays',
    placed: [placed(a)],
    isNamed: () => true,
    want: { kept: [{ file: 'a.gz', because: 'package revision' }] },
  },
  {
    name: 'what was placed from a set that is refused now stays',
    found: [refusal(a)],
    placed: [placed(a), placed(b)],
    want: { kept: [{ file: 'a.gz', because: 'its set is refused' }], remove: ['b.gz'], refused: ['INCOMPLETE'] },
  },
  {
    name: 'what was placed from a set that is not trusted any more is removed',
    found: [{ ...refusal(a), code: 'UNTRUSTED' }],
    placed: [placed(a)],
    want: { remove: ['a.gz'], refused: ['UNTRUSTED'] },
  },
  {
    name: 'what came from a namespace that is not known whole stays',
    found: [{ ...refusal(b), name: 'tenant', code: 'TOO_LARGE', hides: 'here' }],
    placed: [placed(a), placed(b, { origin: 'elsewhere' })],
    want: {
      kept: [{ file: 'a.gz', because: 'its set is refused' }],
      remove: ['b.gz'],
      refused: ['TOO_LARGE'],
    },
  },
  {
    name: 'a file of somebody else is left alone',
    found: [a],
    foreign: [['a.gz', 5]],
    compared: [[a, 'different']],
    want: { refused: ['NOT_OURS'] },
  },
  {
    name: 'a file of somebody else that is being written is left alone',
    found: [a],
    foreign: [['a.gz', 5]],
    compared: [[a, 'incomplete']],
    want: { refused: ['NOT_OURS'] },
  },
  {
    name: 'a file of somebody else that Crossplane would pass over is replaced',
    found: [a],
    foreign: [['a.gz', 5]],
    compared: [[a, 'broken']],
    want: { place: ['a.gz'] },
  },
  {
    name: 'a file of somebody else with the same content serves as well',
    found: [a],
    foreign: [['a.gz', 5]],
    compared: [[a, 'same']],
    want: { unchanged: ['a.gz'] },
  },
  {
    name: 'content that crossplane wrote over what was placed serves as well',
    found: [a],
    placed: [placed(a, { intact: false })],
    compared: [[a, 'same']],
    want: { unchanged: ['a.gz'] },
  },
  { name: 'two contents of one name are refused', found: [a, otherA], want: { refused: ['CONFLICT', 'CONFLICT'] } },
  {
    name: 'two contents of one name are refused whichever is in place',
    found: [a, otherA],
    placed: [placed(otherA)],
    want: { remove: ['a.gz'], refused: ['CONFLICT', 'CONFLICT'] },
  },
  {
    name: 'of two artifacts of one name the one that a package revision names is placed',
    found: [one, two],
    isNamed: isOne,
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'of two artifacts of one name the one that a package revision names stays',
    found: [two, one],
    placed: [placed(one)],
    isNamed: isOne,
    want: { unchanged: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'two artifacts of one name of which none is named stay as they are when revisions cannot be seen',
    found: [one, two],
    placed: [placed(one)],
    isNamed: () => true,
    want: { kept: [{ file: KEY, because: 'package revision' }], refused: ['CONFLICT', 'CONFLICT'] },
  },
  {
    name: 'of two artifacts of one name the more trusted is placed',
    found: [tenant, one],
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'the more trusted artifact replaces the one in place, although a package revision names that',
    found: [one, tenant],
    placed: [placed(tenant)],
    isNamed: ({ manifest }) => !isOne({ manifest }),
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'the less trusted artifact does not replace the one in place',
    found: [one, tenant],
    placed: [placed(one)],
    want: { unchanged: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'a file that is named after its artifact goes before one that only takes the name',
    found: [unnamed, one],
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'of two contents that claim one artifact the more trusted is placed, although the other one is there',
    found: [forgedOne, one],
    placed: [placed(forgedOne)],
    contentSums: sumsOf([one, 'x'], [forgedOne, 'y']),
    want: { place: [KEY], refused: ['CONFLICT'] },
  },
  {
    name: 'two contents that claim one artifact and are trusted alike are refused',
    found: [rivalOne, one],
    placed: [placed(rivalOne)],
    contentSums: sumsOf([one, 'x'], [rivalOne, 'y']),
    want: { remove: [KEY], refused: ['CONFLICT', 'CONFLICT'] },
  },
  {
    name: 'two contents that claim one artifact and cannot be compared are refused',
    found: [rivalOne, one],
    want: { refused: ['CONFLICT', 'CONFLICT'] },
  },
  {
    name: 'one content that is compressed in two ways is placed once',
    found: [rivalOne, one],
    contentSums: sumsOf([one, 'x'], [rivalOne, 'x']),
    want: { place: [KEY] },
  },
  {
    name: 'other content replaces the one in place when nobody needs that',
    found: [otherA],
    placed: [placed(a)],
    compared: [[otherA, 'different']],
    want: { place: ['a.gz'] },
  },
  {
    name: 'other content does not replace the one that a package revision names',
    found: [otherA],
    placed: [placed(a)],
    compared: [[otherA, 'different']],
    isNamed: () => true,
    want: { kept: [{ file: 'a.gz', because: 'package revision' }], refused: ['CONFLICT'] },
  },
  { name: 'the same content twice is placed once', found: [a, sameA], want: { place: ['a.gz'] } },
  { name: 'what exactly fits is placed', found: [a, b], maxBytes: sizes, want: { place: ['a.gz', 'b.gz'] } },
  {
    name: 'what is one byte too much is not',
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
    name: 'what is removed makes room',
    found: [b],
    placed: [placed(a)],
    maxBytes: b.manifest.size,
    want: { remove: ['a.gz'], place: ['b.gz'] },
  },
  {
    name: 'what stays does not',
    found: [b],
    placed: [placed(a)],
    isNamed: () => true,
    maxBytes: sizes - 1,
    want: { kept: [{ file: 'a.gz', because: 'package revision' }], refused: ['TOO_LARGE'] },
  },
  {
    name: 'what is larger than the room does not keep smaller files out',
    found: [a, offer('b', { size: 90_000 }), offer('c')],
    maxBytes: a.manifest.size + offer('c').manifest.size,
    want: { place: ['a.gz', 'c.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'fully trusted content comes before the rest, whatever it is called',
    found: [{ ...a, trust: 'prefix' }, b],
    maxBytes: sizes - 1,
    want: { place: ['b.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'fully trusted content drives out what is not',
    found: [{ ...a, trust: 'prefix', owner: 'tenant' }, b],
    placed: [placed({ ...a, trust: 'prefix', owner: 'tenant' })],
    maxBytes: sizes - 1,
    want: { remove: ['a.gz'], place: ['b.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'fully trusted content does not drive out what a package revision names',
    found: [{ ...a, trust: 'prefix', owner: 'tenant' }, b],
    placed: [placed({ ...a, trust: 'prefix', owner: 'tenant' })],
    maxBytes: sizes - 1,
    isNamed: () => true,
    want: { unchanged: ['a.gz'], refused: ['TOO_LARGE'] },
  },
  {
    name: 'nothing is driven out for what would not fit even then',
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
    isNamed: rest.isNamed ?? (() => false),
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

  test('places the most trusted of two artifacts of one name, and says which one gives way', () => {
    const { place, refused } = planOf({ found: [tenant, one] });
    expect(place[0]?.[0]).toBe(one);
    expect(refused[0]?.message).toContain(`takes precedence`);
    expect(refused[0]?.name).toBe(tenant.name);
  });

  test('tries every place that holds the same bytes, the most trusted first', () => {
    const copy = { ...one, trust: 'prefix' as const, owner: 'tenant', where: 'tenant' };
    expect(planOf({ found: [copy, one] }).place).toEqual([[one, copy]]);
  });

  test('says how full the cache would be', () => {
    const { refused } = planOf({ found: [a], foreign: [['x', 2 * 1_048_576]], maxBytes: 1_048_576 });
    expect(refused[0]?.message).toMatch(/the cache would have 2\.0 MiB, its limit is 1 MiB; raise --max-bytes/);
  });
});
