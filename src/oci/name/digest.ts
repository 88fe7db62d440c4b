import { OciError, quote } from '../errors.ts';

declare const digestBrand: unique symbol;

/** A digest: `sha256:` followed by 64 lower-case hex digits. Only {@link parseDigest} and {@link isDigest} return this type. */
export type Digest = `sha256:${string}` & { readonly [digestBrand]: true };

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Parses a sha256 digest. Throws `INVALID_DIGEST`. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new OciError(
    'INVALID_DIGEST',
    `invalid digest ${quote(text)}: must be sha256: followed by 64 lower-case hex digits`,
  );
}

/** True when `text` is a sha256 digest. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** Returns the 64 hex digits of a digest. */
export function digestHex(value: Digest): string {
  return value.slice('sha256:'.length);
}
