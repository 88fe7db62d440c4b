import { readdir, readlink, rm, rmdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../../../internal/files/make-directory.ts';
import { errnoOf, fileError } from '../../errors.ts';
import { ifExists, orFileError } from '../../files.ts';
import { isEntryName } from '../../sets/cache-name.ts';
import type { Rejection } from '../candidate.ts';
import type { Link } from '../links.ts';

/** The maximum depth of links. */
const MAX_DEPTH = 32;

/** The paths of links that were added and removed, and the rejections of others. */
export interface LinksKept {
  readonly linked: readonly string[];
  readonly unlinked: readonly string[];
  readonly refused: readonly Rejection[];
}

/**
 * Updates a cache directory to have exactly these links to its entries. All loaders of a cluster need the same links, so they have no owner;
 * other files are not touched. Stale links are removed first: until a path has its new link, nothing is found there.
 */
export async function keepLinks(directory: string, links: readonly Link[]): Promise<LinksKept> {
  const wanted = new Map(links.map(({ path, file }) => [path, file]));
  const found = new Map((await listLinks(directory)).map(({ path, file }) => [path, file]));
  const unlinked = [...found].filter(([path, file]) => wanted.get(path) !== file).map(([path]) => path);
  for (const path of unlinked) await unlink(directory, path);
  const linked: string[] = [];
  const refused: Rejection[] = [];
  for (const [path, file] of wanted) {
    if (found.get(path) === file) continue;
    if (await link(directory, path, file)) linked.push(path);
    else refused.push(occupied(path));
  }
  return { linked, unlinked, refused };
}

/** Lists the links of a cache directory to its entries, including dangling ones. Throws {@link CacheError}. */
export async function listLinks(directory: string): Promise<Link[]> {
  const links: Link[] = [];
  for await (const link of findLinks(directory, '', 0)) links.push(link);
  return links.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function* findLinks(directory: string, folder: string, depth: number): AsyncGenerator<Link, void, undefined> {
  const here = join(directory, folder);
  const entries = (await ifExists('read', here, readdir(here, { withFileTypes: true }))) ?? [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && depth < MAX_DEPTH) yield* findLinks(directory, path, depth + 1);
    if (!entry.isSymbolicLink() || depth === 0) continue;
    const file = entryIn((await ifExists('read', path, readlink(join(directory, path)))) ?? '', depth);
    if (file !== undefined) yield { path, file };
  }
}

/** Returns the entry that a link at this depth leads to; undefined for other links. */
function entryIn(target: string, depth: number): string | undefined {
  const file = target.slice(3 * depth);
  return target === `${'../'.repeat(depth)}${file}` && isEntryName(file) ? file : undefined;
}

/** Creates a link; returns false if another file has its path, or that of a parent folder. */
async function link(directory: string, path: string, file: string): Promise<boolean> {
  const whole = join(directory, path);
  const depth = path.split('/').length - 1;
  try {
    await makeDirectory(dirname(whole));
    await symlink(`${'../'.repeat(depth)}${file}`, whole);
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return isLinked(whole, depth, file);
    throw fileError('link', whole, error);
  }
}

/** True when the path has the link already: another loader may have created it. */
async function isLinked(whole: string, depth: number, file: string): Promise<boolean> {
  try {
    return entryIn(await readlink(whole), depth) === file;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** Removes a link, and the folders that become empty. */
async function unlink(directory: string, path: string): Promise<void> {
  await orFileError('remove', path, rm(join(directory, path), { force: true }));
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    try {
      await rmdir(join(directory, folder));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return;
    }
  }
}

function occupied(path: string): Rejection {
  const message = `cannot link ${path}, where Crossplane before 2.2 looks up a package: another file exists there; remove it`;
  return { name: path, where: path, code: 'NOT_OURS', message };
}
