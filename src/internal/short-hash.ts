import { sha256Hex } from './bytes/hash.ts';

/** Returns eight hex digits of the SHA-256 of text, for names. */
export function shortHash(text: string): string {
  return sha256Hex(text).slice(0, 8);
}
