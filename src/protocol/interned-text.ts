import { utf8Text } from '../internal/bytes/bytes.ts';
import { type Bytes, isTextAt } from './wire.ts';

// Kubernetes objects repeat the same short words: keys, "True", regions, API versions. A repeated word is taken from this table, which
// costs a comparison of bytes instead of a call into the runtime and a new string.
const MAX_BYTES = 128;
const SLOTS = 2048;
const words: (string | undefined)[] = Array.from({ length: SLOTS });

/** Decodes the bytes from `start` to `end` as UTF-8. */
export function textAt(bytes: Bytes, start: number, end: number): string {
  const length = end - start;
  if (length === 0) return '';
  if (length > MAX_BYTES) return utf8Text(bytes, start, end);
  const slot = slotOf(bytes, start, end);
  const known = words[slot];
  if (known !== undefined && isTextAt(bytes, start, end, known)) return known;
  const word = utf8Text(bytes, start, end);
  // A word whose length differs between UTF-16 and UTF-8 is not ASCII, and a lookup would never find it.
  if (word.length === length) words[slot] = word;
  return word;
}

// Hashes only some of the bytes: all of them are compared anyway, and few words differ in none of these.
function slotOf(bytes: Bytes, start: number, end: number): number {
  let hash = end - start;
  const step = (hash >>> 3) + 1;
  for (let index = end - 1; index >= start; index -= step) hash = (hash * 31 + (bytes[index] ?? 0)) | 0;
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
