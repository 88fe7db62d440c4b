import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Returns why the client is refused, or undefined when one of `authorities` has issued its certificate. */
export function clientProblem(socket: TLSSocket, authorities: readonly X509Certificate[]): string | undefined {
  // First of all, because node:tls calls a TLS 1.3 session that is resumed authorized even when it never had a certificate.
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return 'it shows no certificate';
  if (socket.authorized) return undefined;
  const problem = String(socket.authorizationError);
  // Crossplane gives its authority and all it issues one and the same name, without key ids. OpenSSL takes a certificate that bears its
  // issuer's name for self-signed and looks for no issuer, so that is done here. Its dates and its purpose OpenSSL has looked at, and
  // would name instead of this problem.
  if (problem !== 'DEPTH_ZERO_SELF_SIGNED_CERT') return problem;
  const now = new Date();
  const isIssued = authorities.some((authority) => issued(authority, certificate, now));
  return isIssued ? undefined : 'no authority in ca.crt issued its certificate';
}

function issued(authority: X509Certificate, certificate: X509Certificate, now: Date): boolean {
  const isCurrent = new Date(authority.validFrom) <= now && now <= new Date(authority.validTo);
  return authority.ca && isCurrent && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
