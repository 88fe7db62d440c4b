import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { unzipEntry } from '../entry-gzip.ts';
import { isCacheError } from '../errors.ts';
import { ifThere, readPieces } from '../files.ts';
import type { Offer, Part } from './offer.ts';

/**
 * Makes a function that tells whether a file holds an offer's content, however either is compressed: Crossplane may have fetched the
 * package itself. It remembers its answers for as long as the file looks the same.
 */
export function contentComparer(): (path: string, offer: Offer) => Promise<boolean> {
  const known = new Map<string, { readonly stamp: string; readonly same: boolean }>();
  return async (path, { manifest, parts }) => {
    const found = await ifThere(`look at ${path}`, stat(path));
    if (found === undefined) return false;
    const stamp = `${manifest.sha256} ${found.ino} ${found.size} ${found.mtimeMs}`;
    const before = known.get(path);
    if (before?.stamp === stamp) return before.same;
    const theirs = await contentSum(readPieces(path), path);
    const same = theirs !== undefined && theirs === (await contentSum(joined(parts), manifest.file));
    known.set(path, { stamp, same });
    return same;
  };
}

/** The sha256 of the content of a gzip stream; undefined for what is none. */
async function contentSum(pieces: AsyncIterable<Uint8Array>, where: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const piece of unzipEntry(pieces, where)) hash.update(piece);
  } catch (error) {
    if (isCacheError(error, 'ALTERED')) return undefined;
    throw error;
  }
  return hash.digest('hex');
}

async function* joined(parts: readonly Part[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) yield* part.open();
}
