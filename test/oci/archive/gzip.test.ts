import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressionOf, decompress, gunzip, gzip } from '../../../src/oci/index.ts';
import { collect, inPieces, pieces, rejection } from '../fixtures.ts';

const TEXT = Buffer.from('some text that repeats, some text that repeats\n'.repeat(100));

describe('gzip', () => {
  test.each([
    { level: 1, extra: 0x04 },
    { level: 6, extra: 0x00 },
    { level: 9, extra: 0x02 },
  ] as const)(
    'writes the same header as Go at level $level: no name, no time, unknown system',
    async ({ level, extra }) => {
      const bytes = await collect(gzip(pieces(TEXT), level));
      expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extra, 0xff]);
    },
  );

  test('returns the same bytes for any chunks of the input', async () => {
    expect(await collect(gzip(inPieces(TEXT, 7)))).toEqual(await collect(gzip(pieces(TEXT))));
  });

  test('is reversed by gunzip, for any bytes in any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 500 }), async (bytes, size) => {
        const packed = await collect(gzip(inPieces(bytes, size)));
        expect(await collect(gunzip(inPieces(packed, size)))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 40 },
    );
  });

  test('rethrows errors of its source', async () => {
    async function* broken() {
      yield TEXT;
      throw new RangeError('cable cut');
    }
    await expect(collect(gzip(broken()))).rejects.toThrow(RangeError);
  });
});

describe('decompress', () => {
  const packed = gzipSync(TEXT);

  test.each([
    { name: 'gzip', input: [packed], want: TEXT },
    { name: 'gzip byte by byte', input: [...packed].map((byte) => Buffer.of(byte)), want: TEXT },
    { name: 'gzip of several members', input: [packed, packed], want: Buffer.concat([TEXT, TEXT]) },
    { name: 'plain bytes', input: [TEXT], want: TEXT },
    { name: 'nothing', input: [], want: Buffer.alloc(0) },
    { name: 'three plain bytes', input: ['abc'], want: Buffer.from('abc') },
  ])('reads $name', async ({ input, want }) => {
    expect(await collect(decompress(pieces(...input)))).toEqual(want);
  });

  test.each([
    { name: 'truncated in the middle', input: packed.subarray(0, packed.length / 2) },
    { name: 'truncated before its last byte', input: packed.subarray(0, -1) },
    { name: 'that consists of a header only', input: packed.subarray(0, 10) },
    { name: 'with a wrong checksum', input: Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8, 1)]) },
    { name: 'of random bytes', input: Buffer.concat([Buffer.of(0x1f, 0x8b), Buffer.alloc(100, 7)]) },
  ])('refuses gzip $name', async ({ input }) => {
    await rejection(collect(decompress(pieces(input))), 'INVALID_LAYER');
  });

  test('refuses corrupt zstd, and names it in the message', async () => {
    const input = Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0);
    expect(compressionOf(input)).toBe('zstd');
    expect((await rejection(collect(decompress(pieces(input))), 'INVALID_LAYER')).message).toContain('zstd');
  });

  test('a reader can stop decompressing a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    let unpacked = 0;
    for await (const chunk of decompress(pieces(bomb))) {
      unpacked += chunk.byteLength;
      if (unpacked > 100_000) break;
    }
    expect(unpacked).toBeLessThan(400_000);
  });
});
