import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipEntry } from '../entry-gzip.ts';
import { ifThere, orFileError, readPieces } from '../files.ts';
import { chunkFile, isSetName, manifestFile } from '../sets/chunks.ts';
import { isFileName, type SetManifest } from '../sets/manifest.ts';
import { assemble, type Offer, type Part, type Refusal, refusalOf } from './offer.ts';

interface FoundFile {
  readonly name: string;
  readonly directory: string;
  readonly path: string;
  readonly size: number;
}

/** A file larger than a ConfigMap can be is no manifest. */
const MAX_MANIFEST_BYTES = 1_048_576;

/**
 * Finds what can be placed in directories and the directories right below them, such as mounted ConfigMaps: sets by their manifest,
 * and single entries, files `*.gz` in directories without any set. Hidden files are passed over. Throws {@link CacheError} when a
 * directory cannot be read.
 */
export async function readDirectories(directories: readonly string[]): Promise<(Offer | Refusal)[]> {
  const files = (await Promise.all(directories.map((directory) => listFiles(directory, true)))).flat();
  const named = byName(files);
  const used = new Set<FoundFile>();
  const offers: (Offer | Refusal)[] = [];
  for (const name of new Set(files.flatMap(setOf))) {
    const manifests = named.get(manifestFile(name)) ?? [undefined];
    for (const home of manifests) offers.push(await readSet(name, home, named, used));
  }
  const withSets = new Set(files.filter((file) => setOf(file).length > 0).map(({ directory }) => directory));
  for (const file of files) {
    if (!file.name.endsWith('.gz') || !isFileName(file.name) || used.has(file)) continue;
    offers.push(withSets.has(file.directory) ? strayEntry(file) : await singleEntry(file));
  }
  return offers;
}

function byName(files: readonly FoundFile[]): Map<string, FoundFile[]> {
  const named = new Map<string, FoundFile[]>();
  for (const file of files) named.set(file.name, [...(named.get(file.name) ?? []), file]);
  return named;
}

/** Name of the set that a file is a manifest or chunk of, in a list of one, or none. */
function setOf({ name }: FoundFile): string[] {
  const set = /^(.+)\.(?:json|\d{3,5})$/.exec(name)?.[1] ?? '';
  return isSetName(set) ? [set] : [];
}

/** Chunks that lie beside the manifest come first: each directory may hold a set of its own. */
async function readSet(
  name: string,
  home: FoundFile | undefined,
  named: ReadonlyMap<string, readonly FoundFile[]>,
  used: Set<FoundFile>,
): Promise<Offer | Refusal> {
  const manifest = home && (await readManifest(home));
  const chunksAt = (index: number, of: SetManifest) => {
    const candidates = named.get(chunkFile(name, of, index)) ?? [];
    const beside = candidates.filter(({ directory }) => directory === home?.directory);
    const chosen = beside.length > 0 ? beside : candidates;
    for (const file of chosen) used.add(file);
    return chosen.map(toPart);
  };
  return assemble({ name, where: home?.directory ?? 'the directories given', manifest, chunksAt });
}

function strayEntry({ name, path }: FoundFile): Refusal {
  const message = `cannot use ${path}: it lies beside manifests, and none that can be used names it`;
  return { name, where: path, code: 'INVALID_MEMBER', message };
}

async function listFiles(directory: string, descend: boolean): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const what = `read the directory ${directory}`;
  for (const name of (await orFileError(what, readdir(directory))).sort()) {
    if (name.startsWith('.')) continue;
    const path = join(directory, name);
    // Links are followed: mounted ConfigMaps are made of them.
    const type = await ifThere(what, stat(path));
    if (type?.isFile()) found.push({ name, directory, path, size: type.size });
    else if (type?.isDirectory() && descend) found.push(...(await listFiles(path, false)));
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
async function singleEntry(file: FoundFile): Promise<Offer | Refusal> {
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
    return { name, where: path, manifest, parts: [toPart(file)] };
  } catch (error) {
    return refusalOf(name, path, error);
  }
}
