import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPreviewServer } from '../../src/preview/server.ts';

let folder = '';
let server: Server;
let port = 0;
let claim = 'first';
const read = async () => {
  if (claim === '') throw new Error('cannot read claim.yaml: no such file');
  return { claim, composition: '', observed: '', definition: '' };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'preview-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'main.js'), '//');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  server = await createPreviewServer(folder, read);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

async function get(path: string, { host = `127.0.0.1:${port}`, method = 'GET' } = {}) {
  const sent = request({ host: '127.0.0.1', port, path, method, headers: { host } }).end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

describe('the preview server', () => {
  test('serves its files with their media types', async () => {
    expect(await get('/?files')).toMatchObject({ status: 200, body: '<!doctype html>' });
    const { headers } = await get('/main.js');
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    expect((await get('/', { host: `localhost:${port}` })).status).toBe(200);
  });

  for (const [name, path, options, status] of [
    ['another host name, as in DNS rebinding', '/', { host: 'evil.example.com' }, 403],
    ['another host name with the port', '/events', { host: 'evil.example.com:80' }, 403],
    ['another method', '/', { method: 'POST' }, 405],
    ['a file of another type', '/secret.txt', {}, 404],
    ['a path outside the folder', '/../package.json', {}, 404],
    ['an encoded path outside the folder', '/%2e%2e%2fpackage.json', {}, 404],
    ['a path that is not a URL', '//', {}, 404],
  ] as const) {
    test(`refuses ${name}`, async () => expect((await get(path, options)).status).toBe(status));
  }

  test('sends the files when they change, and the error when they cannot be read', async () => {
    const sent = request({ host: '127.0.0.1', port, path: '/events', headers: { host: `127.0.0.1:${port}` } }).end();
    const [response] = await once(sent, 'response');
    expect(response.headers['content-type']).toBe('text/event-stream');
    const next = async () => JSON.parse(String((await once(response, 'data'))[0]).replace(/^data: /, ''));
    expect(await next()).toEqual({ claim: 'first', composition: '', observed: '', definition: '' });
    claim = 'second';
    expect(await next()).toMatchObject({ claim: 'second' });
    claim = '';
    expect(await next()).toEqual({ failure: 'cannot read claim.yaml: no such file' });
    sent.destroy();
  });
});
