import { latin1Text, utf8Bytes } from '../internal/bytes/bytes.ts';
import { quote } from '../internal/quote.ts';
import { trim, trimEnd } from '../internal/trim.ts';
import { XpkgError } from './errors.ts';

/** The last byte of a DNS label. */
const LAST_OF_LABEL = 62;

/**
 * Creates a DNS label as Crossplane does, from the first 63 bytes: lower-case letters and digits are kept, inner dots, slashes, colons and
 * dashes become dashes, and everything else is removed. The label may be empty.
 */
export function toDnsLabel(text: string): string {
  const bytes = utf8Bytes(text);
  let label = '';
  for (const [index, byte] of bytes.entries()) {
    // Go only checks the first byte of each character, and so exceeds the limit if the last character does not begin at the 63rd byte.
    if (byte >= 0x80 && byte < 0xc0) continue;
    const sign = String.fromCharCode(byte);
    if (/[a-z0-9]/.test(sign)) label += sign;
    else if (/[./:-]/.test(sign) && index !== 0 && index !== LAST_OF_LABEL && index !== bytes.byteLength - 1)
      label += '-';
    if (index === LAST_OF_LABEL) break;
  }
  return trim(label, '-');
}

/** Creates the name that Crossplane derives from a package and a hash: a DNS label of 50 bytes of the name and 12 of the hash. */
export function friendlyId(name: string, hash: string): string {
  return toDnsLabel(`${firstBytes(name, 50)}-${firstBytes(hash, 12)}`);
}

function firstBytes(text: string, count: number): string {
  // A truncated character is removed from the label anyway.
  return latin1Text(utf8Bytes(text).subarray(0, count)).replace(/[\x80-\xff]/g, '_');
}

/**
 * Returns the source of a package reference as written, without tag or digest. As in Crossplane, only the digest of `repository:tag@digest`
 * is removed, and so is the suffix `latest` of a name without a tag.
 */
export function packageSource(reference: string): string {
  return trimEnd(withoutSuffix(reference, identifierOf(reference)), ':@');
}

function identifierOf(reference: string): string {
  const at = reference.indexOf('@');
  if (at >= 0) return reference.slice(at + 1);
  const tag = /:([^:/\]]*)$/.exec(reference)?.[1];
  return tag ?? 'latest';
}

function withoutSuffix(text: string, suffix: string): string {
  return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;
}

/**
 * Returns the name of a package's file in Crossplane's cache, which depends on its reference before any rewriting and on the digest
 * (`sha256:…`) to which it resolved. The name contains only five hexadecimal digits of the digest, so different packages may share a name.
 */
export function cacheFileName(reference: string, digest: string): string {
  const key = friendlyId(packageSource(reference), digest);
  if (key === '')
    throw new XpkgError(
      'INVALID_ARGUMENT',
      `cannot name the cache file of ${quote(reference)}: the name would be empty`,
    );
  return `${key}.gz`;
}
