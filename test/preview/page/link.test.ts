import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeLink, encodeLink } from '../../../src/preview/page/link.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const link = (value: unknown) => `#v1=${deflateRawSync(JSON.stringify(value)).toString('base64url')}`;

test('a link is decoded to the same texts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.record({ claim: text, composition: text, observed: text, definition: text }), async (texts) => {
      expect(await decodeLink(await encodeLink(texts))).toEqual(texts);
    }),
  );
});

test('an empty fragment is not a link', async () => {
  expect(await decodeLink('')).toBeUndefined();
});

describe('an invalid link is refused', () => {
  const whole = link(['claim', 'b', 'c', 'd']);
  for (const [name, fragment] of [
    ['truncated', whole.slice(0, -6)],
    ['of another version', whole.replace('v1', 'v2')],
    ['with a changed character', `${whole.slice(0, 8)}!${whole.slice(9)}`],
    ['another kind of fragment', '#section'],
    ['with too few texts', link(['a'])],
    ['with a number instead of a text', link(['a', 'b', 'c', 4])],
    ['with an object', link({ claim: 'a' })],
    ['with two million characters', link(['x'.repeat(2_000_001), '', '', ''])],
  ] as const) {
    test(name, async () => {
      await expect(decodeLink(fragment)).rejects.toMatchObject({ name: 'LinkError' });
    });
  }
});
