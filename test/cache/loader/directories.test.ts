import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { isCandidate } from '../../../src/cache/loader/candidate.ts';
import { readDirectories } from '../../../src/cache/loader/directories.ts';
import { formatManifest } from '../../../src/cache/sets/manifest.ts';
import { readImageTarball, writeImageTarball } from '../../../src/oci/index.ts';
import { packageImage } from '../../../src/xpkg/push.ts';
import { smallImage } from '../../oci/fixtures.ts';
import { entryBytes, entrySet, mountSet } from '../sets.ts';

const work = mkdtempSync(join(tmpdir(), 'directories-'));
afterAll(() => rmSync(work, { recursive: true }));
const fresh = () => mkdtempSync(join(work, 'd-'));

async function found(...directories: string[]): Promise<string[]> {
  const all = await readDirectories(directories, { ownerOf: (directory) => directory });
  return all.map((item) => (isCandidate(item) ? `${item.manifest.file} in ${item.parts.length}` : item.code));
}

const set = entrySet('cfg');
const single = entrySet('one', { chunkSize: 900_000 });

describe('candidates of directories', () => {
  test('nothing when they are empty', async () => {
    expect(await found(fresh(), fresh())).toEqual([]);
  });

  test('a set that lies in one directory', async () => {
    const from = fresh();
    mountSet(from, set);
    expect(await found(from)).toEqual([`cfg.gz in ${set.chunks.length}`]);
  });

  test('a set whose ConfigMaps are mounted below one directory, or as separate directories', async () => {
    const from = fresh();
    mountSet(from, set, { apart: true });
    const want = [`cfg.gz in ${set.chunks.length}`];
    expect(await found(from)).toEqual(want);
    expect(await found(...set.chunks.map(({ index }) => join(from, `${set.name}-${index}`)))).toEqual(want);
  });

  test('the files of a mounted ConfigMap, which are links into a hidden directory', async () => {
    const from = fresh();
    mkdirSync(join(from, '..2026_01_01'));
    mountSet(join(from, '..2026_01_01'), single);
    symlinkSync('..2026_01_01', join(from, '..data'));
    for (const name of ['one.gz', `${single.name}.json`]) symlinkSync(join('..data', name), join(from, name));
    symlinkSync('nowhere', join(from, 'dangling.gz'));
    expect(await found(from)).toEqual(['one.gz in 1']);
  });

  test('a set once if its directory is given twice, or with its parent', async () => {
    const from = fresh();
    mountSet(from, set, { apart: true });
    const mounts = set.chunks.map(({ index }) => join(from, `${set.name}-${index}`));
    const want = [`cfg.gz in ${set.chunks.length}`];
    expect(await found(from, `${from}/`)).toEqual(want);
    expect(await found(from, ...mounts)).toEqual(want);
    expect(await found(...mounts, from)).toEqual(want);
  });

  test('the same set once for each directory that contains all of it', async () => {
    const [first, second] = [fresh(), fresh()];
    mountSet(first, set);
    mountSet(second, set);
    expect(await found(first, second)).toEqual([`cfg.gz in ${set.chunks.length}`, `cfg.gz in ${set.chunks.length}`]);
  });

  test('single entries in directories without a set', async () => {
    const from = fresh();
    writeFileSync(join(from, 'plain.gz'), entryBytes('x', 500));
    writeFileSync(join(from, 'README.md'), 'not an entry');
    expect(await found(from)).toEqual(['plain.gz in 1']);
  });
});

