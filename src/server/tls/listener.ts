import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { type Certificates, parseAuthorities } from './certificates.ts';
import { clientProblem } from './client-certificate.ts';

/** A TLS server that lets in clients of its authorities alone. */
export interface TlsListener {
  readonly port: number;
  /** Uses these certificates for connections from now on. */
  renew(certificates: Certificates): void;
  /** Takes no more connections. */
  close(): void;
  /** Ends the connections that are left. */
  destroy(): void;
}

/** Listens for HTTP/2 under mutual TLS and hands each connection let in to `accept`. Rejects when it cannot listen. */
export async function listenTls(
  target: { readonly host: string; readonly port: number },
  certificates: Certificates,
  logger: Logger,
  accept: (socket: TLSSocket) => void,
): Promise<TlsListener> {
  let authorities = parseAuthorities(certificates.caCertificate);
  const sockets = new Set<Socket>();
  const server = createServer({
    ...contextOf(certificates),
    ALPNProtocols: ['h2'],
    requestCert: true,
    rejectUnauthorized: false, // clientProblem decides
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', (socket) => {
    // A connection that breaks is its client's trouble.
    socket.on('error', (error) => logger.debug({ err: error }, 'a connection broke'));
    const problem = clientProblem(socket, authorities);
    if (problem === undefined) accept(socket);
    else {
      logger.warn({ remoteAddress: socket.remoteAddress, problem }, 'refused a client');
      socket.destroy();
    }
  });
  server.on('tlsClientError', (error) => logger.debug({ err: error }, 'a TLS handshake failed'));
  server.listen(target.port, target.host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    renew(renewed) {
      authorities = parseAuthorities(renewed.caCertificate);
      server.setSecureContext(contextOf(renewed));
    },
    close: () => server.close(),
    destroy: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function contextOf({ certificate, privateKey, caCertificate }: Certificates): SecureContextOptions {
  return { cert: certificate, key: privateKey, ca: caCertificate };
}
