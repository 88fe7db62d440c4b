import type { OciError } from '../errors.ts';
import { isEd25519, signatureCheck, type VerificationKey } from './key.ts';

/** The outcome of checking one signature. */
export type Verdict =
  /** By which key or identity. */
  | { readonly kind: 'verified'; readonly signer: string }
  /** The reason it does not count. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It could not be read for now. */
  | { readonly kind: 'failed'; readonly error: OciError };

/** A signature as it was found. */
export interface Signed {
  /** The bytes that were signed. */
  readonly message: Uint8Array;
  /** The part of them that the signer wrote: without the head that DSSE puts before it. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  /** Gives the sigstore bundle, as JSON data, with the certificate of the signer; undefined for a signature by a bare key. */
  readonly certified: (() => unknown) | undefined;
}

/** Judges who made a signature; what the signature is about is for the caller. */
export type Judge = (signed: Signed) => Promise<Verdict>;

/** Judges signatures by bare keys. No transparency log is asked. */
export async function keyJudge(keys: readonly VerificationKey[]): Promise<Judge> {
  const isSignature = await signatureCheck({ withEd25519ph: keys.some(({ key }) => isEd25519(key)) });
  return async ({ message, signature, certified }) => {
    const signer = keys.find(({ key }) => isSignature(key, message, signature));
    if (signer !== undefined) return { kind: 'verified', signer: signer.name };
    return refused(certified === undefined ? 'it is by another key' : 'it is by a certificate, want a key');
  };
}

/** A verdict that a signature does not count. */
export function refused(why: string): Verdict {
  return { kind: 'refused', why };
}
