import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipEntry } from '../entry-gzip.ts';
import { ifThere, orFileError, readPieces } from '../files.ts';
import { isEntryName } from '../sets/cache-name.ts';
import { chunkFile, isSetName, manifestFile } from '../sets/chunks.ts';
import { isFileName, MAX_MANIFEST_BYTES, type SetManifest } from '../sets/manifest.ts';
import { assemble, type Offer, type Part, type Refusal, refusalOf } from './offer.ts';

interface FoundFile {
  readonly name: string;
  /** The directory given, which this one may lie in. */
  readonly root: string;
  readonly directory: string;
  readonly path: string;
  readonly size: number;
}

/** Names the owner of what comes from a directory. */
export type OwnerOf = (directory: string) => string;

/**
 * Finds what can be placed in directories and the directories right below them, such as mounted ConfigMaps: sets by their manifest,
 * and single entries, files `*.gz` in directories without any set. Hidden files are passed over. Throws {@link CacheError} when a
 * directory cannot be read.
 */
export async function readDirectories(directories: readonly string[], ownerOf: OwnerOf): Promise<(Offer | Refusal)[]> {
  const files = (await Promise.all(directories.map((directory) => listFiles(directory, directory, true)))).flat();
  const named = byName(files);
  const used = new Set<FoundFile>();
  const offers: (Offer | Refusal)[] = [];
  for (const name of new Set(files.flatMap(setOf))) {
    const manifests = named.get(manifestFile(name)) ?? [undefined];
    for (const home of manifests) {
      offers.push(await readSet(name, home, { named, used, owner: ownerOf(home?.root ?? directories[0] ?? '') }));
    }
  }
  const withSets = new Set(files.filter((file) => setOf(file).length > 0).map(({ directory }) => directory));
  for (const file of files) {
    if (!file.name.endsWith('.gz') || !isFileName(file.name) || used.has(file)) continue;
    if (withSets.has(file.directory))
      offers.push(refuse(file, 'it lies beside manifests, and none that can be used names it'));
    else if (isEntryName(file.name)) offers.push(await singleEntry(file, ownerOf(file.root)));
    else
      offers.push(refuse(file, 'Crossplane looks up names such as registry-example-com-acme-cfg-sha256-e3b0c.gz only'));
  }
  return offers;
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

/** Name of the set that a file is a manifest or chunk of, in a list of one, or none. */
function setOf({ name }: FoundFile): string[] {
  const set = /^(.+)\.(?:json|\d{3,5})$/.exec(name)?.[1] ?? '';
  return isSetName(set) ? [set] : [];
}

interface Surroundings {
  readonly named: ReadonlyMap<string, readonly FoundFile[]>;
  /** Gets the files that belong to the set. */
  readonly used: Set<FoundFile>;
  readonly owner: string;
}

/** Chunks that lie beside the manifest come first: each directory may hold a set of its own. */
async function readSet(
  name: string,
  home: FoundFile | undefined,
  { named, used, owner }: Surroundings,
): Promise<Offer | Refusal> {
  const manifest = home && (await readManifest(home));
  const chunksAt = (index: number, of: SetManifest) => {
    const candidates = named.get(chunkFile(name, of, index)) ?? [];
    const beside = candidates.filter(({ directory }) => directory === home?.directory);
    const chosen = beside.length > 0 ? beside : candidates;
    for (const file of chosen) used.add(file);
    return chosen.map(toPart);
  };
  const where = home?.directory ?? 'the directories given';
  return assemble({ name, where, manifest, chunksAt, trust: 'full', owner });
}

function refuse({ name, path }: FoundFile, why: string): Refusal {
  return { name, where: path, code: 'INVALID_MEMBER', message: `cannot use ${path}: ${why}` };
}

async function listFiles(directory: string, root: string, descend: boolean): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const what = `read the directory ${directory}`;
  for (const name of (await orFileError(what, readdir(directory))).sort()) {
    if (name.startsWith('.')) continue;
    const path = join(directory, name);
    // Links are followed: mounted ConfigMaps are made of them.
    const type = await ifThere(what, stat(path));
    if (type?.isFile()) found.push({ name, root, directory, path, size: type.size });
    else if (type?.isDirectory() && descend) found.push(...(await listFiles(path, root, false)));
  }
  return found;
}

async function readManifest({ path, size }: FoundFile): Promise<string> {
  return size > MAX_MANIFEST_BYTES ? '' : orFileError(`read ${path}`, readFile(path, 'utf8'));
}

function toPart({ path }: FoundFile): Part {
  return { where: path, open: () => readPieces(path) };
}

/** An entry without a manifest: its only check is that it is one complete gzip stream. */
async function singleEntry(file: FoundFile, owner: string): Promise<Offer | Refusal> {
  const { name, path, size } = file;
  try {
    const hash = createHash('sha256');
    for await (const piece of readPieces(path)) hash.update(piece);
    for await (const _ of unzipEntry(readPieces(path), path));
    const sha256 = hash.digest('hex');
    const manifest: SetManifest = {
      version: 1,
      file: name,
      size,
      sha256,
      chunkSize: Math.max(1, size),
      chunks: [sha256],
    };
    return { name, where: path, manifest, parts: [toPart(file)], trust: 'full', owner };
  } catch (error) {
    return refusalOf(name, path, error);
  }
}
