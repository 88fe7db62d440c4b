import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { realPath } from '../../internal/files/real-path.ts';
import { CacheError } from '../errors.ts';
import { ifExists, orFileError, readPieces } from '../files.ts';
import { chunkFile, isSetName, manifestFile } from '../sets/chunks.ts';
import { MAX_MANIFEST_BYTES, type SetManifest } from '../sets/manifest.ts';
import { assemble, type Candidate, type ChunkSource, type Rejection } from './candidate.ts';
import { readSingleFile } from './single-file.ts';

/** A file in a given directory, or in a direct subdirectory. */
export interface FoundFile {
  readonly name: string;
  /** The given directory, which is `directory` or its parent. */
  readonly root: string;
  readonly directory: string;
  readonly path: string;
  readonly size: number;
}

/** Options for reading directories. */
export interface DirectoryOptions {
  /** Returns the owner of files from a directory. */
  readonly ownerOf: (directory: string) => string;
  /** The references of package files, by file name. */
  readonly references?: Readonly<Record<string, string>> | undefined;
  /** The directories that files are placed in, which are never read. */
  readonly except?: readonly string[];
}

/**
 * Finds files to place in directories and their direct subdirectories, such as mounted ConfigMaps: sets by their manifest and, in directories
 * without a set, single entries (`*.gz`) and package files (.xpkg, under any name). Skips hidden files. Throws {@link CacheError} if a
 * directory cannot be read, and `INVALID_OPTION` for one of `except`.
 */
export async function readDirectories(
  directories: readonly string[],
  { ownerOf, references = {}, except = [] }: DirectoryOptions,
): Promise<(Candidate | Rejection)[]> {
  const excluded = new Set(await Promise.all(except.map((path) => realPath(resolve(path)))));
  const listed = (await Promise.all(directories.map((directory) => listDirectory(directory, excluded)))).flat();
  // A directory may be given twice, or with its parent.
  const files = [...new Map(listed.toReversed().map((file) => [resolve(file.path), file])).values()].reverse();
  const named = byName(files);
  const used = new Set<FoundFile>();
  const candidates: (Candidate | Rejection)[] = [];
  for (const name of new Set(files.flatMap(setOf))) {
    const manifests = named.get(manifestFile(name)) ?? [undefined];
    for (const home of manifests) {
      candidates.push(await readSet(name, home, { named, used, root: home?.root ?? directories[0] ?? '', ownerOf }));
    }
  }
  const withSets = new Set(files.filter((file) => setOf(file).length > 0).map(({ directory }) => directory));
  for (const file of files) {
    if (used.has(file)) continue;
    const isBesideSets = withSets.has(file.directory);
    const candidate = await readSingleFile(file, isBesideSets, ownerOf(file.root), references[file.name]);
    if (candidate) candidates.push(candidate);
  }
  const names = new Set(files.map(({ name }) => name));
  for (const [name, reference] of Object.entries(references))
    if (!names.has(name)) candidates.push(noSuchFile(name, reference));
  return candidates;
}

function noSuchFile(name: string, reference: string): Rejection {
  const message = `cannot use --package ${name}=${reference}: file ${name} not found in the --from directories`;
  return { name, where: name, code: 'INCOMPLETE', message };
}

function byName(files: readonly FoundFile[]): Map<string, FoundFile[]> {
  const named = new Map<string, FoundFile[]>();
  for (const file of files) {
    const same = named.get(file.name);
    if (same) same.push(file);
    else named.set(file.name, [file]);
  }
  return named;
}

/** Returns a list with the name of the set to which a manifest or chunk belongs; an empty list for other files. */
function setOf({ name }: FoundFile): string[] {
  const set = /^(.+)\.(?:json|\d{3,5})$/.exec(name)?.[1] ?? '';
  return isSetName(set) ? [set] : [];
}

interface Surroundings {
  readonly named: ReadonlyMap<string, readonly FoundFile[]>;
  /** Collects the files that belong to sets. */
  readonly used: Set<FoundFile>;
  readonly root: string;
  readonly ownerOf: DirectoryOptions['ownerOf'];
}

/** Reads a set. Chunks in the directory of the manifest take precedence: each directory may contain its own set. */
async function readSet(
  name: string,
  home: FoundFile | undefined,
  { named, used, root, ownerOf }: Surroundings,
): Promise<Candidate | Rejection> {
  const manifest = home && (await readManifest(home));
  const chunksAt = (index: number, of: SetManifest) => {
    const candidates = named.get(chunkFile(name, of, index)) ?? [];
    const beside = candidates.filter(({ directory }) => directory === home?.directory);
    const chosen = beside.length > 0 ? beside : candidates;
    for (const file of chosen) used.add(file);
    return chosen.map(toPart);
  };
  const where = home?.directory ?? 'the given directories';
  return assemble({ name, where, manifest, chunksAt, origin: root, trust: 'full', owner: ownerOf(root) });
}

/** Lists the files in a directory and its direct subdirectories. */
async function listDirectory(root: string, excluded: ReadonlySet<string>): Promise<FoundFile[]> {
  if (excluded.has(await realPath(resolve(root)))) {
    throw new CacheError('INVALID_OPTION', `cannot load from ${root}: it must not be the directory to load into`);
  }
  const { files, folders } = await listFiles(root, root, excluded);
  for (const folder of folders) files.push(...(await listFiles(folder, root, excluded)).files);
  return files;
}

async function listFiles(
  directory: string,
  root: string,
  excluded: ReadonlySet<string>,
): Promise<{ files: FoundFile[]; folders: string[] }> {
  const [files, folders]: [FoundFile[], string[]] = [[], []];
  const what = `the directory ${directory}`;
  for (const name of (await orFileError('read', what, readdir(directory))).sort()) {
    if (name.startsWith('.')) continue;
    const path = join(directory, name);
    // Follow links: mounted ConfigMaps consist of them.
    const type = await ifExists('read', what, stat(path));
    const real = await realPath(resolve(path));
    if (excluded.has(real) || excluded.has(dirname(real))) continue;
    if (type?.isFile()) files.push({ name, root, directory, path, size: type.size });
    else if (type?.isDirectory()) folders.push(path);
  }
  return { files, folders };
}

/** Reads a manifest; its size is checked again, as the file may have been replaced since it was listed. */
async function readManifest({ path, size }: FoundFile): Promise<string> {
  if (size > MAX_MANIFEST_BYTES) return '';
  return String(await orFileError('read', path, readRegularFile(path, MAX_MANIFEST_BYTES)));
}

function toPart({ path }: FoundFile): ChunkSource {
  return { where: path, open: () => readPieces(path) };
}
