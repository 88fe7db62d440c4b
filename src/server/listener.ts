import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** The most connections at once: Crossplane has one for each replica, and kubelets probe by another one. */
export const MAX_CONNECTIONS = 256;

/** A server that is listening. */
export interface Listener {
  readonly port: number;
  /** Takes no more connections. */
  close(): void;
  /** Ends the connections that are left. */
  destroy(): void;
}

/** The address to listen on. */
export interface ListenTarget {
  readonly host: string;
  readonly port: number;
}

/** Listens without TLS and hands each connection to `accept`. Rejects when it cannot listen. */
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

/** Has a server listen, with a bound on its connections; `onDropped` is called for each one beyond. Rejects when it cannot. */
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
