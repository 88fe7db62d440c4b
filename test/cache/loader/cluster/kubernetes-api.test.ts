import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { type KubernetesApi, kubernetesApi } from '../../../../src/cache/loader/cluster/kubernetes-api.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Starts an API server that sends the beginning of each response, and then calls `interrupt`. */
async function apiOf(interrupt: (response: ServerResponse) => void, timeout?: number): Promise<KubernetesApi> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{"a":1}\n', () => setTimeout(() => interrupt(response), 20));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const applyTo = async (options: { timeout?: number | undefined }) => {
    if (timeout !== undefined) options.timeout = timeout;
  };
  return kubernetesApi({ server: `http://127.0.0.1:${address.port}`, applyTo });
}

async function watchAll(api: KubernetesApi): Promise<void> {
  for await (const _ of api.watch('/x', {}));
}

const CALLS: [string, (api: KubernetesApi) => Promise<unknown>][] = [
  ['read', (api) => api.get('/x')],
  ['change', (api) => api.change('/x', { method: 'POST', body: '{}' })],
  ['watch', watchAll],
];

test.each(CALLS)('a connection that is reset during the response to a %s is an error of the call', async (_, call) => {
  const api = await apiOf((response) => response.socket?.resetAndDestroy());
  await expect(call(api)).rejects.toMatchObject({ code: 'API', message: expect.stringContaining('ECONNRESET') });
});

test.each(CALLS)('a response to a %s that stops is an error of the call', async (_, call) => {
  const api = await apiOf(() => undefined, 100);
  await expect(call(api)).rejects.toMatchObject({ code: 'API', message: expect.stringContaining('no response') });
});
