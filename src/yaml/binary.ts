import { base64Bytes, utf8Length, utf8Text } from '../internal/bytes/bytes.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Decodes the value of a `!!binary` scalar as Go does (encoding/base64, then a JSON string): line breaks are ignored, and each byte that is
 * not valid UTF-8 becomes U+FFFD. Returns undefined for text that is not base64.
 */
export function decodeBinary(text: string): string | undefined {
  const plain = text.replace(/[\r\n]/g, '');
  if (!BASE64.test(plain)) return undefined;
  const bytes = base64Bytes(plain);
  let decoded = '';
  for (let from = 0; from < bytes.length; ) {
    const character = characterAt(bytes, from);
    decoded += character ?? '\uFFFD';
    from += character === undefined ? 1 : utf8Length(character);
  }
  return decoded;
}

function characterAt(bytes: Uint8Array, from: number): string | undefined {
  const first = bytes[from] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const text = utf8Text(bytes, from, Math.min(from + length, bytes.length));
  // Decoding replaces an invalid sequence with U+FFFD, which valid bytes may also encode.
  const isReplacement =
    text.includes('\uFFFD') &&
    !(length === 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbf && bytes[from + 2] === 0xbd);
  return isReplacement ? undefined : text;
}
