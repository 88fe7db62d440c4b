import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ImageEntry } from './debian.ts';

/**
 * The files of the program: the bundle's entry and every chunk it can load, from `dist`, under `function/`. Chunks that earlier builds left
 * behind stay out.
 */
export async function programFiles(dist: string, license: string): Promise<ImageEntry[]> {
  const all = new Set(await readdir(dist, { recursive: true }));
  const needed = new Map<string, Buffer>();
  const open = ['main.js'];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (needed.has(path)) continue;
    const content = await readFile(join(dist, path));
    needed.set(path, content);
    open.push(...importsOf(path, content).filter((target) => all.has(target)));
  }
  const files = [...needed].map(([path, content]): ImageEntry => ({ type: 'file', name: `function/${path}`, content }));
  return [
    ...files.sort((a, b) => (a.name < b.name ? -1 : 1)),
    { type: 'file', name: 'function/LICENSE', content: await readFile(license) },
    { type: 'file', name: 'function/package.json', content: Buffer.from('{"type":"module"}\n') },
  ];
}

function importsOf(path: string, content: Buffer): string[] {
  const strings = content.toString().matchAll(/["'](\.{1,2}\/[^"'\n]+\.js)["']/g);
  return Array.from(strings, ([, target = '']) => posix.join(posix.dirname(path), target));
}
