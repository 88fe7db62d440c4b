import { once } from 'node:events';
import { type ConnectionOptions, connect, createServer } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { parseAuthorities } from '../../../src/server/tls/certificates.ts';
import { clientProblem } from '../../../src/server/tls/client-certificate.ts';
import { makeAuthority, makeIdentity } from '../make-certificates.ts';

const authority = makeAuthority('authority');
const server = makeIdentity('server', authority);
const client = makeIdentity('client', authority);
const authorities = parseAuthorities(Buffer.from(authority.certificate));

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that ends each connection after the client has received its session. */
async function judge() {
  const verdicts: { problem: string | undefined; resumed: boolean }[] = [];
  const listener = createServer(
    {
      cert: server.certificate,
      key: server.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      socket.on('error', () => undefined);
      verdicts.push({ problem: clientProblem(socket, authorities), resumed: socket.isSessionReused() });
      setImmediate(() => socket.end());
    },
  ).listen(0, '127.0.0.1');
  closing.push(() => listener.close());
  await once(listener, 'listening');
  const address = listener.address();
  return { verdicts, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

/** Connects once, and returns the session for resumption. */
async function visit(options: ConnectionOptions): Promise<Buffer | undefined> {
  let session: Buffer | undefined;
  const socket = connect({ host: '127.0.0.1', ca: authority.certificate, ...options });
  socket.on('session', (offered) => {
    session = offered;
  });
  socket.resume();
  await once(socket, 'close');
  return session;
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  describe(`a resumed session of ${maxVersion}`, () => {
    for (const { name, identity, problem } of [
      {
        name: 'is refused if the client presented no certificate',
        identity: {},
        problem: 'the client did not present a certificate',
      },
      {
        name: 'is accepted if the client presented one',
        identity: { cert: client.certificate, key: client.key },
        problem: undefined,
      },
    ]) {
      test(name, async () => {
        const { port, verdicts } = await judge();
        const session = await visit({ port, maxVersion, ...identity });
        if (session === undefined) throw new Error('the server offered no session');
        await visit({ port, maxVersion, session, ...identity });
        expect(verdicts).toEqual([
          { problem, resumed: false },
          { problem, resumed: true },
        ]);
      });
    }
  });
}
