import { sign } from 'node:crypto';
import { preAuthEncoding } from '../../../src/oci/signature/bundle.ts';
import {
  type Certificate,
  type Holder,
  type LeafOptions,
  type LogKey,
  makeAuthority,
  makeLeaf,
  makeStamper,
  newKey,
  newLogKey,
  sha256,
} from './certificates.ts';
import { append, asAnnotation, type LogEntry, newLog, type TransparencyLog } from './logs.ts';
import { timestamp } from './timestamp.ts';

/** A private instance of sigstore in memory: certificate authority, certificate log, both versions of Rekor, timestamp authority. */
export interface Instance {
  readonly root: Certificate;
  readonly issuing: Certificate;
  readonly certificateLog: LogKey;
  readonly logs: Readonly<Record<1 | 2, TransparencyLog>>;
  readonly stampers: readonly [Certificate, Certificate];
}

const MINUTE = 60_000;
const STATEMENT_TYPE = 'application/vnd.in-toto+json';
export const SIGNED_AT = new Date('2025-06-01T12:00:00Z');
const YEARS = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2040-01-01T00:00:00Z') };
export const HOLDER: Holder = {
  issuer: 'https://issuer.test',
  subject: 'https://git.test/acme/cfg/release.yaml@refs/tags/v1',
};

export function newInstance(): Instance {
  const root = makeAuthority('root', YEARS);
  const stampRoot = makeAuthority('stamp root', YEARS);
  return {
    root,
    issuing: makeAuthority('issuing', YEARS, root),
    certificateLog: newLogKey(),
    logs: { 1: newLog(1), 2: newLog(2) },
    stampers: [makeStamper('stamper', YEARS, stampRoot), stampRoot],
  };
}

/** The instance as its `trusted_root.json` (protobuf-specs, sigstore_trustroot.proto). */
export function trustedRootOf({ root, issuing, certificateLog, logs, stampers }: Instance) {
  const validFor = { start: YEARS.notBefore.toISOString() };
  const authority = (...chain: readonly Certificate[]) => ({
    subject: { organization: 'test', commonName: 'test' },
    uri: 'https://authority.test',
    certChain: { certificates: chain.map(({ der }) => ({ rawBytes: der.toString('base64') })) },
    validFor,
  });
  const log = ({ publicKey, id }: LogKey, baseUrl: string, keyDetails = 'PKIX_ECDSA_P256_SHA_256') => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      keyDetails,
      validFor,
    },
    logId: { keyId: id.toString('base64') },
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(logs[1], `https://${logs[1].origin}`), log(logs[2], `https://${logs[2].origin}`, 'PKIX_ED25519')],
    certificateAuthorities: [authority(issuing, root)],
    ctlogs: [log(certificateLog, 'https://ct.test')],
    timestampAuthorities: [authority(...stampers)],
  };
}

/** What may differ from a signature that counts. */
export interface Signing extends Partial<Omit<LeafOptions, 'publicKey' | 'privateKey'>> {
  readonly holder?: Holder;
  readonly curve?: string;
  readonly hash?: string;
  readonly log?: LogKey | undefined;
  /** The version of Rekor; undefined logs nothing. */
  readonly rekor?: 1 | 2 | undefined;
  readonly stamped?: boolean;
  readonly at?: Date;
  /** Logs in the second version of Rekor as `dsse`. */
  readonly asDsse?: boolean;
  /** The certificate that the log has, where it is another one. */
  readonly logged?: Certificate;
}

function leafOf(instance: Instance, { holder = HOLDER, curve, ...rest }: Signing): Certificate {
  const notBefore = SIGNED_AT;
  const notAfter = new Date(SIGNED_AT.getTime() + 10 * MINUTE);
  const defaults = { ...newKey(curve), notBefore, notAfter, log: instance.certificateLog };
  return makeLeaf(holder, instance.issuing, { ...defaults, ...rest });
}

