import { expect, test } from 'vitest';
import { trim, trimEnd } from '../../src/internal/trim.ts';

for (const { text, characters, end, both } of [
  { text: '', characters: '/', end: '', both: '' },
  { text: '///', characters: '/', end: '', both: '' },
  { text: '/a/b//', characters: '/', end: '/a/b', both: 'a/b' },
  { text: '-.a.-', characters: '.-', end: '-.a', both: 'a' },
  { text: 'a', characters: '', end: 'a', both: 'a' },
  { text: '🙂-', characters: '-', end: '🙂', both: '🙂' },
]) {
  test(`${JSON.stringify(characters)} of ${JSON.stringify(text)}`, () => {
    expect(trimEnd(text, characters)).toBe(end);
    expect(trim(text, characters)).toBe(both);
  });
}

test('takes no longer than its text', () => {
  expect(trimEnd(`${'/'.repeat(1_000_000)}a`, '/')).toHaveLength(1_000_001);
});
