import type { ASN1Obj, X509Certificate } from '@sigstore/core';
import { createPacer } from '../../internal/async/pacer.ts';
import { utf8Text } from '../../internal/bytes/bytes.ts';
import { OciError, quote } from '../errors.ts';
import { compileExpression } from '../name/expression.ts';

/** An expected identity of a certificate, as Go regular expressions. Each must match a part of the text. */
export interface Identity {
  /** Matches the URL of the issuer. */
  readonly issuer: string;
  /** Matches an email address, a URI or a name. */
  readonly subject: string;
}

/** The identity in a certificate. */
export interface CertifiedIdentity {
  readonly issuer: string;
  readonly subjects: readonly string[];
}

/** The limit of a text in characters, since matching longer ones would take long. */
const MAX_LENGTH = 1_000;
const MAX_SUBJECTS = 20;
/** The time limit for matching all signatures, in milliseconds. */
const MAX_MS = 5_000;

// Fulcio, docs/oid-info.md. The newer extension is encoded in DER, the older one is plain text.
const ISSUER_V2 = '1.3.6.1.4.1.57264.1.8';
const ISSUER_V1 = '1.3.6.1.4.1.57264.1.1';
const OTHER_NAME = '1.3.6.1.4.1.57264.1.7';
// RFC 5280, section 4.2.1.6.
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const [OTHER, EMAIL, URI] = [0, 1, 6];

/** Reads the identity in a certificate. A missing issuer is an empty string. */
export function identityOf(certificate: X509Certificate): CertifiedIdentity {
  const issuer =
    certificate.extension(ISSUER_V2)?.valueObj.subs[0]?.value ?? certificate.extension(ISSUER_V1)?.value ?? Buffer.of();
  const names = certificate.extension(SUBJECT_ALTERNATIVE_NAME)?.valueObj.subs[0]?.subs ?? [];
  return {
    issuer: textOf(issuer),
    subjects: names
      .slice(0, MAX_SUBJECTS)
      .map(nameOf)
      .filter((name) => name !== ''),
  };
}

function nameOf(name: ASN1Obj): string {
  if (name.tag.isContextSpecific(EMAIL) || name.tag.isContextSpecific(URI)) return textOf(name.value);
  const [type, value] = name.subs;
  const isKnown = name.tag.isContextSpecific(OTHER) && type?.toOID() === OTHER_NAME;
  return isKnown ? textOf(value?.subs[0]?.value ?? Buffer.of()) : '';
}

function textOf(bytes: Uint8Array): string {
  return bytes.byteLength > MAX_LENGTH ? '' : utf8Text(bytes);
}

/**
 * Compiles identities to a function that returns the subject of a certificate that matches one of them, else undefined. Throws
 * `INVALID_CONSTRAINT`; the function throws `TOO_LARGE` when its calls exceed 5 s in total. One match of a malicious expression can block its
 * thread for a tenth of a second.
 */
export async function identityMatcher(
  identities: readonly Identity[],
): Promise<(identity: CertifiedIdentity) => Promise<string | undefined>> {
  const matchers = await Promise.all(
    identities.map(async ({ issuer, subject }) => ({
      isIssuer: await compileExpression(issuer, 'expression for issuers'),
      isSubject: await compileExpression(subject, 'expression for subjects'),
    })),
  );
  const pacer = createPacer(MAX_MS, () => {
    return new OciError('TOO_LARGE', `cannot verify: comparing identities takes more than ${MAX_MS / 1_000} s`);
  });
  return async ({ issuer, subjects }) => {
    for (const { isIssuer, isSubject } of issuer === '' ? [] : matchers) {
      await pacer.giveWay();
      if (!pacer.run(() => isIssuer(issuer))) continue;
      for (const subject of subjects) {
        await pacer.giveWay();
        if (pacer.run(() => isSubject(subject))) return subject;
      }
    }
    return undefined;
  };
}

/** Formats an identity for a message. */
export function describeIdentity({ issuer, subjects }: CertifiedIdentity): string {
  return `${quote(subjects[0] ?? '')} of ${quote(issuer)}`;
}
