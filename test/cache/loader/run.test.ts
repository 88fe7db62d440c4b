import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { loadDirectories } from '../../../src/cache/loader/run.ts';
import { type ChunkSet, splitContent } from '../../../src/cache/sets/chunks.ts';
import { bytesOf, entrySet, mountSet } from '../sets.ts';

const work = mkdtempSync(join(tmpdir(), 'run-'));
afterAll(() => rmSync(work, { recursive: true }));
const fresh = () => mkdtempSync(join(work, 'd-'));
const entries = (directory: string) => readdirSync(directory).filter((name) => !name.startsWith('.'));

const set = entrySet('cfg');
const other = (file: string): ChunkSet => splitContent({ file, bytes: Buffer.from(file) }, { base: 'other' });
const image = other('cfg-sha256-e3b0c.xpkg');
const layer = other('cfg-sha256-e3b0c.tar.gz');

function mounted(...sets: ChunkSet[]): string {
  const from = fresh();
  for (const one of sets) mountSet(from, one);
  return from;
}

describe('images and layers', () => {
  test('are not loaded without a directory for them, which is not an error', async () => {
    const into = fresh();
    const summary = await loadDirectories([mounted(set, image, layer)], { into, maxBytes: 1e6 });
    expect(summary).toMatchObject({
      placed: ['cfg.gz'],
      refused: [],
      skipped: expect.arrayContaining([image.manifest.file, layer.manifest.file]),
    });
    expect(entries(into)).toEqual(['cfg.gz']);
  });

  test('are written to a separate directory', async () => {
    const [into, layersDir, from] = [fresh(), fresh(), mounted(set, image, layer)];
    const options = { into, maxBytes: 1e6, layers: { into: layersDir, maxBytes: 1e6 } };
    const { placed, skipped, layers } = await loadDirectories([from], options);
    expect({ placed, skipped, layers: layers?.placed }).toEqual({
      placed: ['cfg.gz'],
      skipped: undefined,
      layers: [layer.manifest.file, image.manifest.file].sort(),
    });
    expect(readFileSync(join(layersDir, image.manifest.file))).toEqual(bytesOf(image));
    for (const name of readdirSync(from)) if (!name.startsWith(set.name)) rmSync(join(from, name));
    rmSync(join(from, 'cfg.gz'), { force: true });
    expect((await loadDirectories([from], options)).layers?.removed).toHaveLength(2);
    expect(entries(layersDir)).toEqual([]);
  });

  test('have a separate limit, and an unreadable namespace is reported once', async () => {
    const [into, layersDir, from] = [fresh(), fresh(), mounted(set, image)];
    rmSync(join(from, `${set.name}.json`));
    const layers = { into: layersDir, maxBytes: 3 };
    const summary = await loadDirectories([from], { into, maxBytes: 1e6, layers });
    expect(summary.refused.map(({ code }) => code)).toEqual(['INCOMPLETE']);
    expect(summary.layers?.refused.map(({ code }) => code)).toEqual(['TOO_LARGE']);
  });

  test('cannot be written to the package cache', async () => {
    const [into, link] = [fresh(), join(fresh(), 'link')];
    symlinkSync(into, link);
    for (const layersDir of [`${into}/.`, link]) {
      const layers = { into: layersDir, maxBytes: 1 };
      await expect(loadDirectories([fresh()], { into, maxBytes: 1, layers })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    }
  });
});

describe('the directory that is loaded into', () => {
  test('is not read through links to it and to its files', async () => {
    const [into, from] = [fresh(), fresh()];
    symlinkSync(into, join(from, 'cache'));
    symlinkSync(join(into, 'a.gz'), join(from, 'b.gz'));
    const options = { into, maxBytes: 1e6 };
    for (const text of ['old', 'new']) {
      writeFileSync(join(from, 'a.gz'), gzipSync(text));
      expect(await loadDirectories([from], options)).toMatchObject({ placed: ['a.gz'], removed: [], refused: [] });
      expect(gunzipSync(readFileSync(join(into, 'a.gz'))).toString()).toBe(text);
    }
    expect(entries(into)).toEqual(['a.gz']);
  });

  test('is not loaded from', async () => {
    const [into, link] = [mounted(set), join(fresh(), 'link')];
    symlinkSync(into, link);
    for (const from of [into, `${into}/.`, link]) {
      await expect(loadDirectories([from], { into, maxBytes: 1e6 })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: `cannot load from ${from}: it must not be the directory to load into`,
      });
    }
  });
});

test('a given owner has files from any origin', async () => {
  const [into, from] = [fresh(), mounted(set)];
  const options = { into, maxBytes: 1e6, owner: 'loader' };
  await loadDirectories([from], options);
  expect(await loadDirectories([fresh()], { ...options, owner: 'other' })).toMatchObject({ removed: [] });
  expect(await loadDirectories([fresh()], options)).toMatchObject({ removed: ['cfg.gz'] });
});
