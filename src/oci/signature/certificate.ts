import { createHash, X509Certificate as NodeCertificate } from 'node:crypto';
import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { X509Certificate } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import {
  type SignedEntity,
  type TrustMaterial,
  toSignedEntity,
  toTrustMaterial,
  VerificationError,
  Verifier,
} from '@sigstore/verify';
import { printable } from '../../internal/quote.ts';
import { reasonOf } from '../../internal/reason.ts';
import { isOciError, OciError } from '../errors.ts';
import { describeIdentity, type Identity, identityMatcher, identityOf } from './identity.ts';
import { type Judge, refused, type Signed } from './judge.ts';
import { type SignatureCheck, signatureCheck, slowness } from './key.ts';
import { isLoggedWith, proofProblem } from './proof.ts';

/** The limit of a trusted root in characters. That of the public instance has 7,000. */
const MAX_ROOT_LENGTH = 524_288;
const MAX_CERTIFICATE_BYTES = 65_536;
/**
 * The limit of certificates in a chain. The packages try all paths from a certificate to the root, whose number doubles with each level of
 * two certificates: 34 certificates took six minutes. GitHub's root has chains of three, and sigstore's of two.
 */
const MAX_CHAIN = 6;
const MAX_ROOT_CERTIFICATES = 32;
const MAX_LOGS = 32;
/** The key usage of code signing (RFC 5280, section 4.2.1.12). */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

/**
 * Returns a judge of signatures by certificates for one of the identities. A certificate must lead to the trusted root, be in a certificate
 * log, and have been valid at the time that a transparency log or timestamp authority states; the signature must be in a transparency log.
 * Logs are not required if the root contains none. Throws `INVALID_TRUSTED_ROOT` and `INVALID_CONSTRAINT`; the judge throws `TOO_LARGE`.
 */
export async function certificateJudge(identities: readonly Identity[], trustedRoot: string): Promise<Judge> {
  const material = readTrustedRoot(trustedRoot);
  const verifier = new Verifier(material, {
    ctlogThreshold: material.ctlogs.length === 0 ? 0 : 1,
    tlogThreshold: material.tlogs.length === 0 ? 0 : 1,
    timestampThreshold: 1,
  });
  const isSignature = await signatureCheck({ withEd25519ph: true });
  const subjectOf = await identityMatcher(identities);
  return async (signed) => {
    if (signed.certified === undefined) return refused('signed with a key, expected a certificate');
    try {
      const bundle = bundleFromJSON(signed.certified());
      const der = certificateOf(bundle);
      const problem = proofProblem(bundle) ?? certificateProblem(der);
      if (problem !== undefined) return refused(problem);
      verifier.verify(entityOf(signed, bundle, material, isSignature));
      if (!isLoggedWith(bundle, der)) return refused('the log entry is for another certificate');
      const identity = identityOf(X509Certificate.parse(Buffer.from(der)));
      const subject = await subjectOf(identity);
      if (subject === undefined)
        return refused(`signed by ${describeIdentity(identity)}, who is not an expected signer`);
      return { kind: 'verified', signer: printable(`${subject} of ${identity.issuer}`) };
    } catch (error) {
      if (isOciError(error)) throw error;
      // The packages throw various errors for malformed data.
      return refused(error instanceof VerificationError ? describeError(error) : `malformed: ${reasonOf(error)}`);
    }
  };
}

function readTrustedRoot(text: string): TrustMaterial {
  const invalid = (why: string, cause?: unknown) =>
    new OciError('INVALID_TRUSTED_ROOT', `cannot use the trusted root: ${why}`, { cause });
  if (text.length > MAX_ROOT_LENGTH) throw invalid(`must have at most ${MAX_ROOT_LENGTH} characters`);
  let material: TrustMaterial;
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(text));
    const problem = rootProblem(root);
    if (problem !== undefined) throw invalid(problem);
    material = toTrustMaterial(root);
  } catch (error) {
    if (isOciError(error)) throw error;
    throw invalid("must be the JSON of sigstore's trusted_root.json", error);
  }
  if (material.certificateAuthorities.length === 0) throw invalid('must have certificateAuthorities');
  if (material.tlogs.length + material.timestampAuthorities.length > 0) return material;
  throw invalid('must have tlogs or timestampAuthorities, which state when a signature was made');
}

