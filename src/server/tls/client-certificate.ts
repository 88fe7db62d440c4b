import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Returns the reason to refuse a client, or undefined if one of `authorities` has issued its certificate. */
export function clientProblem(socket: TLSSocket, authorities: readonly X509Certificate[]): string | undefined {
  // Checked first, because node:tls reports a resumed TLS 1.3 session as authorized even if it never had a certificate.
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return 'the client did not present a certificate';
  if (socket.authorized) return undefined;
  const problem = String(socket.authorizationError);
  // Crossplane's authority and all certificates that it issues have the same name and no key IDs. OpenSSL treats a certificate with the
  // name of its issuer as self-signed and does not look for an issuer, so that is done here. OpenSSL has checked its dates and its purpose,
  // and would have reported problems with those.
  if (problem !== 'DEPTH_ZERO_SELF_SIGNED_CERT') return problem;
  const now = new Date();
  const isIssued = authorities.some((authority) => issued(authority, certificate, now));
  return isIssued ? undefined : 'the certificate was not issued by an authority in ca.crt';
}

function issued(authority: X509Certificate, certificate: X509Certificate, now: Date): boolean {
  const isCurrent = new Date(authority.validFrom) <= now && now <= new Date(authority.validTo);
  return authority.ca && isCurrent && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