/** Signs a statement with a new certificate, as cosign 3 does, and gives the bundle. */
export function signStatement(instance: Instance, body: Buffer, signing: Signing = {}) {
  const { hash = 'sha256', at = SIGNED_AT, stamped = false } = signing;
  const rekor = 'rekor' in signing ? signing.rekor : 1;
  const leaf = leafOf(instance, signing);
  const sig = sign(hash, preAuthEncoding(STATEMENT_TYPE, body), leaf.privateKey);
  const entries =
    rekor === undefined ? [] : [logStatement(instance.logs[rekor], body, sig, { logged: leaf, ...signing })];
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: leaf.der.toString('base64') },
      tlogEntries: entries,
      timestampVerificationData: {
        rfc3161Timestamps: stamped ? [{ signedTimestamp: stampOf(instance, sig, at) }] : [],
      },
    },
    dsseEnvelope: {
      payload: body.toString('base64'),
      payloadType: STATEMENT_TYPE,
      signatures: [{ sig: sig.toString('base64') }],
    },
  };
}

/** Logs a statement as cosign does: as `dsse` in the first version of Rekor, as `hashedrekord` in the second, which also knows `dsse`. */
function logStatement(
  log: TransparencyLog,
  body: Buffer,
  sig: Buffer,
  { logged, at = SIGNED_AT, asDsse = false }: Signing & { readonly logged: Certificate },
): LogEntry {
  const content = sig.toString('base64');
  if (log.version === 1) {
    const spec = {
      envelopeHash: { algorithm: 'sha256', value: '00' },
      payloadHash: { algorithm: 'sha256', value: sha256(body).toString('hex') },
      signatures: [{ signature: content, verifier: Buffer.from(logged.pem).toString('base64') }],
    };
    return append(log, { kind: 'dsse', apiVersion: '0.0.1', spec }, at);
  }
  const x509Certificate = { rawBytes: logged.der.toString('base64') };
  const signature = { content, verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate } };
  const hashed = sha256(asDsse ? body : preAuthEncoding(STATEMENT_TYPE, body));
  const data = { algorithm: 'SHA2_256', digest: hashed.toString('base64') };
  return asDsse
    ? append(
        log,
        { kind: 'dsse', apiVersion: '0.0.2', spec: { dsseV002: { payloadHash: data, signatures: [signature] } } },
        at,
      )
    : append(log, { kind: 'hashedrekord', apiVersion: '0.0.2', spec: { hashedRekordV002: { data, signature } } }, at);
}

function stampOf({ stampers: [stamper, stampRoot] }: Instance, sig: Buffer, at: Date): string {
  return timestamp({ hash: sha256(sig) }, at, stamper, stampRoot.name).toString('base64');
}

/** Signs a payload with a new certificate, as cosign 2 does, and gives the annotations. */
export function signPayload(instance: Instance, payload: Buffer, signing: Signing = {}): Record<string, string> {
  const { hash = 'sha256', at = SIGNED_AT, stamped = false } = signing;
  const rekor = 'rekor' in signing ? signing.rekor : 1;
  const leaf = leafOf(instance, signing);
  const sig = sign(hash, payload, leaf.privateKey);
  const spec = {
    data: { hash: { algorithm: 'sha256', value: sha256(payload).toString('hex') } },
    signature: {
      content: sig.toString('base64'),
      publicKey: { content: Buffer.from((signing.logged ?? leaf).pem).toString('base64') },
    },
  };
  const entry =
    rekor === undefined
      ? undefined
      : append(instance.logs[rekor], { kind: 'hashedrekord', apiVersion: '0.0.1', spec }, at);
  return {
    'dev.cosignproject.cosign/signature': sig.toString('base64'),
    'dev.sigstore.cosign/certificate': leaf.pem,
    'dev.sigstore.cosign/chain': `${instance.issuing.pem}${instance.root.pem}`,
    ...(entry && { 'dev.sigstore.cosign/bundle': asAnnotation(entry) }),
    ...(stamped && {
      'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: stampOf(instance, sig, at) }),
    }),
  };
}
