import { createHash } from 'node:crypto';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import { OciError } from '../errors.ts';
import { type Digest, parseDigest } from './digest.ts';

/** Returns the digest of `bytes`. */
export function digestOf(bytes: Uint8Array): Digest {
  return digest(sha256Hex(bytes));
}

/** Counts and hashes bytes that arrive in chunks. */
export interface Digester {
  update(chunk: Uint8Array): void;
  /** Returns the number of bytes so far. */
  size(): number;
  /** Returns the digest of all bytes. It may be called once, after the last chunk. */
  digest(): Digest;
}

/** Creates a {@link Digester}. */
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
 * Yields the chunks of `source` and verifies their size and digest. Throws `SIZE_MISMATCH` at the first chunk that exceeds the size, and
 * `SIZE_MISMATCH` or `DIGEST_MISMATCH` after the last chunk, so only a consumer that reads to the end has verified content.
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
    throw new OciError('DIGEST_MISMATCH', `content of ${expected.digest} has digest ${got}`);
  }
}

function sizeMismatch(expected: { digest: Digest; size: number }, got: string): OciError {
  return new OciError('SIZE_MISMATCH', `content of ${expected.digest}: expected ${expected.size} bytes, got ${got}`);
}

function digest(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}
