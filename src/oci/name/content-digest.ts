import { createHash } from 'node:crypto';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import { OciError } from '../errors.ts';
import { type Digest, parseDigest } from './digest.ts';

/** The digest of `bytes`. */
export function digestOf(bytes: Uint8Array): Digest {
  return digest(sha256Hex(bytes));
}

/** Counts and hashes bytes that come in pieces. */
export interface Digester {
  update(chunk: Uint8Array): void;
  /** Bytes seen so far. */
  size(): number;
  /** The digest of everything seen. Call it once, at the end. */
  digest(): Digest;
}

/** Makes a {@link Digester}. */
export function createDigester(): Digester {
  const hash = createHash('sha256');
  let size = 0;
  return {
    update(chunk) {
      size += chunk.byteLength;
      hash.update(chunk);
    },
    size: () => size,
    digest: () => digest(hash.digest('hex')),
  };
}

/**
 * Passes `source` through and checks it on the way. Throws `SIZE_MISMATCH` as soon as one byte too many arrives, and `SIZE_MISMATCH`
 * or `DIGEST_MISMATCH` in place of the end; so a consumer that saw the end has the right bytes.
 */
export async function* verifyContent(
  source: AsyncIterable<Uint8Array>,
  expected: { readonly digest: Digest; readonly size: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const digester = createDigester();
  for await (const chunk of source) {
    digester.update(chunk);
    if (digester.size() > expected.size) throw sizeMismatch(expected, `more than ${expected.size}`);
    yield chunk;
  }
  if (digester.size() !== expected.size) throw sizeMismatch(expected, String(digester.size()));
  const got = digester.digest();
  if (got !== expected.digest) {
    throw new OciError('DIGEST_MISMATCH', `content of ${expected.digest} has the digest ${got}`);
  }
}

function sizeMismatch(expected: { digest: Digest; size: number }, got: string): OciError {
  return new OciError('SIZE_MISMATCH', `content of ${expected.digest} has ${got} bytes, want ${expected.size}`);
}

function digest(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}
