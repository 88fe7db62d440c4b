import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { readSparseTar } from '../../src/oci/archive/sparse-tar.ts';
import { gunzip, isSafePath, OciError, readAll, readTar } from '../../src/oci/index.ts';
import { collect, inPieces } from '../oci/fixtures.ts';
import { rawArchive } from './archives.ts';
import { bytes, fuzz } from './harness.ts';
import { mutatedBytes } from './mutations.ts';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function orOciError<T>(work: () => Promise<T>): Promise<T | OciError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OciError) return error;
    throw error;
  }
}

interface Read {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

const LIMITS = { maxBytes: 90_000, maxEntries: 100 };

async function readEntries(source: AsyncIterable<Uint8Array>): Promise<Read[]> {
  const list: Read[] = [];
  for await (const { name, type, content } of readTar(source, LIMITS)) {
    list.push({ name, type, content: await collect(content) });
  }
  return list;
}

fuzz('tar', {
  form: bytes,
  arbitrary: mutatedBytes(rawArchive),
  run: (archive) => orOciError(() => readEntries(inPieces(archive, 512))),
  async check(archive, entries) {
    const small = await orOciError(() => readEntries(inPieces(archive, 77)));
    if (entries instanceof OciError) {
      expect(entries.code).toMatch(/^(INVALID_LAYER|UNSAFE_PATH|TOO_LARGE)$/);
      return expect(small, 'whatever the pieces').toMatchObject({ code: entries.code });
    }
    expect(small, 'whatever the pieces').toEqual(entries);
    expect(entries.filter(({ name }) => !isSafePath(name))).toEqual([]);
    expect(entries.length).toBeLessThanOrEqual(LIMITS.maxEntries);
    const size = entries.reduce((sum, { content }) => sum + content.length, 0);
    expect(size, 'nothing comes out that was not in it').toBeLessThanOrEqual(archive.length);
    const path = join(folder, 'a.tar');
    writeFileSync(path, archive);
    const whole = await collect(readSparseTar(path, archive.length, () => false));
    expect(whole.equals(archive), 'nothing skipped is the file itself').toBe(true);
    const sparse = await readEntries(readSparseTar(path, archive.length, () => true));
    expect(sparse.map(({ name, content }) => [name, content.length])).toEqual(
      entries.map(({ name, content }) => [name, content.length]),
    );
  },
});

/** Contents that compress well, not at all, and to a bomb of a thousand times its size. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.nat(255), fc.integer({ min: 0, max: 4_000_000 })).map(([byte, size]) => new Uint8Array(size).fill(byte)),
);
const members = fc
  .array(content, { minLength: 1, maxLength: 2 })
  .map((list) => Buffer.concat(list.map((one) => gzipSync(one))));

const MAX_UNZIPPED = 1_000_000;

fuzz('gzip', {
  form: bytes,
  arbitrary: mutatedBytes(members),
  run: (compressed) => orOciError(() => readAll(gunzip(inPieces(compressed, 4_096)), MAX_UNZIPPED, 'it')),
  check(compressed, unzipped) {
    const reference = unzippedByNode(compressed);
    if (!(unzipped instanceof OciError)) return expect(reference?.equals(unzipped), 'as zlib reads it').toBe(true);
    if (unzipped.code === 'TOO_LARGE')
      return expect(reference === undefined || reference.length > MAX_UNZIPPED).toBe(true);
    expect(unzipped.code).toBe('INVALID_LAYER');
    expect(reference, 'zlib refuses it too').toBe(undefined);
  },
});

function unzippedByNode(compressed: Buffer): Buffer | undefined {
  try {
    return gunzipSync(compressed);
  } catch {
    return undefined;
  }
}
