import { sign } from 'node:crypto';
import { type Certificate, sha256 } from './certificates.ts';
import { explicit, integer, octets, oid, sequence, set, time } from './der.ts';

const SIGNED_DATA = oid('1.2.840.113549.1.7.2');
const TIMESTAMP_INFO = oid('1.2.840.113549.1.9.16.1.4');
const CONTENT_TYPE = oid('1.2.840.113549.1.9.3');
const MESSAGE_DIGEST = oid('1.2.840.113549.1.9.4');
const SHA256 = sequence(oid('2.16.840.1.101.3.4.2.1'));
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/** What a timestamp is asked for: a hash, and a number that the answer must repeat. */
export interface TimestampRequest {
  readonly hash: Uint8Array;
  readonly nonce?: Buffer;
}

/** The answer of a timestamp authority (RFC 3161, section 2.4.2). */
export function timestamp({ hash, nonce }: TimestampRequest, at: Date, by: Certificate, issuer: Buffer): Buffer {
  const imprint = sequence(SHA256, octets(hash));
  const rest = nonce === undefined ? [] : [integer(nonce)];
  const info = sequence(integer(1), oid('1.3.6.1.4.1.57264.2'), imprint, integer(77), time(at), ...rest);
  const attributes = [sequence(CONTENT_TYPE, set(TIMESTAMP_INFO)), sequence(MESSAGE_DIGEST, set(octets(sha256(info))))];
  const signer = sequence(
    integer(1),
    sequence(issuer, by.serial),
    SHA256,
    explicit(0, ...attributes),
    ECDSA_SHA256,
    octets(sign('sha256', set(...attributes), by.privateKey)),
  );
  const signed = sequence(
    integer(3),
    set(SHA256),
    sequence(TIMESTAMP_INFO, explicit(0, octets(info))),
    explicit(0, by.der),
    set(signer),
  );
  return sequence(sequence(integer(0)), sequence(SIGNED_DATA, explicit(0, signed)));
}
