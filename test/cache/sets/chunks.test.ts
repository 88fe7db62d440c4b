import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCacheError } from '../../../src/cache/errors.ts';
import {
  checkChunkSize,
  chunkProblem,
  DEFAULT_CHUNK_BYTES,
  isSetName,
  joinChunks,
  MAX_CHUNK_BYTES,
  MAX_CONFIG_MAP_BYTES,
  MIN_CHUNK_BYTES,
  readSetManifest,
  splitContent,
} from '../../../src/cache/sets/chunks.ts';
import { formatManifest, parseManifest } from '../../../src/cache/sets/manifest.ts';
import { sha256Hex } from '../../../src/internal/bytes/hash.ts';

const FILE = 'registry-example-com-acme-cfg-sha256-e3b0c.gz';
const ARTIFACT = { source: 'registry.example.com/acme/cfg', digest: `sha256:${'ab'.repeat(32)}` };

function bytesOf(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
}

function split(size: number, chunkSize = MIN_CHUNK_BYTES) {
  return splitContent({ file: FILE, bytes: bytesOf(size), artifact: ARTIFACT }, { base: 'team/app', chunkSize });
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return isCacheError(error) ? error.code : String(error);
  }
  return 'none';
}

describe('splitting', () => {
  const cases = [
    { size: 0, sizes: [0], reason: 'an empty file has one chunk' },
    { size: 1, sizes: [1], reason: 'one byte' },
    { size: MIN_CHUNK_BYTES, sizes: [1024], reason: 'exactly one chunk' },
    { size: MIN_CHUNK_BYTES + 1, sizes: [1024, 1], reason: 'one byte more' },
    { size: MIN_CHUNK_BYTES * 2, sizes: [1024, 1024], reason: 'exactly two chunks' },
    { size: MIN_CHUNK_BYTES * 3 - 1, sizes: [1024, 1024, 1023], reason: 'one byte less than three chunks' },
  ];
  test.each(cases)('returns chunks of $sizes bytes for $size: $reason', ({ size, sizes }) => {
    expect(split(size).chunks.map(({ bytes }) => bytes.byteLength)).toEqual(sizes);
  });

  test('keeps the name of a file with one chunk, so that its ConfigMap can be mounted as the cache', () => {
    expect(split(5).chunks.map(({ file }) => file)).toEqual([FILE]);
  });

  test('names several chunks after the set, and adds the manifest to the first', () => {
    const { name, chunks } = split(2100);
    expect(chunks.map(({ file }) => file)).toEqual([`${name}.000`, `${name}.001`, `${name}.002`]);
    expect(chunks.map(({ manifest }) => manifest?.file)).toEqual([`${name}.json`, undefined, undefined]);
  });

  test('gives the same content the same name, and other content another name', () => {
    expect(split(100).name).toBe(split(100).name);
    expect(split(100).name).not.toBe(split(101).name);
    expect(split(2048).name).not.toBe(split(2048, 1025).name);
  });

  test.each([
    ['team/app', 'team-app-'],
    ['', ''],
    ['///', ''],
    ['A.B_c', 'a-b-c-'],
    ['x'.repeat(80), `${'x'.repeat(45)}-`],
  ])('makes a label of the base %j', (base, prefix) => {
    const { name } = splitContent({ file: FILE, bytes: bytesOf(3) }, { base });
    expect(name).toMatch(new RegExp(`^${prefix}[0-9a-f]{16}$`));
    expect(name.length).toBeLessThanOrEqual(63);
    expect(isSetName(name)).toBe(true);
  });

  test.each(['../x.gz', '/etc/passwd', '.hidden', '', 'a/b', 'a b', 'ä', 'x'.repeat(254)])(
    'refuses the file name %j',
    (file) => {
      expect(codeOf(() => splitContent({ file, bytes: bytesOf(1) }, { base: 'a' }))).toBe('INVALID_OPTION');
    },
  );

  test.each([0, -1, MIN_CHUNK_BYTES - 1, MAX_CHUNK_BYTES + 1, 1024.5, Number.NaN])(
    'refuses chunks of %d bytes',
    (size) => {
      expect(codeOf(() => checkChunkSize(size))).toBe('INVALID_OPTION');
    },
  );

  test('fits the largest chunk and the largest manifest into one ConfigMap, and refuses a longer manifest', () => {
    const most = split(MIN_CHUNK_BYTES * 970);
    const first = most.chunks[0];
    expect(MAX_CHUNK_BYTES + Buffer.byteLength(first?.manifest?.text ?? '')).toBeLessThanOrEqual(MAX_CONFIG_MAP_BYTES);
    expect(codeOf(() => split(MIN_CHUNK_BYTES * 1_000))).toBe('TOO_LARGE');
    expect(DEFAULT_CHUNK_BYTES).toBeLessThanOrEqual(MAX_CHUNK_BYTES);
  });
});

