import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isCacheError } from '../../src/cache/errors.ts';
import { type ContentStore, fileStore, nopStore, storeBytes } from '../../src/cache/store.ts';
import { digestHex, digestOf } from '../../src/oci/index.ts';

const work = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(work, { recursive: true }));
const freshDirectory = () => mkdtempSync(join(work, 'd-'));
const bytesOf = (text: string, size: number) => Buffer.alloc(size, text);

const MAKERS: readonly { name: string; keeps: boolean; make: () => ContentStore }[] = [
  { name: 'the store on disk', keeps: true, make: () => fileStore({ directory: freshDirectory(), maxBytes: 1_000 }) },
  { name: 'the store that stores nothing', keeps: false, make: nopStore },
];

describe.each(MAKERS)('$name', ({ keeps, make }) => {
  test('is empty at first', async () => {
    expect(await make().get(digestOf(Buffer.from('x')))).toBeUndefined();
  });

  test.each([0, 1, 999, 1_000])(`gives back ${keeps ? 'what was put' : 'nothing'} of %d bytes`, async (size) => {
    const store = make();
    const bytes = bytesOf('a', size);
    const digest = await store.put(bytes);
    expect(digest).toBe(digestOf(bytes));
    expect(await store.get(digest)).toEqual(keeps ? bytes : undefined);
  });

  test('accepts content over its limit without storing it', async () => {
    const store = make();
    const digest = await store.put(bytesOf('a', 1_001));
    expect(await store.get(digest)).toBeUndefined();
  });

  test('accepts the same content twice', async () => {
    const store = make();
    await store.put(bytesOf('a', 600));
    const digest = await store.put(bytesOf('a', 600));
    expect(await store.get(digest)).toEqual(keeps ? bytesOf('a', 600) : undefined);
  });

  test('deletes content, also if it does not exist', async () => {
    const store = make();
    const digest = await store.put(bytesOf('a', 5));
    await store.delete(digest);
    await store.delete(digest);
    expect(await store.get(digest)).toBeUndefined();
  });

  test(`${keeps ? 'keeps' : 'takes'} notes by name, each the latest`, async () => {
    const store = make();
    expect(await store.readNote('a')).toBeUndefined();
    await store.writeNote('a', 'one');
    await store.writeNote('a', 'two');
    expect(await store.readNote('a')).toBe(keeps ? 'two' : undefined);
    expect(await store.within('other').readNote('a')).toBeUndefined();
    expect(await store.readNote('b')).toBeUndefined();
    await store.deleteNote('a');
    await store.deleteNote('a');
    expect(await store.readNote('a')).toBeUndefined();
  });

  test('supports concurrent callers', async () => {
    const store = make();
    const contents = Array.from({ length: 20 }, (_, index) => bytesOf(`${index}`, 40));
    const digests = await Promise.all([...contents, ...contents].map((bytes) => store.put(bytes)));
    const found = await Promise.all(digests.map((digest) => store.get(digest)));
    expect(found).toEqual([...contents, ...contents].map((bytes) => (keeps ? bytes : undefined)));
  });
});

describe('the store on disk', () => {
  test('has a limited number of files, and evicts the least recently used ones', async () => {
    const directory = freshDirectory();
    for (let index = 0; index < 20_000; index += 1) writeFileSync(join(directory, `note-${index}`), '');
    const old = new Date(0);
    for (const index of [3, 5]) utimesSync(join(directory, `note-${index}`), old, old);
    await fileStore({ directory, maxBytes: 1_000 }).put(Buffer.from('x'));
    const left = new Set(readdirSync(directory));
    expect(left.size).toBe(20_000);
    expect(left.has('note-3') && left.has('note-5')).toBe(false);
  });

  test('is measured without temporary files, and has no bytes without a directory', async () => {
    const directory = freshDirectory();
    const store = fileStore({ directory, maxBytes: 1_000 });
    await store.put(bytesOf('a', 100));
    await store.put(bytesOf('b', 20));
    writeFileSync(join(directory, '.tmp-other'), 'half');
    expect(await storeBytes(directory)).toBe(120);
    expect(await storeBytes(join(directory, 'absent'))).toBe(0);
  });

  test('creates its directory', async () => {
    const store = fileStore({ directory: join(freshDirectory(), 'a', 'b'), maxBytes: 10 });
    const digest = await store.put(Buffer.from('x'));
    expect(await store.get(digest)).toEqual(Buffer.from('x'));
  });

  test('evicts the least recently used content when it is full', async () => {
    const directory = freshDirectory();
    const store = fileStore({ directory, maxBytes: 300 });
    const [a, b, c] = [
      await store.put(bytesOf('a', 100)),
      await store.put(bytesOf('b', 100)),
      await store.put(bytesOf('c', 100)),
    ];
    expect(readdirSync(directory)).toHaveLength(3);
    for (const [digest, at] of [
      [a, 1],
      [b, 2],
      [c, 3],
    ] as const)
      utimesSync(join(directory, digestHex(digest)), at, at);
    await store.get(a);
    await store.put(bytesOf('d', 1));
    expect(await store.get(b)).toBeUndefined();
    expect(await store.get(a)).toBeDefined();
    expect(await store.get(c)).toBeDefined();
  });

  test('verifies content when it is read: a changed file is missing and is removed', async () => {
    const directory = freshDirectory();
    const store = fileStore({ directory, maxBytes: 300 });
    const digest = await store.put(bytesOf('a', 100));
    writeFileSync(join(directory, digestHex(digest)), bytesOf('b', 100));
    expect(await store.get(digest)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
    await store.put(bytesOf('a', 100));
    expect(await store.get(digest)).toBeDefined();
  });

  test('removes temporary files of a dead process, not those of another one', async () => {
    const directory = freshDirectory();
    writeFileSync(join(directory, '.tmp-old'), 'half');
    utimesSync(join(directory, '.tmp-old'), 1, 1);
    writeFileSync(join(directory, '.tmp-new'), 'half');
    await fileStore({ directory, maxBytes: 300 }).put(bytesOf('a', 1));
    expect(readdirSync(directory).filter((name) => name.startsWith('.tmp-'))).toEqual(['.tmp-new']);
  });

  test('reports that its directory is a file, and leaves nothing behind', async () => {
    const directory = freshDirectory();
    const file = join(directory, 'file');
    writeFileSync(file, 'x');
    const failure = await fileStore({ directory: file, maxBytes: 10 })
      .put(Buffer.from('y'))
      .catch((error: unknown) => error);
    expect(isCacheError(failure, 'IO')).toBe(true);
    expect(readdirSync(directory)).toEqual(['file']);
  });

  test('is shared by several processes, and readers never see an incomplete file', async () => {
    const directory = freshDirectory();
    const script = join(work, 'writer.mts');
    writeFileSync(
      script,
      `import { fileStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/cache/store.ts'))};
       const store = fileStore({ directory: ${JSON.stringify(directory)}, maxBytes: 600_000 });
       for (let round = 0; round < 15; round++)
         for (const text of ['a', 'b', 'c', 'd']) {
           const digest = await store.put(Buffer.alloc(200_000, text));
           const found = await store.get(digest);
           if (found !== undefined && !found.equals(Buffer.alloc(200_000, text))) process.exit(3);
         }`,
    );
    const run = () =>
      new Promise<number | null>((resolve) => {
        const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: 'inherit' });
        child.once('exit', resolve);
      });
    expect(await Promise.all([run(), run()])).toEqual([0, 0]);
    const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    expect(sizes.every((size) => size === 200_000)).toBe(true);
  });
});
