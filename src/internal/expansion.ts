/** Content that unpacks to at most this size is accepted with any compression ratio. */
const ALWAYS_ALLOWED = 16 * 1_048_576;

/** Packages full of CustomResourceDefinitions, which are very repetitive, unpack to at most 50 times their size. */
const MAX_RATIO = 100;

/**
 * Returns the maximum size that compressed content may unpack to, which is at most `maxBytes`. Gzip reaches a ratio of 1,000, so with a
 * constant limit, small content could cost as much work as the largest.
 */
export function maxUnpackedBytes(compressedBytes: number, maxBytes = Number.POSITIVE_INFINITY): number {
  return Math.min(maxBytes, Math.max(ALWAYS_ALLOWED, MAX_RATIO * compressedBytes));
}
