/** Content that unpacks to this much is fine however well it is compressed. */
const ALWAYS_ALLOWED = 16 * 1_048_576;

/** Packages full of CustomResourceDefinitions, which repeat themselves like nothing else, unpack to at most 50 times their size. */
const MAX_RATIO = 100;

/**
 * The most bytes that compressed content of a known size may unpack to, which is never more than `maxBytes`. Gzip reaches a thousandfold,
 * so a limit of bytes alone lets small content cost as much work as the largest.
 */
export function maxUnpackedBytes(compressedBytes: number, maxBytes = Number.POSITIVE_INFINITY): number {
  return Math.min(maxBytes, Math.max(ALWAYS_ALLOWED, MAX_RATIO * compressedBytes));
}
