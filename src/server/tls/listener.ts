import { createServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { type Listener, type ListenTarget, listen } from '../listener.ts';
import { type Certificates, parseAuthorities } from './certificates.ts';
import { clientProblem } from './client-certificate.ts';

/** A TLS server that only accepts clients with a certificate of its authorities. */
export interface TlsListener extends Listener {
  /** Uses these certificates for new connections. */
  renew(certificates: Certificates): void;
}

/** The maximum duration of a handshake, in milliseconds, so that peers without a certificate cannot keep connections open. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Listens for HTTP/2 with mutual TLS and passes each accepted connection to `accept`. Rejects if it cannot listen. */
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
    // A broken connection only affects its client.
    socket.on('error', (error) => logger.debug({ err: error }, 'connection failed'));
    const problem = clientProblem(socket, authorities);
    if (problem === undefined) accept(socket);
    else {
      onRefused('certificate');
      logger.warn({ remoteAddress: socket.remoteAddress, problem }, 'refused client');
      socket.destroy();
    }
  });
  server.on('tlsClientError', (error) => {
    onRefused('handshake');
    logger.debug({ err: error }, 'TLS handshake failed');
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
