import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withLibrary } from '../../../src/oci/archive/zstd.ts';
import { zstdPieces } from '../../../src/oci/archive/zstd-frames.ts';
import { decompress, OciError } from '../../../src/oci/index.ts';
import { startCpuTimer } from '../../cpu-time.ts';
import { collect, HAS_ZSTD, rejection } from '../fixtures.ts';

async function* pieces(bytes: Uint8Array, size = 1_000) {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

const lines = (count: number) => Buffer.from(Array.from({ length: count }, (_, index) => `line ${index}\n`).join(''));

/** The last block of a frame, with bytes as they are; and the beginning of a frame of one segment. */
const raw = (size: number) => {
  const block = Buffer.alloc(4);
  block.writeUInt32LE((size << 3) | 1);
  return Buffer.concat([block.subarray(0, 3), Buffer.alloc(size, 'a')]);
};
const single = (size: number) => {
  const field = Buffer.alloc(2);
  field.writeUInt16LE(size - 256);
  return Buffer.concat([Buffer.from('28b52ffd60', 'hex'), field]);
};

/** `zstd -3` of `lines(40)`, with a checksum. */
const PACKED = Buffer.from(
  'KLUv/QRYtQMARANsaW5lIDAKbGluZSAxMjM0NTY3ODkxMTExMTExMTEyMjIyMjIyMjIyMzMzMzMzMzMzMzkKJiCAk9IDWfLNLIt8mc2ST2ZZ5MtMlnyZzZJPZmeZyCeVWVQWqHxPmTllacrHlHkpm0LYIeMONsS4wQwB49IQv1ilj3A=',
  'base64',
);

const READERS = [
  { name: 'this Node', read: decompress },
  { name: 'the library', read: (source: AsyncIterable<Uint8Array>) => withLibrary(zstdPieces(source)) },
];

describe.each(READERS)('zstd by $name', ({ read }) => {
  const unpack = (bytes: Uint8Array, size?: number) => collect(read(pieces(bytes, size)));

  test.each([1, 7, 1_000])('is decompressed in chunks of %s bytes', async (size) => {
    expect((await unpack(PACKED, size)).toString()).toBe(lines(40).toString());
  });

  test('may have several frames, and skippable frames', async () => {
    const skipped = Buffer.concat([Buffer.from('5e2a4d1803000000', 'hex'), Buffer.from('abc')]);
    const several = Buffer.concat([PACKED, skipped, PACKED]);
    expect((await unpack(several)).toString()).toBe(lines(40).toString().repeat(2));
  });

  test.each([
    ['truncated in the middle', PACKED.subarray(0, PACKED.byteLength / 2)],
    ['cut before its checksum', PACKED.subarray(0, -2)],
    ['that consists of a header only', PACKED.subarray(0, 6)],
    ['of random bytes', Buffer.concat([PACKED.subarray(0, 4), Buffer.alloc(100, 7)])],
    ['with other bytes behind it', Buffer.concat([PACKED, Buffer.from('more')])],
    ['that needs a dictionary', Buffer.from('28b52ffd2101050100010000', 'hex')],
    ['with a window of 2 GiB', Buffer.from('28b52ffd00a8010000', 'hex')],
    ['of a terabyte in one segment', Buffer.from('28b52ffde00000000000010000010000', 'hex')],
    ['with a block of 256 KiB', Buffer.from('28b52ffd0050020020ff', 'hex')],
    ['of 300 bytes that says it has 1,000', Buffer.concat([single(1_000), raw(300)])],
    ['of 1,000 bytes that says it has 300', Buffer.concat([single(300), raw(1_000)])],
    ['of a frame that is too short before another', Buffer.concat([single(1_000), raw(300), PACKED])],
    ['with a reserved block', Buffer.from('28b52ffd0050070000', 'hex')],
  ])('%s is INVALID_LAYER', async (_, bytes) => {
    await rejection(unpack(bytes), 'INVALID_LAYER');
  });

  test('of a bomb can be stopped by its reader', async () => {
    // 20,000 blocks of one repeated byte, 128 KiB each.
    const [block, last] = [Buffer.from('02001000', 'hex'), Buffer.from('03001000', 'hex')];
    const bomb = Buffer.concat([
      Buffer.from('28b52ffd0050', 'hex'),
      ...Array.from({ length: 20_000 }, () => block),
      last,
    ]);
    let unpacked = 0;
    const before = process.memoryUsage().arrayBuffers;
    for await (const chunk of read(pieces(bomb, 64 * 1_024))) {
      unpacked += chunk.byteLength;
      if (unpacked > 1_000_000) break;
    }
    expect(unpacked).toBeLessThan(2_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
  });

  test('of frames that are as small as their content', async () => {
    const headers = ['28b52ffd0050', '28b52ffd0450', '28b52ffd0088'].map((hex) => Buffer.from(hex, 'hex'));
    const sizes = Array.from({ length: 20 }, (_, size) => size);
    for (const header of headers) {
      const checksum = Buffer.alloc(header[4] ?? 0);
      const frames = Buffer.concat(sizes.flatMap((size) => [header, raw(size), checksum]));
      expect((await unpack(frames)).toString()).toBe('a'.repeat(190));
      const sized = sizes.map((size) => Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, size]), raw(size)]));
      expect((await unpack(Buffer.concat(sized))).toString()).toBe('a'.repeat(190));
    }
  });

  test('of many small blocks takes no longer than its bytes do, whatever the window', async () => {
    const [block, last] = [Buffer.from('0a000061', 'hex'), Buffer.from('0b000061', 'hex')];
    const blocks = Array.from({ length: 8_000 }, () => block);
    const elapsed = startCpuTimer();
    const unpacked = await unpack(Buffer.concat([Buffer.from('28b52ffd0088', 'hex'), ...blocks, last]));
    expect(unpacked.byteLength).toBe(8_001);
    // Moving the whole window for each block would take a minute.
    expect(elapsed()).toBeLessThan(2_500);
  });

  test('of many small blocks after large ones takes no longer than its bytes do', async () => {
    const [large, block, last] = ['02001061', '0a000061', '0b000061'].map((hex) => Buffer.from(hex, 'hex'));
    if (large === undefined || block === undefined || last === undefined) throw new Error('no blocks');
    const blocks = [large, large, large, large, ...Array.from({ length: 15_000 }, () => block), last];
    const frame = Buffer.concat([Buffer.from('28b52ffd0048', 'hex'), ...blocks]);
    const elapsed = startCpuTimer();
    // The library moves a window of 512 KiB for each block: 8 GB for a frame, in a second.
    const unpacked = decompress(pieces(Buffer.concat(Array.from({ length: 5 }, () => frame)), 1_048_576));
    const outcome = await collect(unpacked).then(String, (error: Error) => error.message);
    if (HAS_ZSTD) expect(outcome).toBe('a'.repeat(5 * (4 * 131_072 + 15_001)));
    else expect(outcome).toMatch(/takes too long for so many small blocks; use 22\.15 or later/);
    expect(elapsed()).toBeLessThan(2_500);
  });

  test.each([
    ['nothing', '28b52ffd0050010000'],
    ['a byte again and again, and a window of 128 MiB', '28b52ffd00880b000061'],
  ])('of 20,000 frames with %s takes time in proportion to its size', async (_, hex) => {
    const frames = Buffer.concat(Array.from({ length: 20_000 }, () => Buffer.from(hex, 'hex')));
    const elapsed = startCpuTimer();
    await unpack(frames, 64 * 1_024);
    // A codec for each would take ten times as long.
    expect(elapsed()).toBeLessThan(2_500);
  });

  test('of small, large and again small frames', async () => {
    const noise = randomBytes(300_000);
    const blocks = [0, 100_000, 200_000].map((at) => {
      const block = Buffer.alloc(4);
      block.writeUInt32LE((100_000 << 3) | (at === 200_000 ? 1 : 0));
      return Buffer.concat([block.subarray(0, 3), noise.subarray(at, at + 100_000)]);
    });
    const large = Buffer.concat([Buffer.from('28b52ffd0050', 'hex'), ...blocks]);
    const text = lines(40);
    const unpacked = await unpack(Buffer.concat([PACKED, large, PACKED, large, PACKED]), 10_000);
    expect(unpacked.equals(Buffer.concat([text, noise, text, noise, text]))).toBe(true);
  });

  test('that is damaged at any byte results in an OciError or other bytes', async () => {
    const damage = fc.tuple(fc.nat(PACKED.byteLength - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const bytes = Buffer.from(PACKED);
        for (const [at, bits] of damages) bytes[at] = (bytes[at] ?? 0) ^ bits;
        // Damage to the magic number makes it a plain file.
        if (bytes.readUInt32LE() !== PACKED.readUInt32LE()) return;
        const error: unknown = await unpack(bytes).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined && !(error instanceof OciError)) throw error;
      }),
      { numRuns: 150 },
    );
  });

  // The program of Debian, with more than one block and each of its ways to compress.
  test
    .runIf(existsSync('/usr/bin/zstd'))
    .each([['-1'], ['-19'], ['--ultra', '-22'], ['--no-check', '-5'], ['--long=27', '-6']])(
    'from zstd %s %s is decompressed',
    async (...options) => {
      const text = lines(30_000);
      const { stdout } = spawnSync('/usr/bin/zstd', [...options.filter(Boolean), '-c'], {
        input: text,
        maxBuffer: 1e8,
      });
      expect((await unpack(stdout)).equals(text)).toBe(true);
    },
  );

  const compress: unknown = Reflect.get(zlib, 'zstdCompressSync');
  test.runIf(typeof compress === 'function')('from this Node is decompressed', async () => {
    const text = lines(30_000);
    const packed: unknown = typeof compress === 'function' ? compress(text) : undefined;
    expect(packed instanceof Uint8Array && (await unpack(packed)).equals(text)).toBe(true);
  });
});
