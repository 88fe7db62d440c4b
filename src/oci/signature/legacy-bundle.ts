import * as z from 'zod/mini';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import { parseJsonOrUndefined } from '../../internal/parse-json.ts';

// Signatures in the legacy format store the data about a certificate in annotations of their layer (cosign, specs/SIGNATURE_SPEC.md).
// Bundles contain the same data with other names.

const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const LOG_ENTRY = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

type Annotations = Readonly<Record<string, string>>;

const logEntrySchema = z.object({
  SignedEntryTimestamp: z.string(),
  Payload: z.object({ body: z.string(), integratedTime: z.int(), logIndex: z.int(), logID: z.string() }),
});
const bodySchema = z.object({ kind: z.string(), apiVersion: z.string() });
const timestampSchema = z.object({ SignedRFC3161Timestamp: z.string() });

/** True for the annotations of a signature by a certificate. */
export function isCertified(annotations: Annotations): boolean {
  return annotations[CERTIFICATE] !== undefined;
}

/**
 * Converts the annotations of a signature to a sigstore bundle (version 0.1, in JSON). Intermediate certificates are omitted, since the trusted
 * root contains them. Annotations in another format than cosign's count as absent.
 */
export function bundleOfAnnotations(payload: Uint8Array, signature: Uint8Array, annotations: Annotations): unknown {
  const entry = logEntryOf(annotations[LOG_ENTRY]);
  const timestamp = timestampSchema.safeParse(parseJsonOrUndefined(annotations[TIMESTAMP] ?? '')).data;
  const digest = Buffer.from(sha256Hex(payload), 'hex').toString('base64');
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: firstCertificate(annotations[CERTIFICATE] ?? '') }] },
      tlogEntries: entry === undefined ? [] : [entry],
      timestampVerificationData: {
        rfc3161Timestamps: timestamp === undefined ? [] : [{ signedTimestamp: timestamp.SignedRFC3161Timestamp }],
      },
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest },
      signature: Buffer.from(signature).toString('base64'),
    },
  };
}

function logEntryOf(annotation: string | undefined): object | undefined {
  const entry = logEntrySchema.safeParse(parseJsonOrUndefined(annotation ?? '')).data;
  if (entry === undefined) return undefined;
  const { body, integratedTime, logIndex, logID } = entry.Payload;
  const kind = bodySchema.safeParse(parseJsonOrUndefined(Buffer.from(body, 'base64'))).data;
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, 'hex').toString('base64') },
    kindVersion: { kind: kind?.kind, version: kind?.apiVersion },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: entry.SignedEntryTimestamp },
    canonicalizedBody: body,
  };
}

/** Returns the base64 of the first certificate in a PEM text, or an empty string. */
export function firstCertificate(pem: string): string {
  const begin = pem.indexOf(BEGIN);
  const end = pem.indexOf('-----END CERTIFICATE-----');
  return begin < 0 || end < begin ? '' : pem.slice(begin + BEGIN.length, end).replaceAll(/\s/g, '');
}

const BEGIN = '-----BEGIN CERTIFICATE-----';
