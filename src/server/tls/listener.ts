import { createServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { type Listener, type ListenTarget, listen } from '../listener.ts';
import { type Certificates, parseAuthorities } from './certificates.ts';
import { clientProblem } from './client-certificate.ts';

/** A TLS server that lets in clients of its authorities alone. */
export interface TlsListener extends Listener {
  /** Uses these certificates for connections from now on. */
  renew(certificates: Certificates): void;
}

/** Longest time for a handshake, in milliseconds, so that peers without a certificate cannot hold connections. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Listens for HTTP/2 under mutual TLS and hands each connection let in to `accept`. Rejects when it cannot listen. */
export async function listenTls(
  target: ListenTarget,
  certificates: Certificates,
  logger: Logger,
  accept: (socket: TLSSocket) => void,
  onRefused: (reason: 'certificate' | 'handshake' | 'limit') => void,
): Promise<TlsListener> {
  let authorities = parseAuthorities(certificates.caCertificate);
  const server = createServer({
    ...contextOf(certificates),
    ALPNProtocols: ['h2'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    requestCert: true,
    rejectUnauthorized: false, // clientProblem decides
  });
  server.on('secureConnection', (socket) => {
    // A broken connection concerns its client only.
    socket.on('error', (error) => logger.debug({ err: error }, 'a connection broke'));
    const problem = clientProblem(socket, authorities);
    if (problem === undefined) accept(socket);
    else {
      onRefused('certificate');
      logger.warn({ remoteAddress: socket.remoteAddress, problem }, 'refused a client');
      socket.destroy();
    }
  });
  server.on('tlsClientError', (error) => {
    onRefused('handshake');
    logger.debug({ err: error }, 'a TLS handshake failed');
  });
  const listener = await listen(server, target, () => onRefused('limit'));
  return {
    ...listener,
    renew(renewed) {
      authorities = parseAuthorities(renewed.caCertificate);
      server.setSecureContext(contextOf(renewed));
    },
  };
}

function contextOf({ certificate, privateKey, caCertificate }: Certificates): SecureContextOptions {
  return { cert: certificate, key: privateKey, ca: caCertificate };
}
