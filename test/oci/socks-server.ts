import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A SOCKS5 proxy in this process that leads every host name to one target (RFC 1928, CONNECT without authentication). */
export interface SocksServer {
  readonly url: string;
  /** What was asked for: `host:port`. */
  readonly seen: string[];
  close(): Promise<void>;
}

/** Starts a SOCKS5 proxy on loopback whose connections all end at `target` (`host:port`). */
export async function startSocks(target: string): Promise<SocksServer> {
  const [host = '', port = ''] = target.split(':');
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request) => {
        // VER CMD RSV ATYP=3 LENGTH NAME PORT; other types of addresses are not needed here.
        const length = request[4] ?? 0;
        seen.push(`${request.subarray(5, 5 + length).toString()}:${request.readUInt16BE(5 + length)}`);
        const onward = connect(Number(port), host, () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          onward.pipe(socket).pipe(onward);
        });
        sockets.add(onward);
        onward.on('error', () => socket.destroy());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `socks5://127.0.0.1:${own}`,
    seen,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
