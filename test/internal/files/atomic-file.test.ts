import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeAtomically, writeOutput } from '../../../src/internal/files/atomic-file.ts';
import { WriteError } from '../../../src/internal/files/file-error.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomic-'));
  path = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* chunks(...texts: readonly (string | Error)[]) {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield Buffer.from(text);
  }
}

test('writes the content, and nothing else', async () => {
  await writeAtomically(path, chunks('a', 'b'));
  expect(readFileSync(path, 'utf8')).toBe('ab');
  expect(readdirSync(folder)).toEqual(['file']);
  expect(statSync(path).mode & 0o133).toBe(0);
});

test('replaces a file, by way of the temporary file it is given', async () => {
  writeFileSync(path, 'before');
  const temporary = join(folder, 'aside');
  let aside: string[] = [];
  async function* content() {
    yield Buffer.from('after');
    aside = readdirSync(folder);
  }
  await writeAtomically(path, content(), { temporary, flush: true });
  expect(aside).toEqual(['aside', 'file']);
  expect(readFileSync(path, 'utf8')).toBe('after');
  expect(readdirSync(folder)).toEqual(['file']);
});

test('leaves everything as it was when the content ends with an error', async () => {
  writeFileSync(path, 'before');
  await expect(writeAtomically(path, chunks('a', new Error('cut off')))).rejects.toThrow('cut off');
  expect(readFileSync(path, 'utf8')).toBe('before');
  expect(readdirSync(folder)).toEqual(['file']);
});

test('fails when the temporary file exists or the folder does not', async () => {
  writeFileSync(join(folder, 'aside'), 'of another process');
  const taken = writeAtomically(path, [Buffer.from('a')], { temporary: join(folder, 'aside') });
  await expect(taken).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(join(folder, 'aside'), 'utf8')).toBe('of another process');
  await expect(writeAtomically(join(folder, 'none', 'file'), [])).rejects.toMatchObject({ code: 'ENOENT' });
});

describe('the output of a command', () => {
  test('is written whole or not at all', async () => {
    await writeOutput(path, chunks('before'));
    await expect(writeOutput(path, chunks('a', new Error('cut off')))).rejects.toThrow('cut off');
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('goes through a link to a file', async () => {
    const link = join(folder, 'link');
    writeFileSync(path, 'before');
    symlinkSync(path, link);
    await writeOutput(link, chunks('after'));
    expect(readFileSync(path, 'utf8')).toBe('after');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  test('goes straight to a device, which stays one', async () => {
    const link = join(folder, 'link');
    symlinkSync('/dev/null', link);
    await writeOutput(link, chunks('a'));
    expect(statSync(link).isCharacterDevice()).toBe(true);
    expect(readdirSync(folder)).toEqual(['link']);
    symlinkSync('/dev/full', path);
    await expect(writeOutput(path, chunks('a'))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  test('goes straight to a pipe', async () => {
    execFileSync('mkfifo', [path]);
    const [read] = await Promise.all([readFile(path, 'utf8'), writeOutput(path, chunks('a', 'b'))]);
    expect(read).toBe('ab');
    expect(statSync(path).isFIFO()).toBe(true);
  });
});

describe('an error of the file system names the file, not the temporary one', () => {
  test.each<[string, string, string]>([
    ['a folder that does not exist', 'none/file', 'its folder does not exist'],
    ['a folder that is a file', 'plain/file', 'its folder is a file'],
    ['a folder in its place', 'folder', 'it is a folder'],
  ])('for %s', async (_, name, reason) => {
    writeFileSync(join(folder, 'plain'), '');
    mkdirSync(join(folder, 'folder'));
    const target = join(folder, name);
    for (const write of [writeAtomically, writeOutput]) {
      const error = await write(target, chunks('a')).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(WriteError);
      expect(error).toMatchObject({ message: `cannot write ${target}: ${reason}`, reason });
    }
    expect(readdirSync(folder).sort()).toEqual(['folder', 'plain']);
  });

  test('for a device that is full', async () => {
    await expect(writeOutput('/dev/full', chunks('a'))).rejects.toMatchObject({
      message: 'cannot write /dev/full: the disk is full (ENOSPC)',
      code: 'ENOSPC',
    });
  });

  test('but an error of the content stays as it is', async () => {
    const failure = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    await expect(writeAtomically(path, chunks('a', failure))).rejects.toBe(failure);
  });
});