describe('a package file in a directory', () => {
  const yaml = JSON.stringify({
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind: 'Configuration',
    metadata: { name: 'a' },
  });
  const REFERENCE = 'registry.example.com/acme/bestpackage:v1.0.0';

  async function packageFile(path: string, text = yaml): Promise<string> {
    const image = await smallImage(text);
    await writeImageTarball(path, image);
    return (await packageImage(await readImageTarball(path))).document.descriptor.digest;
  }

  async function offered(from: string, references?: Record<string, string>) {
    const [found, ...rest] = await readDirectories([from], { ownerOf: (directory) => directory, references });
    expect(rest).toEqual([]);
    if (found === undefined || !isCandidate(found)) throw new Error(found?.message ?? 'nothing found');
    const bytes: Uint8Array[] = [];
    for (const part of found.parts) for await (const piece of part.open()) bytes.push(piece);
    return { ...found, content: gunzipSync(Buffer.concat(bytes)).toString('utf8') };
  }

  test('is converted and named after the file', async () => {
    const from = fresh();
    await packageFile(join(from, 'bestpackage.xpkg'));
    expect(await offered(from)).toMatchObject({ manifest: { file: 'bestpackage.gz' }, content: yaml });
  });

  test.each(['bestpackage', 'bestpackage.tar', 'bestpackage.gz'])('may have the name %s', async (name) => {
    const from = fresh();
    await packageFile(join(from, name));
    expect(await offered(from)).toMatchObject({ manifest: { file: 'bestpackage.gz' }, content: yaml });
  });

  test('is named after its reference and the digest that it has once it is pushed', async () => {
    const from = fresh();
    const digest = await packageFile(join(from, 'Best_Package.xpkg'));
    const { manifest, note } = await offered(from, { 'Best_Package.xpkg': REFERENCE });
    expect(manifest.artifact).toEqual({ source: 'registry.example.com/acme/bestpackage', digest });
    expect(manifest.file).toBe(`registry-example-com-acme-bestpackage-sha256-${digest.slice(7, 12)}.gz`);
    expect(note).toContain(`registry.example.com/acme/bestpackage@${digest}`);
  });

  test('is found through the links of a mounted ConfigMap', async () => {
    const from = fresh();
    mkdirSync(join(from, '..data'));
    await packageFile(join(from, '..data', 'bestpackage.xpkg'));
    symlinkSync(join('..data', 'bestpackage.xpkg'), join(from, 'bestpackage.xpkg'));
    expect(await offered(from)).toMatchObject({ manifest: { file: 'bestpackage.gz' } });
  });

  test.each<[string, string, (path: string) => Promise<unknown>, Record<string, string>?]>([
    ['whose name is none that Crossplane finds', 'Best_Package.xpkg', packageFile],
    ['that holds no package', 'a.xpkg', (path) => packageFile(path, 'a: 1')],
    ['that is broken', 'a.xpkg', async (path) => writeFileSync(path, tarHead)],
    ['whose reference has no tag', 'a.xpkg', packageFile, { 'a.xpkg': 'registry.example.com/acme/a' }],
    ['that a reference names and is none', 'a.txt', async (path) => writeFileSync(path, 'x'), { 'a.txt': REFERENCE }],
  ])('is refused, %s', async (_, name, make, references) => {
    const from = fresh();
    await make(join(from, name));
    const [found] = await readDirectories([from], { ownerOf: (directory) => directory, references });
    expect(found).toMatchObject({ code: 'INVALID_MEMBER', message: expect.stringContaining(join(from, name)) });
  });

  test('with a reference that does not exist is refused', async () => {
    const from = fresh();
    const found = await readDirectories([from], {
      ownerOf: (directory) => directory,
      references: { 'a.xpkg': REFERENCE },
    });
    expect(found).toMatchObject([{ code: 'INCOMPLETE' }]);
  });
});

/** A tar that ends within its first file. */
const tarHead = Buffer.alloc(1_024);
tarHead.write('manifest.json', 0);
tarHead.write('0000644\0', 100);
tarHead.write('00000010000\0', 124);
tarHead.write('ustar\x0000', 257);

describe('directories refuse', () => {
  test('one that does not exist', async () => {
    await expect(found(join(fresh(), 'no'))).rejects.toMatchObject({ name: 'CacheError', code: 'IO' });
  });

  const cases: { name: string; code: string; spoil: (from: string) => void }[] = [
    { name: 'a missing chunk', code: 'INCOMPLETE', spoil: (from) => rmSync(join(from, `${set.name}.001`)) },
    { name: 'a missing first chunk', code: 'INCOMPLETE', spoil: (from) => rmSync(join(from, `${set.name}.000`)) },
    { name: 'a missing manifest', code: 'INCOMPLETE', spoil: (from) => rmSync(join(from, `${set.name}.json`)) },
    {
      name: 'a manifest with the name of a file outside of the cache',
      code: 'INVALID_MANIFEST',
      spoil: (from) => {
        const text = formatManifest({ ...set.manifest, file: '../../etc/passwd' });
        writeFileSync(join(from, `${set.name}.json`), text);
      },
    },
    {
      name: 'a manifest with other checksums',
      code: 'INVALID_MANIFEST',
      spoil: (from) => {
        const text = formatManifest({ ...set.manifest, sha256: '0'.repeat(64) });
        writeFileSync(join(from, `${set.name}.json`), text);
      },
    },
    {
      name: 'a manifest over the limit',
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

  test('a duplicate chunk', async () => {
    const from = fresh();
    mountSet(from, set, { apart: true });
    mkdirSync(join(from, 'again'));
    copyFileSync(join(from, `${set.name}-1`, `${set.name}.001`), join(from, 'again', `${set.name}.001`));
    expect(await found(from)).toEqual(['DUPLICATE_CHUNK']);
  });

  test('an entry with a manifest that does not name it, so that a damaged manifest does not disable its verification', async () => {
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

  test('a single entry of 200 kB that decompresses to 200 MB', async () => {
    const from = fresh();
    writeFileSync(join(from, 'plain.gz'), gzipSync(Buffer.alloc(200_000_000)));
    expect(await found(from)).toEqual(['TOO_LARGE']);
  });

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
    expect(await found(from)).toEqual(['CHECKSUM_MISMATCH']);
  });
});
