import { describe, expect, test } from 'vitest';
import {
  a,
  b,
  type Case,
  offer,
  otherA,
  placed,
  planOf,
  refusal,
  sameA,
  sizes,
  testPlans,
  theirs,
} from './plan-setup.ts';

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

describe('a pass of the loader', () => {
  testPlans(cases);

  test('reports how full the cache would be', () => {
    const { refused } = planOf({ found: [a], foreign: [['x', 2 * 1_048_576]], maxBytes: 1_048_576 });
    expect(refused[0]?.message).toMatch(/the cache would have 2\.0 MiB, its limit is 1 MiB; raise --max-bytes/);
  });
});
