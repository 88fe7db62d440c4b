import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bits, der, explicit, integer, isTrue, octets, oid, sequence, set, utcTime, utf8 } from './der.ts';

/** Whom a certificate is of, as Fulcio writes it. */
export interface Holder {
  readonly issuer: string;
  readonly subject: string;
}

/** A certificate with its private key. */
export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The encoded subject. */
  readonly name: Buffer;
  readonly serial: Buffer;
}

/** A log of certificates (RFC 6962) or of signatures, by its key. */
export interface LogKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly id: Buffer;
}

export interface LeafOptions {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Default: code signing. */
  readonly usage?: string;
  /** Undefined leaves the proof of the log out. */
  readonly log: LogKey | undefined;
  /** Writes the issuer as the first version of Fulcio does only. */
  readonly oldIssuer?: boolean;
}

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
export const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();
export const toPem = (content: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${content.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;

const extension = (id: string, value: Buffer, critical = false) =>
  sequence(oid(id), ...(critical ? [isTrue] : []), octets(value));
const keyId = (key: KeyObject) => createHash('sha1').update(spki(key)).digest();
const subjectKey = (key: KeyObject) => extension('2.5.29.14', octets(keyId(key)));
const authorityKey = (key: KeyObject) => extension('2.5.29.35', sequence(der(0x80, keyId(key))));
const nameOf = (text: string) => sequence(set(sequence(oid('2.5.4.3'), utf8(text))));
/** The bits of keyCertSign and cRLSign, or of digitalSignature. */
const keyUsage = (isAuthority: boolean) =>
  extension('2.5.29.15', isAuthority ? bits(Buffer.of(0x06), 1) : bits(Buffer.of(0x80), 7), true);

export function newKey(curve = 'P-256') {
  return generateKeyPairSync('ec', { namedCurve: curve });
}

export function newLogKey(): LogKey {
  const { privateKey, publicKey } = newKey();
  return { privateKey, publicKey, id: sha256(spki(publicKey)) };
}

/** Makes a certificate authority, signed by another one or by itself, with a new key and the serial number 1 unless told otherwise. */
export function makeAuthority(
  title: string,
  valid: { notBefore: Date; notAfter: Date },
  by?: Certificate,
  { keys = newKey(), serial = 1 }: { readonly keys?: ReturnType<typeof newKey>; readonly serial?: number } = {},
): Certificate {
  return certify({
    ...keys,
    ...valid,
    serial: integer(serial),
    name: nameOf(title),
    by,
    extensions: [
      keyUsage(true),
      extension('2.5.29.19', sequence(isTrue), true),
      subjectKey(keys.publicKey),
      ...(by === undefined ? [] : [authorityKey(by.publicKey)]),
    ],
  });
}

/** Makes the certificate of a timestamp authority. */
export function makeStamper(title: string, valid: { notBefore: Date; notAfter: Date }, by: Certificate): Certificate {
  const usage = extension('2.5.29.37', sequence(oid(TIME_STAMPING)), true);
  const keys = newKey();
  return certify({
    ...keys,
    ...valid,
    name: nameOf(title),
    by,
    extensions: [keyUsage(false), usage, authorityKey(by.publicKey)],
  });
}

/** Makes the certificate of a signer, as Fulcio does (its docs/certificate-specification.md). */
export function makeLeaf({ issuer, subject }: Holder, by: Certificate, options: LeafOptions): Certificate {
  const { publicKey, usage = CODE_SIGNING, log, oldIssuer = false } = options;
  const name = der(subject.includes('://') ? 0x86 : 0x81, Buffer.from(subject));
  const extensions = [
    keyUsage(false),
    extension('2.5.29.37', sequence(oid(usage))),
    subjectKey(publicKey),
    authorityKey(by.publicKey),
    extension('2.5.29.17', sequence(name), true),
    extension('1.3.6.1.4.1.57264.1.1', Buffer.from(issuer)),
    ...(oldIssuer ? [] : [extension('1.3.6.1.4.1.57264.1.8', utf8(issuer))]),
  ];
  const parts = { ...options, name: sequence(), by, extensions, serial: integer(Buffer.from('11182004', 'hex')) };
  if (log === undefined) return certify(parts);
  const proof = promise(log, by, toBeSigned(parts), options.notBefore);
  return certify({ ...parts, extensions: [...extensions, extension('1.3.6.1.4.1.11129.2.4.2', octets(proof))] });
}

/** The list of one signed certificate timestamp (RFC 6962, section 3.2). */
function promise(log: LogKey, by: Certificate, certificate: Buffer, at: Date): Buffer {
  const numberOf = (value: number, bytes: number) => Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');
  const when = numberOf(at.getTime(), 8);
  const head = Buffer.concat([Buffer.of(0, 0), when, Buffer.of(0, 1), sha256(spki(by.publicKey))]);
  const message = Buffer.concat([head, numberOf(certificate.length, 3), certificate, Buffer.of(0, 0)]);
  const signature = sign('sha256', message, log.privateKey);
  const sct = Buffer.concat([
    Buffer.of(0),
    log.id,
    when,
    Buffer.of(0, 0, 4, 3),
    numberOf(signature.length, 2),
    signature,
  ]);
  return Buffer.concat([numberOf(sct.length + 2, 2), numberOf(sct.length, 2), sct]);
}

interface Parts {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly name: Buffer;
  readonly serial?: Buffer;
  readonly by: Certificate | undefined;
  readonly extensions: readonly Buffer[];
}

function toBeSigned({ publicKey, notBefore, notAfter, name, by, extensions, serial = integer(1) }: Parts): Buffer {
  const validity = sequence(utcTime(notBefore), utcTime(notAfter));
  const head = [explicit(0, integer(2)), serial, ECDSA_SHA256, by?.name ?? name, validity, name];
  return sequence(...head, spki(publicKey), explicit(3, sequence(...extensions)));
}

function certify(parts: Parts): Certificate {
  const { by, privateKey, publicKey, name, serial = integer(1) } = parts;
  const content = toBeSigned(parts);
  const signature = sign('sha256', content, by?.privateKey ?? privateKey);
  const certificate = sequence(content, ECDSA_SHA256, bits(signature));
  return { der: certificate, pem: toPem(certificate), privateKey, publicKey, name, serial };
}
