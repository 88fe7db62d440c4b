import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tapped } from '../internal/bytes/tapped.ts';
import { maxUnpackedBytes } from '../internal/expansion.ts';
import { openRegularFile } from '../internal/files/read-file.ts';
import { formatSize } from '../internal/size.ts';
import { isOciError, readAll } from '../oci/index.ts';
import { inspectContent, MAX_PACKAGE_BYTES } from '../xpkg/index.ts';
import { unzipEntry } from './entry-gzip.ts';
import { isCacheError } from './errors.ts';
import { ifExists, orFileError, readPieces } from './files.ts';
import { type PlacementRecord, readRecords } from './loader/target/records.ts';
import type { ArtifactId } from './sets/manifest.ts';

/** The content of an entry: the bytes of package.yaml, or the reason why Crossplane ignores the file. */
export type EntryContent = { readonly yaml: Buffer; readonly sha256: string } | { readonly problem: string };

/** Reads an entry of Crossplane's package cache. */
export async function readEntry(path: string): Promise<EntryContent> {
  const hash = createHash('sha256');
  try {
    const { size } = await orFileError('read', path, stat(path));
    const most = maxUnpackedBytes(size, MAX_PACKAGE_BYTES);
    const yaml = await readAll(unzipEntry(tapped(readPieces(path), hash), 'it'), most, path);
    return { yaml, sha256: hash.digest('hex') };
  } catch (error) {
    if (isCacheError(error, 'CHECKSUM_MISMATCH')) return { problem: error.message.replace('cannot use it: ', '') };
    if (isCacheError(error) || isOciError(error, 'TOO_LARGE')) return { problem: error.message };
    throw error;
  }
}

/** Returns the artifact of a file with this checksum, by its records; undefined if no record names one. */
export function artifactOf(records: readonly PlacementRecord[], sha256: string): ArtifactId | undefined {
  return records.find(({ manifest }) => manifest.sha256 === sha256 && manifest.artifact)?.manifest.artifact;
}

/** Describes a file, whether or not it is an entry. */
export async function describeFile(path: string): Promise<string> {
  return describeContent(path, await readEntry(path));
}

async function describeContent(path: string, content: EntryContent): Promise<string> {
  if ('yaml' in content) {
    const { type, name } = inspectContent(content.yaml);
    return type === '' ? 'gzip, but not of a package' : `${type} ${name}`;
  }
  const { head, size } = await readHead(path).catch((error: unknown) => {
    if (isCacheError(error)) return { head: Buffer.alloc(0), size: 0 };
    throw error;
  });
  if (head.subarray(257, 262).toString('latin1') === 'ustar') return "a tarball, not a gzip'd package.yaml";
  return `${formatSize(size)}, ${content.problem}`;
}

/** Reads the first block of a file, and its size. */
async function readHead(path: string): Promise<{ head: Buffer; size: number }> {
  const { handle, size } = await orFileError('read', path, openRegularFile(path));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return { head: buffer.subarray(0, bytesRead), size };
  } finally {
    await handle.close();
  }
}

/** Lists the names of the regular files in a directory, sorted. Includes links to files: a mounted ConfigMap consists of them. */
export async function listFiles(directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const name of (await orFileError('read', directory, readdir(directory))).sort()) {
    if (name.startsWith('.')) continue;
    const path = join(directory, name);
    if ((await ifExists('check', path, stat(path)))?.isFile()) files.push(name);
  }
  return files;
}

/** One file of a cache directory. */
export interface CacheEntry {
  readonly file: string;
  readonly bytes: number;
  /** `source@digest`, if the loader recorded it. */
  readonly artifact: string | undefined;
  /** True if the loader placed the file with these bytes. */
  readonly placed: boolean;
  /** Kind and name of the package, or the problem of a file without one. */
  readonly content: string;
}

/** Lists the files in a cache directory. */
export async function listCache(directory: string): Promise<CacheEntry[]> {
  const records = await readRecords(directory);
  const entries: CacheEntry[] = [];
  for (const file of await listFiles(directory)) {
    const path = join(directory, file);
    const { size } = await orFileError('read', path, stat(path));
    const found = await readEntry(path);
    const own = 'yaml' in found ? (records.get(file) ?? []).filter((one) => one.manifest.sha256 === found.sha256) : [];
    const artifact = 'yaml' in found ? artifactOf(own, found.sha256) : undefined;
    const from = artifact && `${artifact.source}@${artifact.digest}`;
    entries.push({
      file,
      bytes: size,
      artifact: from,
      placed: own.length > 0,
      content: await describeContent(path, found),
    });
  }
  return entries;
}
