import { sha256Hex } from './bytes/hash.ts';

/** Eight hex digits of a text's SHA-256, for names. */
export function shortHash(text: string): string {
  return sha256Hex(text).slice(0, 8);
}
