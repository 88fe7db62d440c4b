import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Folders whose files are installed, built or golden. */
const NOT_WRITTEN = /(^|\/)(node_modules|dist|out|golden)(\/|$)|^test\/tools\/bin(\/|$)/;

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (NOT_WRITTEN.test(path)) return [];
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const written = ['src', 'package', 'examples', 'test'].flatMap(filesBelow);
const sources = written.filter((path) => /^src\/.*\.ts$/.test(path)).map((path) => path.slice('src/'.length));

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

test('no source file has more than 300 lines', () => {
  const code = written.filter((path) => /\.(ts|mjs|js|css|html)$/.test(path));
  expect(code.length).toBeGreaterThan(sources.length);
  expect(code.filter((path) => read(path).split('\n').length > 301)).toEqual([]);
});

test('no folder of src has more than 15 files', () => {
  const counts = new Map<string, number>();
  for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > 15)).toEqual([]);
});

test('no two exported types have the same name', () => {
  const names = sources.flatMap((file) =>
    [...read(`src/${file}`).matchAll(/^export (?:interface|type|class) (\w+)/gm)].map(([, name = '']) => name),
  );
  expect(names.length).toBeGreaterThan(300);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('src waits for nothing later: no TODO, no FIXME', () => {
  expect(sources.filter((file) => /\b(TODO|FIXME|XXX)\b/.test(read(`src/${file}`)))).toEqual([]);
});

describe('tests mirror src', () => {
  const roomOf = (path: string) => path.split('/')[0] ?? path;
  const nameOf = (path: string) => basename(path).replace(/(\.test)?\.ts$/, '');
  const folders = new Set(sources.map((file) => dirname(file)));
  const tests = written
    .flatMap((path) => (/^test\/.*\.test\.ts$/.test(path) ? [path.slice('test/'.length)] : []))
    .filter((file) => file.includes('/') && folders.has(roomOf(file)));

  test('a folder with tests is one of src, too', () => {
    expect(tests.length).toBeGreaterThan(100);
    expect(tests.filter((file) => !folders.has(dirname(file)))).toEqual([]);
  });

  test('a test that has the name of a file or folder of its room is where that is', () => {
    const places = new Map<string, string[]>();
    const add = (path: string) => places.set(nameOf(path), [...(places.get(nameOf(path)) ?? []), dirname(path)]);
    for (const path of [...sources, ...folders]) add(path);
    const misplaced = tests.filter((file) => {
      const own = (places.get(nameOf(file)) ?? []).filter((place) => roomOf(place) === roomOf(file));
      return own.length > 0 && !own.includes(dirname(file)) && nameOf(file) !== nameOf(dirname(file));
    });
    expect(misplaced).toEqual([]);
  });
});
