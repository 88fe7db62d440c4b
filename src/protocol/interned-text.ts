import { utf8Text } from '../internal/bytes/bytes.ts';
import { type Bytes, isTextAt } from './wire.ts';

// Objects of Kubernetes say the same short words over and over: keys, "True", regions, API versions. A word met again is taken from here,
// which costs a comparison of bytes instead of a call into the runtime and a new string.
const MAX_BYTES = 128;
const SLOTS = 2048;
const words: (string | undefined)[] = Array.from({ length: SLOTS });

/** The UTF-8 text that the bytes from `start` to `end` are. */
export function textAt(bytes: Bytes, start: number, end: number): string {
  const length = end - start;
  if (length === 0) return '';
  if (length > MAX_BYTES) return utf8Text(bytes, start, end);
  const slot = slotOf(bytes, start, end);
  const known = words[slot];
  if (known !== undefined && isTextAt(bytes, start, end, known)) return known;
  const word = utf8Text(bytes, start, end);
  // A word that is longer or shorter in UTF-16 than in UTF-8 is not ASCII, and would never be found again.
  if (word.length === length) words[slot] = word;
  return word;
}

// Of some bytes only: all of them are compared in any case, and words that differ in none of these are few.
function slotOf(bytes: Bytes, start: number, end: number): number {
  let hash = end - start;
  const step = (hash >>> 3) + 1;
  for (let index = end - 1; index >= start; index -= step) hash = (hash * 31 + (bytes[index] ?? 0)) | 0;
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
