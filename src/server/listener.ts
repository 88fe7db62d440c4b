import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** The maximum number of simultaneous connections. Each replica of Crossplane opens one, and kubelets open others for probes. */
export const MAX_CONNECTIONS = 256;

/** A server that is listening. */
export interface Listener {
  readonly port: number;
  /** Stops accepting connections. */
  close(): void;
  /** Closes the remaining connections. */
  destroy(): void;
}

/** The address to listen on. */
export interface ListenTarget {
  readonly host: string;
  readonly port: number;
}

/** Listens without TLS and passes each connection to `accept`. Rejects if it cannot listen. */
export function listenPlain(
  target: ListenTarget,
  accept: (socket: Socket) => void,
  onDropped: () => void,
): Promise<Listener> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    accept(socket);
  });
  return listen(server, target, onDropped);
}

/**
 * Makes a server listen, with a limit on its connections. `onDropped` is called for each connection over the limit. Rejects if the server
 * cannot listen.
 */
export async function listen(server: Server, { host, port }: ListenTarget, onDropped: () => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.maxConnections = MAX_CONNECTIONS;
  server.on('drop', onDropped);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => server.close(),
    destroy: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
