import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { realPath } from '../../../src/internal/files/real-path.ts';

const work = realpathSync(mkdtempSync(join(tmpdir(), 'real-path-')));
afterAll(() => rmSync(work, { recursive: true }));
const at = (name: string) => join(work, name);

mkdirSync(at('folder/inner'), { recursive: true });
writeFileSync(at('folder/file'), '');
symlinkSync('folder', at('to-folder'));
symlinkSync('folder/file', at('to-file'));
symlinkSync('folder/later', at('to-later'));
symlinkSync('../to-later', at('folder/to-link'));
symlinkSync('folder/inner', at('short'));
symlinkSync('../later', at('folder/inner/up'));
symlinkSync('cycle', at('cycle'));

test.each([
  ['a file', 'folder/file', 'folder/file'],
  ['a link', 'to-file', 'folder/file'],
  ['a file in a linked folder', 'to-folder/file', 'folder/file'],
  ['a link to a file that does not exist', 'to-later', 'folder/later'],
  ['a link to such a link', 'folder/to-link', 'folder/later'],
  ['such a link in a linked folder', 'short/up', 'folder/later'],
  ['a file that does not exist', 'nothing', 'nothing'],
  ['a link to itself', 'cycle', 'cycle'],
])('the real path of %s', async (_, path, want) => {
  expect(await realPath(at(path))).toBe(at(want));
});
