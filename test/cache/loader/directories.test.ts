import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readDirectories } from '../../../src/cache/loader/directories.ts';
import { isOffer } from '../../../src/cache/loader/offer.ts';
import { formatManifest } from '../../../src/cache/sets/manifest.ts';
import { entryBytes, entrySet, mountSet } from '../sets.ts';

const work = mkdtempSync(join(tmpdir(), 'directories-'));
afterAll(() => rmSync(work, { recursive: true }));
const fresh = () => mkdtempSync(join(work, 'd-'));

async function found(...directories: string[]): Promise<string[]> {
  const all = await readDirectories(directories, (directory) => directory);
  return all.map((item) => (isOffer(item) ? `${item.manifest.file} in ${item.parts.length}` : item.code));
}

const set = entrySet('cfg');
const single = entrySet('one', { chunkSize: 900_000 });

describe('directories offer', () => {
  test('nothing when they are empty', async () => {
    expect(await found(fresh(), fresh())).toEqual([]);
  });

  test('a set that lies in one directory', async () => {
    const from = fresh();
    mountSet(from, set);
    expect(await found(from)).toEqual([`cfg.gz in ${set.chunks.length}`]);
  });

  test('a set whose ConfigMaps are mounted each below one directory, or each as a directory of their own', async () => {
    const from = fresh();
    mountSet(from, set, { apart: true });
    const want = [`cfg.gz in ${set.chunks.length}`];
    expect(await found(from)).toEqual(want);
    expect(await found(...set.chunks.map(({ index }) => join(from, `${set.name}-${index}`)))).toEqual(want);
  });

  test('what a mounted ConfigMap shows: links into a hidden directory', async () => {
    const from = fresh();
    mkdirSync(join(from, '..2026_01_01'));
    mountSet(join(from, '..2026_01_01'), single);
    symlinkSync('..2026_01_01', join(from, '..data'));
    for (const name of ['one.gz', `${single.name}.json`]) symlinkSync(join('..data', name), join(from, name));
    symlinkSync('nowhere', join(from, 'dangling.gz'));
    expect(await found(from)).toEqual(['one.gz in 1']);
  });

  test('the same set once for each directory that holds all of it', async () => {
    const [first, second] = [fresh(), fresh()];
    mountSet(first, set);
    mountSet(second, set);
    expect(await found(first, second)).toEqual([`cfg.gz in ${set.chunks.length}`, `cfg.gz in ${set.chunks.length}`]);
  });

  test('single entries where no set lies', async () => {
    const from = fresh();
    writeFileSync(join(from, 'plain.gz'), entryBytes('x', 500));
    writeFileSync(join(from, 'README.md'), 'not an entry');
    expect(await found(from)).toEqual(['plain.gz in 1']);
  });
});

describe('directories refuse', () => {
  test('one that is not there', async () => {
    await expect(found(join(fresh(), 'no'))).rejects.toMatchObject({ name: 'CacheError', code: 'IO' });
  });

  const cases: { name: string; code: string; spoil: (from: string) => void }[] = [
    { name: 'a missing chunk', code: 'INCOMPLETE', spoil: (from) => rmSync(join(from, `${set.name}.001`)) },
    { name: 'a missing first chunk', code: 'INCOMPLETE', spoil: (from) => rmSync(join(from, `${set.name}.000`)) },
    { name: 'a missing manifest', code: 'INCOMPLETE', spoil: (from) => rmSync(join(from, `${set.name}.json`)) },
    {
      name: 'a manifest that names a file outside',
      code: 'INVALID_MANIFEST',
      spoil: (from) => {
        const text = formatManifest({ ...set.manifest, file: '../../etc/passwd' });
        writeFileSync(join(from, `${set.name}.json`), text);
      },
    },
    {
      name: 'a manifest with other sums',
      code: 'INVALID_MANIFEST',
      spoil: (from) => {
        const text = formatManifest({ ...set.manifest, sha256: '0'.repeat(64) });
        writeFileSync(join(from, `${set.name}.json`), text);
      },
    },
    {
      name: 'a manifest that is longer than a manifest can be',
      code: 'INVALID_MANIFEST',
      spoil: (from) => writeFileSync(join(from, `${set.name}.json`), Buffer.alloc(65_537, ' ')),
    },
  ];
  test.each(cases)('$name', async ({ code, spoil }) => {
    const from = fresh();
    mountSet(from, set);
    spoil(from);
    expect(await found(from)).toEqual([code]);
  });

  test('a chunk that is there twice', async () => {
    const from = fresh();
    mountSet(from, set, { apart: true });
    mkdirSync(join(from, 'again'));
    copyFileSync(join(from, `${set.name}-1`, `${set.name}.001`), join(from, 'again', `${set.name}.001`));
    expect(await found(from)).toEqual(['DOUBLED']);
  });

  test('an entry beside a manifest that does not name it, so that a spoiled manifest cannot take its check away', async () => {
    const from = fresh();
    mountSet(from, single);
    writeFileSync(join(from, `${single.name}.json`), '{}');
    expect(await found(from)).toEqual(['INVALID_MANIFEST', 'INVALID_MEMBER']);
  });

  test.each(['My_Package.gz', 'layer.tar.gz', `${'x'.repeat(64)}.gz`])(
    'a single file %s, which Crossplane never looks up',
    async (name) => {
      const from = fresh();
      writeFileSync(join(from, name), entryBytes('x', 500));
      expect(await found(from)).toEqual(['INVALID_MEMBER']);
    },
  );

  const whole = entryBytes('x', 500);
  test.each([
    ['empty', Buffer.alloc(0)],
    ['plain YAML', Buffer.from('kind: Configuration\n')],
    ['cut off', whole.subarray(0, -9)],
    ['of a wrong checksum', Buffer.concat([whole.subarray(0, -8), Buffer.alloc(4), whole.subarray(-4)])],
    ['followed by garbage', Buffer.concat([whole, Buffer.from('x')])],
    ['followed by zeros', Buffer.concat([whole, Buffer.alloc(16)])],
  ])('a single entry that is %s', async (_, bytes) => {
    const from = fresh();
    writeFileSync(join(from, 'plain.gz'), bytes);
    expect(await found(from)).toEqual(['ALTERED']);
  });
});
