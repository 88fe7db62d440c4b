import { isOciError, OciError } from '../errors.ts';
import { formatReference, type Reference } from '../name/reference.ts';
import type { CallOptions } from '../registry/session.ts';
import type { RegistryClient } from '../registry/session-client.ts';
import { verifyReferrers } from './bundle.ts';
import type { Identity } from './identity.ts';
import { type Judge, keyJudge } from './judge.ts';
import type { VerificationKey } from './key.ts';
import { verifyLegacy } from './legacy.ts';

/** Each signature is checked with each of them. */
const MAX_SIGNERS = 32;

/** The accepted signers: the holders of keys, or identities as certificates of sigstore name them. */
export type Signers =
  | { readonly keys: readonly VerificationKey[] }
  | {
      readonly identities: readonly Identity[];
      /** The certificates and keys that count, as the JSON text of sigstore's `trusted_root.json`. */
      readonly trustedRoot: string;
    };

/**
 * Checks that a manifest (for an index: the index) is signed with cosign by one of the signers, and gives the name of the key or the identity
 * of the certificate. What refers to it is looked at first, then the signatures under its `.sig` tag; the digest signed must be this one.
 * No other host than the registry is asked: what logs say must be part of a signature, and matters for certificates only. A registry that
 * refuses one of the two does not end the search; the refusal is thrown when nothing good is found. Throws `NO_SIGNATURE` when there is none
 * and `INVALID_SIGNATURE` when none of those there counts.
 */
export async function verifyImageSignature(
  client: RegistryClient,
  reference: Reference & Required<Pick<Reference, 'digest'>>,
  signers: Signers,
  options: CallOptions = {},
): Promise<string> {
  const image = formatReference(reference);
  const judge = await judgeOf(signers, image);
  const { registry, repository, digest } = reference;
  const why: string[] = [];
  const failures: OciError[] = [];
  for (const verifySome of [verifyReferrers, verifyLegacy]) {
    try {
      for await (const verdict of verifySome(client, { registry, repository }, digest, judge, options)) {
        if (verdict.kind === 'verified') return verdict.signer;
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

async function judgeOf(signers: Signers, image: string): Promise<Judge> {
  const isKeys = 'keys' in signers;
  const { length } = isKeys ? signers.keys : signers.identities;
  if (length === 0 || length > MAX_SIGNERS) {
    const what = isKeys ? 'key' : 'identity';
    const why = length === 0 ? `no ${what} is given` : `it has ${length} signers to check, the limit is ${MAX_SIGNERS}`;
    throw new OciError(isKeys ? 'INVALID_KEY' : 'INVALID_CONSTRAINT', `cannot verify ${image}: ${why}`);
  }
  if (isKeys) return keyJudge(signers.keys);
  // Few sources ask for certificates, and what reads them takes time and memory to load.
  const { certificateJudge } = await import('./certificate.ts');
  return certificateJudge(signers.identities, signers.trustedRoot);
}
