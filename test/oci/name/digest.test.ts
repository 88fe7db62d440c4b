import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDigester, digestHex, digestOf, parseDigest, verifyContent } from '../../../src/oci/index.ts';
import { collect, inPieces, pieces, rejection, thrownCode } from '../fixtures.ts';

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('parseDigest', () => {
  test.each([
    { text: '', reason: 'empty' },
    { text: EMPTY.slice(0, -1), reason: 'too few digits' },
    { text: `${EMPTY}0`, reason: 'too many digits' },
    { text: EMPTY.toUpperCase(), reason: 'upper-case digits' },
    { text: EMPTY.replace('e3', 'g3'), reason: 'a character that is not a hex digit' },
    { text: `sha512:${'0'.repeat(128)}`, reason: 'another algorithm' },
    { text: `${EMPTY}\n`, reason: 'a trailing line feed' },
    { text: digestHex(parseDigest(EMPTY)), reason: 'a missing algorithm' },
  ])('refuses $reason', ({ text, reason }) => {
    expect(
      thrownCode(() => parseDigest(text)),
      reason,
    ).toBe('INVALID_DIGEST');
  });

  test('returns the digest unchanged', () => {
    expect(parseDigest(EMPTY)).toBe(EMPTY);
    expect(digestOf(new Uint8Array())).toBe(EMPTY);
  });
});

test('a digester over any chunks returns the digest of all bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
      const digester = createDigester();
      for (const chunk of chunks) digester.update(chunk);
      const whole = Buffer.concat(chunks);
      expect(digester.size()).toBe(whole.byteLength);
      expect(digester.digest()).toBe(digestOf(whole));
    }),
  );
});

describe('verifyContent', () => {
  const bytes = Buffer.from('exactly these bytes');
  const expected = { digest: digestOf(bytes), size: bytes.byteLength };

  test('yields the expected content, including empty content', async () => {
    expect(await collect(verifyContent(inPieces(bytes, 3), expected))).toEqual(bytes);
    expect(await collect(verifyContent(pieces(), { digest: parseDigest(EMPTY), size: 0 }))).toHaveLength(0);
  });

  test.each([
    { name: 'one byte too few', content: bytes.subarray(1), code: 'SIZE_MISMATCH' },
    { name: 'one byte too many', content: Buffer.concat([bytes, Buffer.from('!')]), code: 'SIZE_MISMATCH' },
    { name: 'nothing', content: Buffer.alloc(0), code: 'SIZE_MISMATCH' },
    { name: 'a different byte', content: Buffer.from('exactly those bytes'), code: 'DIGEST_MISMATCH' },
  ] as const)('throws at the end for $name', async ({ content, code }) => {
    const seen: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of verifyContent(inPieces(content, 4), expected)) seen.push(chunk);
    })();
    await rejection(reading, code);
    expect(Buffer.concat(seen).byteLength).toBeLessThanOrEqual(expected.size);
  });

  test('stops an endless source at the first byte too many', async () => {
    let given = 0;
    async function* endless() {
      for (;;) {
        given += 4;
        yield Buffer.alloc(4);
      }
    }
    await rejection(collect(verifyContent(endless(), expected)), 'SIZE_MISMATCH');
    expect(given).toBeLessThan(expected.size + 8);
  });
});
