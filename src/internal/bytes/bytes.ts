/**
 * Functions for text and bytes with Node's Buffer, which is several times faster than portable code. The page of `preview` is bundled with
 * bytes-browser.ts instead, by the field `browser` of package.json.
 */

/** Decodes UTF-8 from `start` to `end`; invalid sequences become U+FFFD, and a byte order mark is preserved. */
export function utf8Text(bytes: Uint8Array, start = 0, end = bytes.byteLength): string {
  return bufferOf(bytes).toString('utf8', start, end);
}

/** Encodes text as UTF-8. */
export function utf8Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** Returns the number of bytes of text in UTF-8. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}

/** Converts each byte to one character, U+0000 to U+00FF. */
export function latin1Text(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('latin1');
}

/** Encodes bytes as base64 with padding (RFC 4648, section 4). */
export function base64Text(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('base64');
}

/** Decodes base64, also of the URL alphabet; ends at the first `=` and skips other characters. */
export function base64Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

/** Joins byte arrays. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
