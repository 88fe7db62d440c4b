/** The functions of bytes.ts, for browsers. test/internal/bytes/bytes.test.ts compares the two. */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Decodes UTF-8 from `start` to `end`; invalid sequences become U+FFFD, and a byte order mark is preserved. */
export function utf8Text(bytes: Uint8Array, start = 0, end = bytes.byteLength): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** Encodes text as UTF-8. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Returns the number of bytes of text in UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).byteLength;
}

/** Converts each byte to one character, U+0000 to U+00FF. */
export function latin1Text(bytes: Uint8Array): string {
  let text = '';
  // All engines support this number of arguments in a call.
  for (let start = 0; start < bytes.byteLength; start += 8_192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8_192));
  }
  return text;
}

/** Encodes bytes as base64 with padding (RFC 4648, section 4). */
export function base64Text(bytes: Uint8Array): string {
  return btoa(latin1Text(bytes));
}

/** Decodes base64, also of the URL alphabet; ends at the first `=` and skips other characters. */
export function base64Bytes(text: string): Uint8Array {
  const [value = ''] = text.split('=', 1);
  const digits = value
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/[^A-Za-z0-9+/]/g, '');
  // A single trailing digit has less than a byte.
  const whole = digits.length % 4 === 1 ? digits.slice(0, -1) : digits;
  return Uint8Array.from(atob(whole), (character) => character.charCodeAt(0));
}

/** Joins byte arrays. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined;
}
