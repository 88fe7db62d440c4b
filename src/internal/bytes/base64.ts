import { base64Bytes } from './bytes.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Decodes padded base64 of the standard alphabet (RFC 4648, section 4). Returns undefined for other text. */
export function decodeBase64(text: string): Uint8Array | undefined {
  return BASE64.test(text) ? base64Bytes(text) : undefined;
}
