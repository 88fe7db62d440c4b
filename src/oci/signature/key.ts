import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { reasonOf } from '../../internal/reason.ts';
import { OciError } from '../errors.ts';

/** A public key for verifying signatures. */
export interface VerificationKey {
  /** The name of the key for messages, such as the key of a Secret. */
  readonly name: string;
  readonly key: KeyObject;
}

// The limit of a raw r||s signature in bytes: two 66-byte numbers of P-521.
const MAX_RAW_SIGNATURE = 132;
const ED25519_SIGNATURE = 64;
/** The library's default, ZIP 215, accepts signatures that other programs reject. */
const RFC_8032 = { zip215: false };
const KEY_TYPES = ['ec', 'rsa', 'ed25519'];

/** The limit of cosign. */
const MAX_RSA_BITS = 4_096;
const MAX_RSA_EXPONENT = 2n ** 32n;

/** Returns the property of an untrusted key that would make verification slow, or undefined if there is none. */
export function slowness({ asymmetricKeyDetails }: KeyObject): string | undefined {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  if (modulusLength > MAX_RSA_BITS) return `${modulusLength} bits, the limit is ${MAX_RSA_BITS}`;
  return publicExponent > MAX_RSA_EXPONENT ? 'an exponent of more than 32 bits' : undefined;
}

/** Parses a PEM public key (`PUBLIC KEY` or `RSA PUBLIC KEY`). Throws `INVALID_KEY`, also for private keys. */
export function parsePublicKey(pem: string, name: string): VerificationKey {
  if (!/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem) || pem.includes('PRIVATE KEY')) {
    throw new OciError('INVALID_KEY', `cannot use the key ${name}: must be a PEM block "PUBLIC KEY"`);
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
    `cannot use the key ${name}: must be an EC, RSA or Ed25519 key, not ${key.asymmetricKeyType}`,
  );
}

// The hash functions of cosign 2.6 and later; older versions use SHA-256 for all curves.
const HASH_OF_CURVE: ReadonlyMap<string | undefined, string> = new Map([
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
]);

/** Returns true if the signature of a message is valid, false for keys of a type that {@link parsePublicKey} rejects. */
export type SignatureCheck = (key: KeyObject, message: Uint8Array, signature: Uint8Array) => boolean;

/** True for an Ed25519 key. */
export function isEd25519({ asymmetricKeyType }: KeyObject): boolean {
  return asymmetricKeyType === 'ed25519';
}

/**
 * Creates a {@link SignatureCheck}. Messages are hashed with SHA-256 or, for P-384 and P-521, also with the hash function of the curve. ECDSA
 * signatures are DER or r||s. Ed25519 signs the message itself or, if `withEd25519ph` is set, also its SHA-512 (RFC 8032, Ed25519ph).
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

/** Loads a library for Ed25519ph, which Node does not support. */
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
