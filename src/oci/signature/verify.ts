import { isOciError, OciError } from '../errors.ts';
import { formatReference, type Reference } from '../name/reference.ts';
import type { CallOptions } from '../registry/session.ts';
import type { RegistryClient } from '../registry/session-client.ts';
import { verifyReferrers } from './bundle.ts';
import type { Identity } from './identity.ts';
import { type Judge, keyJudge } from './judge.ts';
import type { VerificationKey } from './key.ts';
import { verifyLegacy } from './legacy.ts';

/** The limit of signers, since each signature is verified with each of them. */
const MAX_SIGNERS = 32;

/** The accepted signers: owners of keys, or identities in certificates of sigstore. */
export type Signers =
  | { readonly keys: readonly VerificationKey[] }
  | {
      readonly identities: readonly Identity[];
      /** The trusted certificates and keys, as the JSON text of sigstore's `trusted_root.json`. */
      readonly trustedRoot: string;
    };

/**
 * Verifies that a manifest (for an index, the index itself) is signed with cosign by one of the signers, and returns the name of the key or
 * the identity of the certificate. Referrers are checked first, then the signatures with the `.sig` tag. The signed digest must be that of
 * the reference. Requests are sent to the registry only: proofs of logs, which certificates require, must be part of a signature. If the
 * registry rejects one of the two requests, the other signatures are checked, and the error is thrown if none of them is valid. Throws
 * `NO_SIGNATURE` if no signature is found, and `INVALID_SIGNATURE` if none is valid.
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
  const reasons: string[] = [];
  const failures: OciError[] = [];
  for (const verifySome of [verifyReferrers, verifyLegacy]) {
    try {
      for await (const verdict of verifySome(client, { registry, repository }, digest, judge, options)) {
        if (verdict.kind === 'verified') return verdict.signer;
        if (verdict.kind === 'failed') failures.push(verdict.error);
        else reasons.push(verdict.why);
      }
    } catch (error) {
      if (!isOciError(error) || options.signal?.aborted) throw error;
      failures.push(error);
    }
  }
  // A signature that could not be fetched may be valid, so this error, which may be temporary, takes precedence.
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  if (reasons.length === 0) throw new OciError('NO_SIGNATURE', `cannot verify ${image}: signature not found`);
  throw new OciError(
    'INVALID_SIGNATURE',
    `cannot verify ${image}: no valid signature (${[...new Set(reasons)].slice(0, 5).join('; ')})`,
  );
}

async function judgeOf(signers: Signers, image: string): Promise<Judge> {
  const isKeys = 'keys' in signers;
  const { length } = isKeys ? signers.keys : signers.identities;
  if (length === 0 || length > MAX_SIGNERS) {
    const what = isKeys ? 'key' : 'identity';
    const why =
      length === 0 ? `at least one ${what} is required` : `must have at most ${MAX_SIGNERS} signers, not ${length}`;
    throw new OciError(isKeys ? 'INVALID_KEY' : 'INVALID_CONSTRAINT', `cannot verify ${image}: ${why}`);
  }
  if (isKeys) return keyJudge(signers.keys);
  // Imported at the first use: few sources need certificates, and the packages take time and memory to load.
  const { certificateJudge } = await import('./certificate.ts');
  return certificateJudge(signers.identities, signers.trustedRoot);
}
