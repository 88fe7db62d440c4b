import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { maxUnpackedBytes } from '../../internal/expansion.ts';
import { MAX_PACKAGE_BYTES } from '../../xpkg/index.ts';
import { unzipEntry } from '../entry-gzip.ts';
import { isCacheError } from '../errors.ts';
import { ifExists, readPieces } from '../files.ts';
import type { SetManifest } from '../sets/manifest.ts';
import type { Candidate, ChunkSource } from './candidate.ts';

/** A file that has not changed for this time is no longer being written. */
const UNCHANGED_MS = 60_000;
/** The maximum number of cached comparisons. */
const MAX_KNOWN = 1_000;

/**
 * The comparison of a file that the loader did not place with a candidate. `broken` is a file without a complete gzip stream, which Crossplane
 * ignores; `incomplete` is such a file that changed recently, and may still be written.
 */
export type Comparison = 'same' | 'different' | 'broken' | 'incomplete';

interface Known {
  readonly stamp: string;
  readonly found: Exclude<Comparison, 'incomplete'>;
}

/**
 * Returns a function that compares the unpacked contents of a file and a candidate: Crossplane may have fetched the package itself, and
 * compressed it differently. Results are cached until the file changes.
 */
export function contentComparer(): (path: string, candidate: Candidate) => Promise<Comparison> {
  const known = new Map<string, Known>();
  return async (path, { manifest, parts }) => {
    const status = await ifExists('check', path, stat(path));
    if (!status?.isFile()) return 'different';
    const stamp = `${status.ino} ${status.size} ${status.mtimeMs}`;
    const key = `${path} ${manifest.sha256}`;
    const before = known.get(key);
    const found = before?.stamp === stamp ? before.found : await compare(path, status.size, manifest, parts);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, { stamp, found });
    return found === 'broken' && Date.now() - status.mtimeMs < UNCHANGED_MS ? 'incomplete' : found;
  };
}

async function compare(
  path: string,
  bytes: number,
  { file, size }: SetManifest,
  parts: readonly ChunkSource[],
): Promise<Known['found']> {
  const theirs = await contentSum(readPieces(path), bytes, path);
  if (theirs === undefined) return 'broken';
  return theirs !== TOO_LONG && theirs === (await contentSum(joined(parts), size, file)) ? 'same' : 'different';
}

const TOO_LONG = 'too long';

/**
 * Returns the sha256 of the content of a gzip stream of `bytes` bytes; undefined for bytes that are not one complete stream. Stops unpacking
 * content that is larger than any package.
 */
export async function contentSum(
  pieces: AsyncIterable<Uint8Array>,
  bytes: number,
  where: string,
): Promise<string | undefined> {
  const most = maxUnpackedBytes(bytes, MAX_PACKAGE_BYTES);
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const piece of unzipEntry(pieces, where)) {
      size += piece.byteLength;
      if (size > most) return TOO_LONG;
      hash.update(piece);
    }
  } catch (error) {
    if (isCacheError(error, 'CHECKSUM_MISMATCH')) return undefined;
    throw error;
  }
  return hash.digest('hex');
}

/** Yields the bytes of all parts in order. */
export async function* joined(parts: readonly ChunkSource[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) yield* part.open();
}
