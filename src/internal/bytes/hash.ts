import { createHash } from 'node:crypto';

// The page of `preview` is bundled with hash-browser.ts instead, by the field `browser` of package.json.

/** Returns the SHA-256 of bytes, or of text as UTF-8: 32 bytes. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return createHash('sha256').update(data).digest();
}

/** Returns the SHA-256 of bytes, or of text as UTF-8, in lower-case hex. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Returns the SHA-1 of bytes: 20 bytes. For name-based UUIDs, whose definition uses it. */
export function sha1(data: Uint8Array): Uint8Array {
  return createHash('sha1').update(data).digest();
}
