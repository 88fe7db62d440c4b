import { describe, expect, test } from 'vitest';
import type { Offer, Refusal } from '../../../src/cache/loader/offer.ts';
import { plan, type Situation } from '../../../src/cache/loader/plan.ts';
import type { Placed } from '../../../src/cache/loader/target.ts';
import { entrySet } from '../sets.ts';

function offer(name: string, options?: Parameters<typeof entrySet>[1]): Offer {
  const set = entrySet(name, options);
  return { name: set.name, where: `ns/${set.name}`, manifest: set.manifest, parts: [] };
}

function placed({ name, manifest }: Offer, over: Partial<Placed> = {}): [string, Placed] {
  return [manifest.file, { set: name, manifest, size: manifest.size, intact: true, ...over }];
}

function refusal({ name }: Offer): Refusal {
  return { name, where: 'ns', code: 'INCOMPLETE', message: 'cannot join' };
}

const a = offer('a');
const b = offer('b');
const otherA = offer('a', { seed: 'other' });
const sameA = offer('a', { chunkSize: 2_000 });
const sizes = a.manifest.size + b.manifest.size;

type Case = Partial<Omit<Situation, 'state' | 'present'>> & {
  name: string;
  placed?: [string, Placed][];
  foreign?: [string, number][];
  present?: string[];
  want: {
    place?: string[];
    unchanged?: string[];
    kept?: { file: string; because: string }[];
    remove?: string[];
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
    name: 'a file of somebody else is left alone',
    found: [a],
    foreign: [['a.gz', 5]],
    want: { refused: ['FOREIGN'] },
  },
  {
    name: 'a file of somebody else with the same content serves as well',
    found: [a],
    foreign: [['a.gz', 5]],
    present: ['a.gz'],
    want: { unchanged: ['a.gz'] },
  },
  { name: 'two contents of one name are refused', found: [a, otherA], want: { refused: ['CONFLICT', 'CONFLICT'] } },
  {
    name: 'of two contents of one name the one in place stays',
    found: [a, otherA],
    placed: [placed(otherA)],
    want: { unchanged: ['a.gz'], refused: ['CONFLICT'] },
  },
  {
    name: 'of two contents of one name the one in place stays, even when it is a third',
    found: [a, otherA],
    placed: [placed(offer('a', { seed: 'third' }))],
    want: { kept: [{ file: 'a.gz', because: 'its set is refused' }], refused: ['CONFLICT', 'CONFLICT'] },
  },
  {
    name: 'other content replaces the one in place when nobody needs that',
    found: [otherA],
    placed: [placed(a)],
    want: { place: ['a.gz'] },
  },
  {
    name: 'other content does not replace the one that a package revision names',
    found: [otherA],
    placed: [placed(a)],
    isNamed: () => true,
    want: { kept: [{ file: 'a.gz', because: 'its set is refused' }], refused: ['CONFLICT'] },
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
];

describe('a pass of the loader', () => {
  test.each(cases)(
    '$name',
    ({ found = [], placed: records = [], foreign = [], present = [], isNamed, maxBytes, want }) => {
      const { place, unchanged, kept, remove, refused } = plan({
        found,
        state: { placed: new Map(records), foreign: new Map(foreign) },
        present: new Set(present),
        isNamed: isNamed ?? (() => false),
        maxBytes: maxBytes ?? 1_000_000,
      });
      expect({
        place: place.map(({ manifest }) => manifest.file),
        unchanged,
        kept,
        remove,
        refused: refused.map(({ code }) => code),
      }).toEqual({ place: [], unchanged: [], kept: [], remove: [], refused: [], ...want });
    },
  );

  test('says how full the cache would be', () => {
    const state = { placed: new Map(), foreign: new Map([['x', 2 * 1_048_576]]) };
    const { refused } = plan({ found: [a], state, present: new Set(), isNamed: () => false, maxBytes: 1_048_576 });
    expect(refused[0]?.message).toMatch(/the cache would hold 2\.0 MiB, its limit is 1 MiB; raise --max-bytes/);
  });
});
