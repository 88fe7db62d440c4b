import { describe, expect, test } from 'vitest';
import { type OciErrorCode, parseReference } from '../../../src/oci/index.ts';
import { rejection } from '../fixtures.ts';
import { clientSetup } from './client-setup.ts';

const { client, start } = clientSetup();

describe('invalid responses', () => {
  const cases: { name: string; status: number; body?: string; type?: string; code: OciErrorCode }[] = [
    { name: '401 without a challenge', status: 401, code: 'UNAUTHORIZED' },
    { name: '403', status: 403, code: 'DENIED' },
    { name: '404', status: 404, code: 'NOT_FOUND' },
    { name: '500', status: 500, code: 'REGISTRY_ERROR' },
    { name: '429', status: 429, code: 'RATE_LIMITED' },
    { name: '418', status: 418, code: 'REGISTRY_ERROR' },
    { name: '500 with HTML', status: 500, body: '<html>oops</html>', type: 'text/html', code: 'REGISTRY_ERROR' },
    { name: '200 with HTML', status: 200, body: '<html>login</html>', type: 'text/html', code: 'INVALID_RESPONSE' },
    { name: '200 with an empty body', status: 200, code: 'INVALID_MANIFEST' },
    { name: '200 with a body over the limit', status: 200, body: ' '.repeat(4 * 1024 * 1024 + 1), code: 'TOO_LARGE' },
    { name: '403 with a long body', status: 403, body: 'x'.repeat(1_000_000), code: 'DENIED' },
    { name: '403 with other JSON', status: 403, body: '{"errors":[{"code":1}]}', code: 'DENIED' },
  ];
  test.each(cases)('$name is $code', async ({ status, body = '', type = 'application/json', code }) => {
    const { registry, reference } = await start();
    registry.fault = (request, response) =>
      request.url !== '/v2/' && Boolean(response.writeHead(status, { 'content-type': type }).end(body));
    const error = await rejection(client().fetchManifest(reference), code);
    expect(error.message).not.toContain('<html>');
    expect(error.message.length).toBeLessThan(1000);
    if (status !== 200) expect(error.status).toBe(status);
  });

  test("an error contains the registry's message, and the missing repository or tag", async () => {
    const { reference } = await start();
    const error = await rejection(client().fetchManifest({ ...reference, tag: 'v9' }), 'NOT_FOUND');
    expect(error.registryErrors).toEqual([{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }]);
    expect(error.message).toBe(
      `cannot fetch the manifest ${reference.registry}/acme/cfg:v9: the registry returned 404 (MANIFEST_UNKNOWN: manifest unknown)`,
    );
  });

  test.each([
    { name: 'a response without headers', write: () => undefined },
    {
      name: 'an incomplete body',
      write: (response: import('node:http').ServerResponse) =>
        response.writeHead(200, { 'content-length': 100 }).write('{'),
    },
  ])('$name results in a timeout', async ({ write }) => {
    const { registry, reference } = await start();
    registry.fault = (request, response) => {
      if (request.url === '/v2/') return false;
      write(response);
      return true;
    };
    await rejection(client({ timeoutMs: 100 }).fetchManifest(reference), 'TIMEOUT');
  });

  test('an incomplete error body results in the error of its status', async () => {
    const { registry, reference } = await start();
    registry.fault = (request, response) => {
      if (request.url === '/v2/') return false;
      response.writeHead(403, { 'content-length': 100 }).write('{"errors":');
      return true;
    };
    await rejection(client({ timeoutMs: 100 }).fetchManifest(reference), 'DENIED');
  });

  test('a truncated body is a broken connection', async () => {
    const { registry, reference } = await start();
    registry.fault = (request, response) => {
      if (request.url === '/v2/') return false;
      response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy());
      return true;
    };
    await rejection(client().fetchManifest(reference), 'CONNECTION');
  });

  test('a host that does not respond, or does not exist, is a broken connection', async () => {
    const { registry, reference } = await start();
    await registry.close();
    await rejection(client().fetchManifest(reference), 'CONNECTION');
    await rejection(client().fetchManifest(parseReference('no-such-host.invalid/a:b')), 'CONNECTION');
  });

  test('a caller can cancel, and set a deadline', async () => {
    const { registry, reference } = await start();
    registry.fault = (request) => request.url !== '/v2/';
    const controller = new AbortController();
    const fetching = client().fetchManifest(reference, { signal: controller.signal });
    await expect.poll(() => registry.requests.some(({ url }) => url.includes('manifests'))).toBe(true);
    controller.abort();
    await rejection(fetching, 'CANCELED');
    await rejection(client().fetchManifest(reference, { signal: AbortSignal.timeout(50) }), 'TIMEOUT');
  });
});
