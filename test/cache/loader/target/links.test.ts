import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { keepLinks } from '../../../../src/cache/loader/target/links.ts';

const work = mkdtempSync(join(tmpdir(), 'links-'));
afterAll(() => rmSync(work, { recursive: true }));

const PATH = 'registry.example.com/acme/cfg:v1.0.gz';
const nothing = { linked: [], unlinked: [], refused: [] };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(work, 'd-'));
  for (const name of ['a', 'b']) writeFileSync(join(directory, `${name}.gz`), name);
});

describe('links', () => {
  test('lead to entries, are created once, and can be moved with the directory', async () => {
    expect(await keepLinks(directory, [{ path: PATH, file: 'a.gz' }])).toEqual({ ...nothing, linked: [PATH] });
    expect(readFileSync(join(directory, PATH), 'utf8')).toBe('a');
    expect(readlinkSync(join(directory, PATH))).toBe('../../a.gz');
    expect(await keepLinks(directory, [{ path: PATH, file: 'a.gz' }])).toEqual(nothing);
  });

  test('can be changed to other entries', async () => {
    await keepLinks(directory, [{ path: PATH, file: 'a.gz' }]);
    const moved = await keepLinks(directory, [{ path: PATH, file: 'b.gz' }]);
    expect(moved).toEqual({ linked: [PATH], unlinked: [PATH], refused: [] });
    expect(readFileSync(join(directory, PATH), 'utf8')).toBe('b');
  });

  test('are removed when they are no longer needed, with empty folders', async () => {
    const other = 'registry.example.com/other:v1.gz';
    await keepLinks(directory, [
      { path: PATH, file: 'a.gz' },
      { path: other, file: 'b.gz' },
    ]);
    expect(await keepLinks(directory, [{ path: other, file: 'b.gz' }])).toEqual({ ...nothing, unlinked: [PATH] });
    expect(readdirSync(join(directory, 'registry.example.com'))).toEqual(['other:v1.gz']);
    await keepLinks(directory, []);
    expect(readdirSync(directory).sort()).toEqual(['a.gz', 'b.gz']);
  });
});

describe('files that no loader created', () => {
  const refused = [expect.objectContaining({ code: 'NOT_OURS', message: expect.stringContaining(PATH) })];

  test.each<[string, () => void]>([
    ['a file', () => writeFileSync(join(directory, PATH), 'theirs')],
    ['a link out of the directory', () => symlinkSync('../../../a.gz', join(directory, PATH))],
    ['a link to no entry', () => symlinkSync('../../.package-cache', join(directory, PATH))],
  ])('%s is kept', async (_, make) => {
    mkdirSync(join(directory, 'registry.example.com/acme'), { recursive: true });
    make();
    expect(await keepLinks(directory, [{ path: PATH, file: 'a.gz' }])).toEqual({ ...nothing, refused });
    expect(await keepLinks(directory, [])).toEqual(nothing);
    expect(readdirSync(join(directory, 'registry.example.com/acme'))).toHaveLength(1);
  });

  test('a file at the path of a folder is kept', async () => {
    writeFileSync(join(directory, 'registry.example.com'), '');
    expect(await keepLinks(directory, [{ path: PATH, file: 'a.gz' }])).toEqual({ ...nothing, refused });
  });

  test('links next to the entries and in hidden folders are kept', async () => {
    mkdirSync(join(directory, '.other'));
    symlinkSync('../a.gz', join(directory, '.other/link'));
    symlinkSync('a.gz', join(directory, 'link'));
    expect(await keepLinks(directory, [])).toEqual(nothing);
    expect(readdirSync(directory).sort()).toEqual(['.other', 'a.gz', 'b.gz', 'link']);
  });
});
