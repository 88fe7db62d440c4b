import { payloadEnd, type Reader } from './wire.ts';

// Objects of Kubernetes say the same short words over and over: keys, "True", regions, API versions. A word met again is taken from here,
// which costs a comparison of bytes instead of a call into the runtime and a new string.
const MAX_BYTES = 48;
const SLOTS = 2048;
const words: (string | undefined)[] = Array.from({ length: SLOTS });

/** Reads a length-prefixed UTF-8 string. */
export function readText(reader: Reader): string {
  const position = reader.pos;
  const end = payloadEnd(reader);
  const start = reader.pos;
  const length = end - start;
  if (length === 0 || length > MAX_BYTES) return reread(reader, position);
  const bytes = reader.buf;
  let hash = length;
  for (let index = start; index < end; index++) hash = (hash * 31 + (bytes[index] ?? 0)) | 0;
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = words[slot];
  if (known !== undefined && known.length === length && isAt(known, bytes, start)) {
    reader.pos = end;
    return known;
  }
  const word = reread(reader, position);
  // A word that is longer or shorter in UTF-16 than in UTF-8 is not ASCII, and would never be found again.
  if (word.length === length) words[slot] = word;
  return word;
}

function reread(reader: Reader, position: number): string {
  reader.pos = position;
  return reader.string();
}

function isAt(word: string, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < word.length; index++) {
    if (word.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}
