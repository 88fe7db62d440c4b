import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WriteError } from '../../../src/internal/files/file-error.ts';
import { makeDirectory } from '../../../src/internal/files/make-directory.ts';

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'directory-'));
});
afterEach(() => rmSync(work, { recursive: true }));

test('creates a directory and its parents, with the mode', async () => {
  const path = join(work, 'a/b/c');
  await makeDirectory(path, 0o700);
  expect([path, join(work, 'a')].map((one) => statSync(one).mode & 0o777)).toEqual([0o700, 0o700]);
});

test('leaves a directory that exists as it is, also one behind a link', async () => {
  mkdirSync(join(work, 'a'));
  symlinkSync('a', join(work, 'link'));
  for (const name of ['a', 'link', 'link/b', 'link/b']) await makeDirectory(join(work, name));
  expect(statSync(join(work, 'a/b')).isDirectory()).toBe(true);
});

test('lets several callers create one directory at once', async () => {
  const path = join(work, 'a/b/c');
  await Promise.all(Array.from({ length: 20 }, () => makeDirectory(path)));
  expect(statSync(path).isDirectory()).toBe(true);
});

test.each([
  ['a file', 'file', 'EEXIST'],
  ['a path below a file', 'file/a', 'ENOTDIR'],
  ['a link that leads nowhere', 'link', 'EEXIST'],
])('refuses %s', async (_, name, code) => {
  writeFileSync(join(work, 'file'), '');
  symlinkSync('none', join(work, 'link'));
  await expect(makeDirectory(join(work, name))).rejects.toMatchObject({ code });
});

test('ends on a file system that takes no directories', async () => {
  const failure = await makeDirectory('/proc/no/such/folder').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(WriteError);
  expect(failure).toMatchObject({ message: 'cannot write /proc/no: no folder can be created in /proc' });
});
