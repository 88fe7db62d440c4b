import { isOciError, OciError } from '../errors.ts';
import { formatReference, type Reference } from '../name/reference.ts';
import type { CallOptions } from '../registry/session.ts';
import type { RegistryClient } from '../registry/session-client.ts';
import { verifyReferrers } from './bundle.ts';
import type { VerificationKey } from './key.ts';
import { verifyLegacy } from './legacy.ts';

/** Each signature is checked with each key. */
const MAX_KEYS = 32;

/**
 * Checks that a manifest (for an index: the index) is signed with cosign by one of the keys, and gives the name of the key. What
 * refers to it is looked at first, then the signatures under its `.sig` tag; the digest signed must be this one. Only keys count, so no
 * transparency log and no certificate is needed and no other host is asked. A registry that refuses one of the two does not end the
 * search; the refusal is thrown when nothing good is found. Throws `NO_SIGNATURE` when there is none and `INVALID_SIGNATURE` when none of
 * those there counts.
 */
export async function verifyImageSignature(
  client: RegistryClient,
  reference: Reference & Required<Pick<Reference, 'digest'>>,
  keys: readonly VerificationKey[],
  options: CallOptions = {},
): Promise<string> {
  const image = formatReference(reference);
  if (keys.length === 0) throw new OciError('INVALID_KEY', `cannot verify ${image}: no key is given`);
  if (keys.length > MAX_KEYS)
    throw new OciError(
      'INVALID_KEY',
      `cannot verify ${image}: there are ${keys.length} keys, the limit is ${MAX_KEYS}`,
    );
  const { registry, repository, digest } = reference;
  const why: string[] = [];
  const failures: OciError[] = [];
  for (const verifySome of [verifyReferrers, verifyLegacy]) {
    try {
      for await (const verdict of verifySome(client, { registry, repository }, digest, keys, options)) {
        if (verdict.kind === 'verified') return verdict.key;
        if (verdict.kind === 'failed') failures.push(verdict.error);
        else why.push(verdict.why);
      }
    } catch (error) {
      if (!isOciError(error) || options.signal?.aborted) throw error;
      failures.push(error);
    }
  }
  // A signature that could not be looked at may be the good one: this may pass, which "not signed" does not.
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  if (why.length === 0) throw new OciError('NO_SIGNATURE', `cannot verify ${image}: it is not signed`);
  throw new OciError(
    'INVALID_SIGNATURE',
    `cannot verify ${image}: no signature counts (${[...new Set(why)].slice(0, 5).join('; ')})`,
  );
}
