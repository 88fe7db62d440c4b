import { sha1 as legacySha1 } from '@noble/hashes/legacy.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** The functions of hash.ts, for browsers, whose own digests are asynchronous. test/internal/bytes/hash.test.ts compares the two. */

/** Returns the SHA-256 of bytes, or of text as UTF-8: 32 bytes. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return nobleSha256(typeof data === 'string' ? utf8ToBytes(data) : data);
}

/** Returns the SHA-256 of bytes, or of text as UTF-8, in lower-case hex. */
export function sha256Hex(data: Uint8Array | string): string {
  return bytesToHex(sha256(data));
}

/** Returns the SHA-1 of bytes: 20 bytes. For name-based UUIDs, whose definition uses it. */
export function sha1(data: Uint8Array): Uint8Array {
  return legacySha1(data);
}
