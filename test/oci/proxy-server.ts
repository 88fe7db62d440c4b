import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A forward proxy in this process that leads every host name to one target, so that tests need no DNS. */
export interface ProxyServer {
  readonly url: string;
  /** What was asked for: `CONNECT host:port` or `GET http://…`. */
  readonly seen: string[];
  /** Values of Proxy-Authorization. */
  readonly authorizations: (string | undefined)[];
  close(): Promise<void>;
}

/** Starts a proxy on loopback whose tunnels and requests all end at `target` (`host:port`). */
export async function startProxy(target: string): Promise<ProxyServer> {
  const [host = '', port = ''] = target.split(':');
  const seen: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const note = (request: IncomingMessage) => {
    seen.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers['proxy-authorization']);
  };
  const server = createServer((request, response) => {
    note(request);
    const { pathname, search } = new URL(request.url ?? '');
    const { method, headers } = request;
    const onward = httpRequest({ host, port, path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    note(request);
    const onward = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    onward.pipe(socket).pipe(onward);
    for (const side of [onward, socket]) side.on('error', () => side.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    seen,
    authorizations,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
