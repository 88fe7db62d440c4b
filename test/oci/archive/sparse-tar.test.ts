import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { afterAll, expect, test } from 'vitest';
import { readSparseTar } from '../../../src/oci/archive/sparse-tar.ts';
import { readTar } from '../../../src/oci/index.ts';
import { collect, pieces } from '../fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'sparse-tar-'));
afterAll(() => rmSync(folder, { recursive: true }));

const isBig = (name: string) => name.startsWith('big');

async function read(tar: Buffer, skips = isBig): Promise<Buffer> {
  const path = join(folder, 'a.tar');
  writeFileSync(path, tar);
  return collect(readSparseTar(path, tar.length, skips));
}

async function entriesOf(tar: Buffer) {
  const entries: { name: string; size: number; offset: number; head: string; text: string | undefined }[] = [];
  for await (const { name, size, offset, content } of readTar(pieces(tar), { maxBytes: 1e9 })) {
    const bytes = await collect(content);
    const text = isBig(name) ? undefined : bytes.toString('hex');
    entries.push({ name, size, offset, head: bytes.subarray(0, 512).toString('hex'), text });
  }
  return entries;
}

/** Names over 100 bytes get a pax header, which says the name of the entry behind it. */
const name = fc
  .tuple(fc.constantFrom('big', 'small', 'dir/big'), fc.nat(99), fc.constantFrom('', 'x'.repeat(120), 'é'))
  .map(([kind, number, rest]) => `${kind}-${number}${rest}`);
const files = fc.array(fc.record({ name, bytes: fc.uint8Array({ maxLength: 3_000 }) }), { maxLength: 6 });

function packed(list: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, bytes } of list) archive.entry({ name }, Buffer.from(bytes));
  archive.finalize();
  return buffer(archive);
}

test('returns the same entries, names, sizes, offsets and beginnings, and all content that is not skipped', async () => {
  await fc.assert(
    fc.asyncProperty(files, async (list) => {
      const tar = await packed(list);
      const sparse = await read(tar);
      expect(sparse).toHaveLength(tar.length);
      expect(await entriesOf(sparse)).toEqual(await entriesOf(tar));
      expect(await read(tar, () => false)).toEqual(tar);
    }),
    { numRuns: 50 },
  );
});

test('does not read skipped content', async () => {
  const tar = await packed([
    { name: 'big', bytes: Buffer.alloc(3_000_000, 'x') },
    { name: 'small', bytes: Buffer.from('end') },
  ]);
  const sparse = await read(tar);
  expect(sparse.subarray(512, 1024).toString()).toBe('x'.repeat(512));
  expect(sparse.subarray(1024, 512 + 3_000_000).every((byte) => byte === 0)).toBe(true);
  expect(sparse.includes('end')).toBe(true);
});

test('returns bytes unchanged if they are not a tar or are truncated', async () => {
  const tar = await packed([{ name: 'big', bytes: Buffer.alloc(10_000, 'x') }]);
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(700, 'a'), tar.subarray(0, 300), tar.subarray(0, 5_000)]) {
    expect(await read(bytes)).toEqual(bytes);
  }
  const otherSize = Buffer.from(tar);
  otherSize.writeUInt8(0x80, 124);
  expect(await read(otherSize)).toEqual(otherSize);
});
