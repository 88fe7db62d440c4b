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

/** Characters of a trusted root; the public instance's has 7,000. */
const MAX_ROOT_LENGTH = 524_288;
const MAX_CERTIFICATE_BYTES = 65_536;
/**
 * The packages look at every path from a certificate up through its authority's chain, which are twice as many for each further level of
 * two: 34 certificates took six minutes. GitHub's root has chains of three, sigstore's one of two.
 */
const MAX_CHAIN = 6;
const MAX_ROOT_CERTIFICATES = 32;
const MAX_LOGS = 32;
/** RFC 5280, section 4.2.1.12. */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

/**
 * Judges signatures by certificates of one of the identities. A certificate must lead to the trusted root, be in a certificate log, and have
 * been valid at the time that a transparency log or a timestamp authority states; the signature must be in a transparency log. What the root
 * knows no log for is not asked. Throws `INVALID_TRUSTED_ROOT` and `INVALID_CONSTRAINT`; the judge throws `TOO_LARGE`.
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
    if (signed.certified === undefined) return refused('it is by a key, want a certificate');
    try {
      const bundle = bundleFromJSON(signed.certified());
      const der = certificateOf(bundle);
      const problem = proofProblem(bundle) ?? certificateProblem(der);
      if (problem !== undefined) return refused(problem);
      verifier.verify(entityOf(signed, bundle, material, isSignature));
      if (!isLoggedWith(bundle, der)) return refused('its log entry is about a signature by another certificate');
      const identity = identityOf(X509Certificate.parse(Buffer.from(der)));
      const subject = await subjectOf(identity);
      if (subject === undefined)
        return refused(`it is by ${describeIdentity(identity)}, who is not an expected signer`);
      return { kind: 'verified', signer: printable(`${subject} of ${identity.issuer}`) };
    } catch (error) {
      if (isOciError(error)) throw error;
      // The packages throw any error for data that is not well-formed.
      return refused(error instanceof VerificationError ? whyNot(error) : `it is not well-formed: ${reasonOf(error)}`);
    }
  };
}

function readTrustedRoot(text: string): TrustMaterial {
  const invalid = (why: string, cause?: unknown) =>
    new OciError('INVALID_TRUSTED_ROOT', `cannot use the trusted root: ${why}`, { cause });
  if (text.length > MAX_ROOT_LENGTH) throw invalid(`it is longer than ${MAX_ROOT_LENGTH} characters`);
  let material: TrustMaterial;
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(text));
    const problem = rootProblem(root);
    if (problem !== undefined) throw invalid(problem);
    material = toTrustMaterial(root);
  } catch (error) {
    if (isOciError(error)) throw error;
    throw invalid("want the JSON of sigstore's trusted_root.json", error);
  }
  if (material.certificateAuthorities.length === 0) throw invalid('it has no certificateAuthorities');
  if (material.tlogs.length + material.timestampAuthorities.length > 0) return material;
  throw invalid('it has neither tlogs nor timestampAuthorities, so nothing can tell when a signature was made');
}

/** Says why a trusted root, which tenants may write, would take long to work with; undefined when it does not. */
function rootProblem({ certificateAuthorities, timestampAuthorities, tlogs, ctlogs }: TrustedRoot): string | undefined {
  const chains = [...certificateAuthorities, ...timestampAuthorities].map(
    ({ certChain }) => certChain?.certificates ?? [],
  );
  const certificates = chains.flat().map(({ rawBytes }) => rawBytes);
  const logs = [...tlogs, ...ctlogs];
  if (chains.some(({ length }) => length > MAX_CHAIN)) return `a chain has more than ${MAX_CHAIN} certificates`;
  if (certificates.length > MAX_ROOT_CERTIFICATES) return `it has more than ${MAX_ROOT_CERTIFICATES} certificates`;
  if (logs.length > MAX_LOGS) return `it has more than ${MAX_LOGS} logs`;
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
  if (der.byteLength > MAX_CERTIFICATE_BYTES) return 'its certificate is too long';
  // The packages do not look at what a certificate is for.
  const { keyUsage } = new NodeCertificate(der);
  return keyUsage?.includes(CODE_SIGNING) ? undefined : 'its certificate is not for signing code';
}

/** A signature with its proofs as the packages take it. What the root has no authority for proves nothing and is left out. */
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
      // Rekor keeps the hash of what was signed or, for the kind dsse, that of the body.
      compareDigest: (digest) => [message, body].some((data) => hashOf(data, digest.byteLength).equals(digest)),
      verifySignature: (key) => isSignature(key, message, signature),
    },
  };
}

/** Logs keep the hash of what the signer took, which is the curve's own for some keys. */
function hashOf(data: Uint8Array, length: number): Buffer {
  return createHash(length === 48 ? 'sha384' : length === 64 ? 'sha512' : 'sha256')
    .update(data)
    .digest();
}

function whyNot({ code, message, cause }: VerificationError): string {
  const why = reasonOf(cause ?? message);
  if (code === 'CERTIFICATE_ERROR') return `its certificate does not count: ${why}`;
  if (code === 'TIMESTAMP_ERROR') return `nothing proves when it was made: ${why}`;
  if (code.startsWith('TLOG')) return `its log entry does not count: ${why}`;
  return code === 'SIGNATURE_ERROR' ? "it is not by its certificate's key" : why;
}
