import type { OciError } from '../errors.ts';
import { isEd25519, signatureCheck, type VerificationKey } from './key.ts';

/** The outcome of checking one signature. */
export type SignatureVerdict =
  /** A valid signature. `signer` is the name of the key or the identity. */
  | { readonly kind: 'verified'; readonly signer: string }
  /** An invalid signature, with the reason. */
  | { readonly kind: 'refused'; readonly why: string }
  /** A signature that could not be fetched, which may be temporary. */
  | { readonly kind: 'failed'; readonly error: OciError };

/** A signature to judge. */
export interface Signed {
  /** The bytes that were signed. */
  readonly message: Uint8Array;
  /** The message without the header of DSSE. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  /** Returns the sigstore bundle with the certificate of the signer, as JSON data; undefined for a signature without a certificate. */
  readonly certified: (() => unknown) | undefined;
}

/** Verifies a signature and its signer. The caller checks what is signed. */
export type Judge = (signed: Signed) => Promise<SignatureVerdict>;

/** Returns a judge of signatures by keys, which needs no transparency log. */
export async function keyJudge(keys: readonly VerificationKey[]): Promise<Judge> {
  const isSignature = await signatureCheck({ withEd25519ph: keys.some(({ key }) => isEd25519(key)) });
  return async ({ message, signature, certified }) => {
    const signer = keys.find(({ key }) => isSignature(key, message, signature));
    if (signer !== undefined) return { kind: 'verified', signer: signer.name };
    return refused(certified === undefined ? 'signed with another key' : 'signed with a certificate, expected a key');
  };
}

/** Returns the verdict for an invalid signature. */
export function refused(why: string): SignatureVerdict {
  return { kind: 'refused', why };
}