describe('joining', () => {
  test('joins any content with any chunk size', () => {
    const property = fc.property(
      fc.uint8Array({ maxLength: 20_000 }),
      fc.integer({ min: MIN_CHUNK_BYTES, max: 8_192 }),
      fc.string(),
      (bytes, chunkSize, base) => {
        const set = splitContent({ file: FILE, bytes }, { base, chunkSize });
        const manifest = readSetManifest(set.name, set.chunks[0]?.manifest?.text ?? '', 'here');
        expect(manifest).toEqual(JSON.parse(JSON.stringify(set.manifest)));
        const joined = joinChunks(
          manifest,
          set.chunks.map((chunk) => chunk.bytes),
        );
        expect(Buffer.compare(joined, bytes)).toBe(0);
        expect(manifest.sha256).toBe(sha256Hex(bytes));
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  test('throws SWAPPED for any two different chunks that are swapped', () => {
    const { manifest, chunks } = split(5_000);
    const property = fc.property(fc.nat(4), fc.nat(4), (a, b) => {
      const bytes = chunks.map((chunk) => chunk.bytes);
      const [first, second] = [bytes[a], bytes[b]];
      if (a === b || first === undefined || second === undefined) return;
      bytes[a] = second;
      bytes[b] = first;
      expect(codeOf(() => joinChunks(manifest, bytes))).toBe('SWAPPED');
    });
    fc.assert(property);
  });

  test('throws CHECKSUM_MISMATCH for any changed, missing or additional byte', () => {
    const { manifest, chunks } = split(3_000);
    const property = fc.property(fc.nat(2), fc.nat(951), fc.integer({ min: 1, max: 255 }), (index, at, change) => {
      const bytes = chunks.map((chunk) => Buffer.from(chunk.bytes));
      const victim = bytes[index];
      if (victim === undefined) return;
      victim[at] = (victim[at] ?? 0) ^ change;
      expect(codeOf(() => joinChunks(manifest, bytes))).toBe('CHECKSUM_MISMATCH');
    });
    fc.assert(property);
    const whole = chunks.map((chunk) => chunk.bytes);
    const shorter = whole.with(1, whole[1]?.subarray(1) ?? new Uint8Array());
    expect(codeOf(() => joinChunks(manifest, shorter))).toBe('CHECKSUM_MISMATCH');
    const longer = whole.with(2, Buffer.concat([whole[2] ?? new Uint8Array(), Buffer.from('x')]));
    expect(codeOf(() => joinChunks(manifest, longer))).toBe('CHECKSUM_MISMATCH');
  });

  test('reports the missing chunks', () => {
    const { manifest, chunks } = split(4_096);
    const bytes = chunks.map((chunk) => (chunk.index === 2 ? undefined : chunk.bytes));
    expect(() => joinChunks(manifest, bytes)).toThrow('1 of 4 chunks are missing: 2');
    expect(codeOf(() => joinChunks(manifest, []))).toBe('INCOMPLETE');
  });

  test('treats a chunk at an index that does not exist as changed', () => {
    const { manifest } = split(10);
    expect(chunkProblem(manifest, 7, bytesOf(11))?.code).toBe('CHECKSUM_MISMATCH');
  });
});

describe('manifests', () => {
  const good = { ...split(3_000).manifest };
  const cases: [string, object][] = [
    ['a path that climbs out', { ...good, file: '../../etc/passwd' }],
    ['an absolute path', { ...good, file: '/etc/passwd' }],
    ['a hidden file', { ...good, file: '.sigstore' }],
    ['another version', { ...good, version: 2 }],
    ['a sum that is none', { ...good, sha256: 'abc' }],
    ['a chunk sum in upper case', { ...good, chunks: good.chunks.map((sum) => sum.toUpperCase()) }],
    ['fewer chunks than the size needs', { ...good, chunks: good.chunks.slice(1) }],
    ['no chunks', { ...good, chunks: [] }],
    ['a negative size', { ...good, size: -1 }],
    ['a size that is no integer', { ...good, size: 1.5 }],
    ['a chunk size of zero', { ...good, chunkSize: 0 }],
    ['an unknown field', { ...good, mode: 0o777 }],
    ['an artifact without digest', { ...good, artifact: { source: 'a/b', digest: 'latest' } }],
  ];
  test.each(cases)('are refused with %s', (_, manifest) => {
    expect(codeOf(() => parseManifest(JSON.stringify(manifest), 'x'))).toBe('INVALID_MANIFEST');
  });

  test.each(['', '{', 'null', '[]', '"x"'])('are refused when they are %j', (text) => {
    expect(codeOf(() => parseManifest(text, 'x'))).toBe('INVALID_MANIFEST');
  });

  test('are formatted in one form, for any order of their fields', () => {
    const shuffled = Object.fromEntries(Object.entries(good).reverse());
    expect(formatManifest(parseManifest(JSON.stringify(shuffled), 'x'))).toBe(formatManifest(good));
  });

  test('do not match a set with another name', () => {
    const text = formatManifest(good);
    const { name } = split(3_000);
    expect(readSetManifest(name, text, 'x')).toEqual(good);
    expect(codeOf(() => readSetManifest(split(3_001).name, text, 'x'))).toBe('INVALID_MANIFEST');
    expect(codeOf(() => readSetManifest(`other-${name}`, text, 'x'))).toBe('INVALID_MANIFEST');
    expect(codeOf(() => readSetManifest('../../etc', text, 'x'))).toBe('INVALID_MANIFEST');
  });
});
