import type { Bundle } from '@sigstore/bundle';
import * as z from 'zod/mini';
import { parseJsonOrUndefined } from '../../internal/parse-json.ts';
import { firstCertificate } from './legacy-bundle.ts';

// Checks of a bundle's proofs that the sigstore packages do not do.

/** The limit of proofs of each kind. The certificate is verified for each of them. */
const MAX_PROOFS = 4;
const MAX_TIMESTAMP_BYTES = 65_536;
const MAX_CHECKPOINT_LENGTH = 16_384;
/** A number of 64 bits. */
const NUMBER = /^\d{1,19}$/;
/** The names of logs, which the packages use as regular expressions. */
const LOG_NAME = /^[\w.:/-]{1,255}$/;

/** Returns the reason why the proofs are invalid without verifying them, since verifying an untrusted proof may take long. */
export function proofProblem({ verificationMaterial }: Bundle): string | undefined {
  const { tlogEntries, timestampVerificationData } = verificationMaterial;
  const timestamps = timestampVerificationData?.rfc3161Timestamps ?? [];
  if (tlogEntries.length > MAX_PROOFS || timestamps.length > MAX_PROOFS)
    return `must have at most ${MAX_PROOFS} log entries and ${MAX_PROOFS} timestamps`;
  if (timestamps.some(({ signedTimestamp }) => signedTimestamp.byteLength > MAX_TIMESTAMP_BYTES)) {
    return `a timestamp must have at most ${MAX_TIMESTAMP_BYTES} bytes`;
  }
  const numbers = tlogEntries.flatMap(({ logIndex, integratedTime, inclusionProof }) => [
    logIndex,
    integratedTime,
    inclusionProof?.logIndex ?? '0',
  ]);
  if (!numbers.every((number) => NUMBER.test(number))) return 'the index and time of a log entry must be numbers';
  const checkpoints = tlogEntries.map(({ inclusionProof }) => inclusionProof?.checkpoint?.envelope ?? '');
  if (!checkpoints.every(isCheckpoint)) return 'the checkpoint of a log entry is malformed';
  return undefined;
}

function isCheckpoint(envelope: string): boolean {
  if (envelope.length > MAX_CHECKPOINT_LENGTH) return false;
  return Array.from(envelope.matchAll(/\u2014 (\S+)/g)).every(([, name = '']) => LOG_NAME.test(name));
}

const signatureOfV2 = z.object({ verifier: z.object({ x509Certificate: z.object({ rawBytes: z.string() }) }) });
const rawBytesOf = ({ verifier }: z.infer<typeof signatureOfV2>) => verifier.x509Certificate.rawBytes;

/** The signers in an entry of Rekor, in base64. The kinds are hashedrekord, dsse and intoto of version 1, and two of version 2. */
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
 * True when all log entries are for a signature by this certificate. The packages compare only the signature and the signed message, and
 * for a given signature, other keys can be created that verify it.
 */
export function isLoggedWith({ verificationMaterial }: Bundle, certificate: Buffer): boolean {
  return verificationMaterial.tlogEntries.every(({ canonicalizedBody }) => {
    const signers = entrySchema.safeParse(parseJsonOrUndefined(canonicalizedBody)).data?.spec ?? [];
    return signers.length > 0 && signers.every((signer) => certificateBytes(signer).equals(certificate));
  });
}

/** Decodes a certificate in base64 to DER. Version 1 of Rekor stores the base64 of the PEM text. */
function certificateBytes(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  const inPem = firstCertificate(bytes.toString('latin1'));
  return inPem === '' ? bytes : Buffer.from(inPem, 'base64');
}
