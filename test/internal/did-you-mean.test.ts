import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '../../src/internal/did-you-mean.ts';

const KNOWN = ['region', 'deletion', 'repoPrefix', 'workloadName', 'ttl'];

for (const [name, want, reason] of [
  ['regoin', 'region', 'two neighbours swapped'],
  ['regio', 'region', 'one left out'],
  ['regions', 'region', 'one too many'],
  ['Region', 'region', 'case does not count'],
  ['reponame', undefined, 'too far from anything'],
  ['repo', undefined, 'a prefix of a long word is another word'],
  ['tt', undefined, 'half of a short word is missing'],
  ['', undefined, 'nothing is near nothing'],
  ['region', undefined, 'a word is not a misspelling of itself'],
] as const) {
  test(`${JSON.stringify(name)} is ${want ?? 'nothing we know'}: ${reason}`, () => {
    expect(nearest(name, KNOWN)).toBe(want);
  });
}

test('finds the word that lost one letter', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KNOWN.slice(0, 4)), fc.nat(), (word, at) => {
      const cut = at % word.length;
      expect(nearest(word.slice(0, cut) + word.slice(cut + 1), KNOWN)).toBe(word);
    }),
  );
});
