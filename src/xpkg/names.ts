import { latin1Text, utf8Bytes } from '../internal/bytes/bytes.ts';
import { quote } from '../internal/quote.ts';
import { trim, trimEnd } from '../internal/trim.ts';
import { XpkgError } from './errors.ts';

/** The last byte of a DNS label. */
const LAST_OF_LABEL = 62;

/**
 * Makes a DNS label as Crossplane does: of the first 63 bytes, lower-case letters and digits stay, dots, slashes, colons and dashes inside
 * become dashes, everything else goes. May be empty.
 */
export function toDnsLabel(text: string): string {
  const bytes = utf8Bytes(text);
  let label = '';
  for (const [index, byte] of bytes.entries()) {
    // Go looks at the first byte of each character only, and so walks past the end when that of the last is not the 63rd.
    if (byte >= 0x80 && byte < 0xc0) continue;
    const sign = String.fromCharCode(byte);
    if (/[a-z0-9]/.test(sign)) label += sign;
    else if (/[./:-]/.test(sign) && index !== 0 && index !== LAST_OF_LABEL && index !== bytes.byteLength - 1)
      label += '-';
    if (index === LAST_OF_LABEL) break;
  }
  return trim(label, '-');
}

/** Makes the name Crossplane gives to what belongs to a package and a hash: a DNS label of 50 bytes of the one and 12 of the other. */
export function friendlyId(name: string, hash: string): string {
  return toDnsLabel(`${firstBytes(name, 50)}-${firstBytes(hash, 12)}`);
}

function firstBytes(text: string, count: number): string {
  // A character cut in two is dropped from the label anyway.
  return latin1Text(utf8Bytes(text).subarray(0, count)).replace(/[\x80-\xff]/g, '_');
}

/**
 * The source of a package reference: without tag or digest, and otherwise as written. In `repository:tag@digest` only the digest goes, as
 * in Crossplane; a name that ends in `latest` without a tag loses that, too.
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
 * The name of a package's file in Crossplane's cache: of its reference before any rewriting and of the digest (`sha256:…`) it resolved to. Only
 * five hex digits of the digest are in it, so different packages may share a name.
 */
export function cacheFileName(reference: string, digest: string): string {
  const key = friendlyId(packageSource(reference), digest);
  if (key === '')
    throw new XpkgError('INVALID_ARGUMENT', `cannot name the cache file of ${quote(reference)}: nothing of it is left`);
  return `${key}.gz`;
}
