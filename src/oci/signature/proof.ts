import type { Bundle } from '@sigstore/bundle';
import * as z from 'zod/mini';
import { parseJsonOrUndefined } from '../../internal/parse-json.ts';
import { firstCertificate } from './legacy-bundle.ts';

// Checks of a bundle's proofs that the packages of sigstore leave to their callers.

/** Of each kind. For each, the certificate is judged anew. */
const MAX_PROOFS = 4;
const MAX_TIMESTAMP_BYTES = 65_536;
const MAX_CHECKPOINT_LENGTH = 16_384;
/** 64 bits. */
const NUMBER = /^\d{1,19}$/;
/** The names of logs, which the packages take for regular expressions. */
const LOG_NAME = /^[\w.:/-]{1,255}$/;

/** Says why the proofs are not to be looked at, or undefined: a proof that is not true yet may take long to find untrue. */
export function proofProblem({ verificationMaterial }: Bundle): string | undefined {
  const { tlogEntries, timestampVerificationData } = verificationMaterial;
  const timestamps = timestampVerificationData?.rfc3161Timestamps ?? [];
  if (tlogEntries.length > MAX_PROOFS || timestamps.length > MAX_PROOFS) return `it has more than ${MAX_PROOFS} proofs`;
  if (timestamps.some(({ signedTimestamp }) => signedTimestamp.byteLength > MAX_TIMESTAMP_BYTES)) {
    return 'its timestamp is too long';
  }
  const numbers = tlogEntries.flatMap(({ logIndex, integratedTime, inclusionProof }) => [
    logIndex,
    integratedTime,
    inclusionProof?.logIndex ?? '0',
  ]);
  if (!numbers.every((number) => NUMBER.test(number))) return 'the index or time of its log entry is not a number';
  const checkpoints = tlogEntries.map(({ inclusionProof }) => inclusionProof?.checkpoint?.envelope ?? '');
  if (!checkpoints.every(isCheckpoint)) return 'the checkpoint of its log entry is not well-formed';
  return undefined;
}

function isCheckpoint(envelope: string): boolean {
  if (envelope.length > MAX_CHECKPOINT_LENGTH) return false;
  return Array.from(envelope.matchAll(/\u2014 (\S+)/g)).every(([, name = '']) => LOG_NAME.test(name));
}

const signatureOfV2 = z.object({ verifier: z.object({ x509Certificate: z.object({ rawBytes: z.string() }) }) });
const rawBytesOf = ({ verifier }: z.infer<typeof signatureOfV2>) => verifier.x509Certificate.rawBytes;

/** The signers in an entry of Rekor, each in base64. The kinds are hashedrekord, dsse and intoto of the first version, then two of the second. */
const loggedSigners = z.union([
  z.pipe(
    z.object({ signature: z.object({ publicKey: z.object({ content: z.string() }) }) }),
    z.transform(({ signature }) => [signature.publicKey.content]),
  ),
  z.pipe(
    z.object({ signatures: z.array(z.object({ verifier: z.string() })) }),
    z.transform(({ signatures }) => signatures.map(({ verifier }) => verifier)),
  ),
  z.pipe(
    z.object({
      content: z.object({ envelope: z.object({ signatures: z.array(z.object({ publicKey: z.string() })) }) }),
    }),
    z.transform(({ content }) => content.envelope.signatures.map(({ publicKey }) => publicKey)),
  ),
  z.pipe(
    z.object({ hashedRekordV002: z.object({ signature: signatureOfV2 }) }),
    z.transform(({ hashedRekordV002 }) => [rawBytesOf(hashedRekordV002.signature)]),
  ),
  z.pipe(
    z.object({ dsseV002: z.object({ signatures: z.array(signatureOfV2) }) }),
    z.transform(({ dsseV002 }) => dsseV002.signatures.map(rawBytesOf)),
  ),
]);
const entrySchema = z.object({ spec: loggedSigners });

/**
 * True when every log entry is about a signature by this certificate. The packages compare the signature and what was signed only, and for
 * one signature many keys can be made by which it would be.
 */
export function isLoggedWith({ verificationMaterial }: Bundle, certificate: Buffer): boolean {
  return verificationMaterial.tlogEntries.every(({ canonicalizedBody }) => {
    const signers = entrySchema.safeParse(parseJsonOrUndefined(canonicalizedBody)).data?.spec ?? [];
    return signers.length > 0 && signers.every((signer) => certificateBytes(signer).equals(certificate));
  });
}

/** The DER of a certificate in base64, of which the first version of Rekor keeps the PEM text. */
function certificateBytes(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  const inPem = firstCertificate(bytes.toString('latin1'));
  return inPem === '' ? bytes : Buffer.from(inPem, 'base64');
}
