import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { reasonOf } from '../../internal/reason.ts';
import { OciError } from '../errors.ts';

/** A public key that signatures are checked with. */
export interface VerificationKey {
  /** For messages, such as the key in a Secret. */
  readonly name: string;
  readonly key: KeyObject;
}

// Most bytes of a raw r||s signature: two 66-byte numbers of P-521.
const MAX_RAW_SIGNATURE = 132;
const ED25519_SIGNATURE = 64;
/** The library's default, ZIP 215, also takes what other programs refuse. */
const RFC_8032 = { zip215: false };
const KEY_TYPES = ['ec', 'rsa', 'ed25519'];

/** As many as cosign takes. */
const MAX_RSA_BITS = 4_096;
const MAX_RSA_EXPONENT = 2n ** 32n;

/** Says why checks with a key would take long: who made it chooses how long. Undefined when they would not. */
export function slowness({ asymmetricKeyDetails }: KeyObject): string | undefined {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  if (modulusLength > MAX_RSA_BITS) return `${modulusLength} bits, the limit is ${MAX_RSA_BITS}`;
  return publicExponent > MAX_RSA_EXPONENT ? 'an exponent of more than 32 bits' : undefined;
}

/** Reads a PEM public key (`PUBLIC KEY` or `RSA PUBLIC KEY`). Throws `INVALID_KEY`; private keys are refused, too. */
export function parsePublicKey(pem: string, name: string): VerificationKey {
  if (!/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem) || pem.includes('PRIVATE KEY')) {
    throw new OciError('INVALID_KEY', `cannot use the key ${name}: want a PEM block "PUBLIC KEY"`);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (error) {
    throw new OciError('INVALID_KEY', `cannot use the key ${name}: ${reasonOf(error)}`, { cause: error });
  }
  const slow = slowness(key);
  if (slow !== undefined) throw new OciError('INVALID_KEY', `cannot use the key ${name}: it has ${slow}`);
  if (KEY_TYPES.includes(key.asymmetricKeyType ?? '')) return { name, key };
  throw new OciError(
    'INVALID_KEY',
    `cannot use the key ${name}: its type is ${key.asymmetricKeyType}, want EC, RSA or Ed25519`,
  );
}

// The hashes of cosign 2.6 and later; older versions take SHA-256 for every curve.
const HASH_OF_CURVE: ReadonlyMap<string | undefined, string> = new Map([
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
]);

/** Checks one signature of a message; false for keys of a type that {@link parsePublicKey} refuses. */
export type SignatureCheck = (key: KeyObject, message: Uint8Array, signature: Uint8Array) => boolean;

/** True for a key of Ed25519. */
export function isEd25519({ asymmetricKeyType }: KeyObject): boolean {
  return asymmetricKeyType === 'ed25519';
}

/**
 * Gives the check of signatures. The message is hashed with SHA-256 or, for P-384 and P-521, with the curve's own hash; ECDSA may be DER or
 * r||s. Ed25519 is over the message itself or, where `withEd25519ph` says so, also over its SHA-512 (RFC 8032, Ed25519ph).
 */
export async function signatureCheck({ withEd25519ph }: { readonly withEd25519ph: boolean }): Promise<SignatureCheck> {
  const isPrehashed = withEd25519ph ? await loadEd25519ph() : () => false;
  return (key, message, signature) => {
    if (isEd25519(key)) return verify(null, message, key, signature) || isPrehashed(key, message, signature);
    if (key.asymmetricKeyType === 'rsa') return verify('sha256', message, key, signature);
    if (key.asymmetricKeyType !== 'ec') return false;
    const ownHash = HASH_OF_CURVE.get(key.asymmetricKeyDetails?.namedCurve);
    const hashes = ownHash === undefined ? ['sha256'] : ['sha256', ownHash];
    return hashes.some((hash) => isEcdsaSignature(hash, message, key, signature));
  };
}

/** Node has no Ed25519ph. */
async function loadEd25519ph(): Promise<SignatureCheck> {
  const { ed25519ph } = await import('@noble/curves/ed25519.js');
  return (key, message, signature) => {
    const publicKey = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
    return signature.byteLength === ED25519_SIGNATURE && ed25519ph.verify(signature, message, publicKey, RFC_8032);
  };
}

function isEcdsaSignature(hash: string, message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  if (verify(hash, message, { key, dsaEncoding: 'der' }, signature)) return true;
  const mayBeRaw = signature.byteLength % 2 === 0 && signature.byteLength <= MAX_RAW_SIGNATURE;
  return mayBeRaw && verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
