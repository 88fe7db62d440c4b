import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
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
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeOutputs } from '../../../src/internal/files/write-outputs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outputs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const output = (name: string, text = 'new') => ({ path: at(name), content: [Buffer.from(text)] });

async function* cutOff() {
  yield Buffer.from('new');
  throw new Error('cut off');
}

test('writes all outputs, and nothing else', async () => {
  writeFileSync(at('a'), 'old');
  await writeOutputs([output('a'), output('b')]);
  expect(readdirSync(folder)).toEqual(['a', 'b']);
  expect(['a', 'b'].map((name) => readFileSync(at(name), 'utf8'))).toEqual(['new', 'new']);
});

test.each(['old', undefined])(
  'leaves the first file (%s) as it was when the second cannot be written',
  async (before) => {
    if (before !== undefined) writeFileSync(at('a'), before);
    mkdirSync(at('folder'));
    const names = readdirSync(folder);
    for (const second of [
      output('none/b'),
      output('folder'),
      { path: at('b'), content: cutOff() },
      { path: '/dev/full', content: [Buffer.from('new')] },
    ]) {
      await expect(writeOutputs([output('a'), second])).rejects.toThrow(/cannot write|cut off/);
      expect(readdirSync(folder)).toEqual(names);
      if (before !== undefined) expect(readFileSync(at('a'), 'utf8')).toBe(before);
    }
  },
);

test('names the file that cannot be replaced', async () => {
  mkdirSync(at('folder'));
  await expect(writeOutputs([output('a'), output('folder')])).rejects.toThrow(
    `cannot write ${at('folder')}: it is a folder`,
  );
});

test('keeps the mode and the link of a file that stays', async () => {
  writeFileSync(at('real'), 'old', { mode: 0o600 });
  symlinkSync('real', at('a'));
  mkdirSync(at('folder'));
  await expect(writeOutputs([output('a'), output('folder')])).rejects.toThrow('it is a folder');
  expect(readFileSync(at('a'), 'utf8')).toBe('old');
  expect(statSync(at('real')).mode & 0o777).toBe(0o600);
});

const NOBODY = 65_534;

/** Runs without the rights of root, which may read all files. */
async function unprivileged(run: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(NOBODY);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
  }
}

test.each([
  ['nobody', NOBODY],
  ['another user', 0],
])('replaces files of %s that it must not read, and leaves them when one cannot be written', async (_, owner) => {
  const isRoot = process.geteuid?.() === 0;
  writeFileSync(at('a'), 'old');
  chmodSync(at('a'), 0o200);
  mkdirSync(at('folder'));
  if (isRoot)
    for (const [path, uid] of [
      ['a', owner],
      ['.', NOBODY],
    ] as const)
      chownSync(at(path), uid, uid);
  await unprivileged(async () => {
    await expect(writeOutputs([output('a'), output('folder')])).rejects.toThrow('it is a folder');
  });
  expect(readdirSync(folder)).toEqual(['a', 'folder']);
  expect(statSync(at('a')).mode & 0o777).toBe(0o200);
  await unprivileged(() => writeOutputs([output('a'), output('b')]));
  expect(['a', 'b'].map((name) => readFileSync(at(name), 'utf8'))).toEqual(['new', 'new']);
  expect(readdirSync(folder)).toEqual(['a', 'b', 'folder']);
});

test('sends a pipe its output before a file gets its name', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  const read = readFile(at('pipe'), 'utf8').then((text) => ({ text, names: readdirSync(folder) }));
  await writeOutputs([output('a'), output('pipe')]);
  expect((await read).text).toBe('new');
  expect(readdirSync(folder)).toEqual(['a', 'pipe']);
});