/** Returns the reason why verification with a trusted root would take too long, since tenants can write it, else undefined. */
function rootProblem({ certificateAuthorities, timestampAuthorities, tlogs, ctlogs }: TrustedRoot): string | undefined {
  const chains = [...certificateAuthorities, ...timestampAuthorities].map(
    ({ certChain }) => certChain?.certificates ?? [],
  );
  const certificates = chains.flat().map(({ rawBytes }) => rawBytes);
  const logs = [...tlogs, ...ctlogs];
  if (chains.some(({ length }) => length > MAX_CHAIN)) return `a chain must have at most ${MAX_CHAIN} certificates`;
  if (certificates.length > MAX_ROOT_CERTIFICATES) return `must have at most ${MAX_ROOT_CERTIFICATES} certificates`;
  if (logs.length > MAX_LOGS) return `must have at most ${MAX_LOGS} logs`;
  const keys = certificates.map((der) => new NodeCertificate(der).publicKey);
  const slow = keys.map(slowness).find((why) => why !== undefined);
  return slow && `the key of a certificate has ${slow}`;
}

function certificateOf({ verificationMaterial: { content } }: Bundle): Buffer {
  switch (content.$case) {
    case 'certificate':
      return content.certificate.rawBytes;
    case 'x509CertificateChain':
      return content.x509CertificateChain.certificates[0]?.rawBytes ?? Buffer.of();
    default:
      return Buffer.of();
  }
}

function certificateProblem(der: Buffer): string | undefined {
  if (der.byteLength > MAX_CERTIFICATE_BYTES) return `the certificate must have at most ${MAX_CERTIFICATE_BYTES} bytes`;
  // The packages do not check the key usage of a certificate.
  const { keyUsage } = new NodeCertificate(der);
  return keyUsage?.includes(CODE_SIGNING) ? undefined : 'the certificate is not for code signing';
}

/** Converts a signature with its proofs for the packages. Proofs that the root has no authority for are omitted. */
function entityOf(
  { message, body, signature }: Signed,
  bundle: Bundle,
  { tlogs, timestampAuthorities }: TrustMaterial,
  isSignature: SignatureCheck,
): SignedEntity {
  const { key, tlogEntries, timestamps } = toSignedEntity(bundle);
  return {
    key,
    tlogEntries: tlogs.length === 0 ? [] : tlogEntries,
    timestamps: timestamps.filter(
      ({ $case }) => ($case === 'transparency-log' ? tlogs : timestampAuthorities).length > 0,
    ),
    signature: {
      signature: Buffer.from(signature),
      compareSignature: (other) => other.equals(signature),
      // Rekor stores the hash of the signed message or, for the kind dsse, of the body.
      compareDigest: (digest) => [message, body].some((data) => hashOf(data, digest.byteLength).equals(digest)),
      verifySignature: (key) => isSignature(key, message, signature),
    },
  };
}

/** Hashes data with the algorithm of a log's hash. Some signers use the hash function of their curve. */
function hashOf(data: Uint8Array, length: number): Buffer {
  return createHash(length === 48 ? 'sha384' : length === 64 ? 'sha512' : 'sha256')
    .update(data)
    .digest();
}

function describeError({ code, message, cause }: VerificationError): string {
  const why = reasonOf(cause ?? message);
  if (code === 'CERTIFICATE_ERROR') return `invalid certificate: ${why}`;
  if (code === 'TIMESTAMP_ERROR') return `the signing time is not proven: ${why}`;
  if (code.startsWith('TLOG')) return `invalid log entry: ${why}`;
  return code === 'SIGNATURE_ERROR' ? "not signed with the certificate's key" : why;
}
