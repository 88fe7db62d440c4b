import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/index.ts';
import { rejection } from '../fixtures.ts';
import { fail } from '../registry-server.ts';
import { AUTH, clientSetup, LOGIN, shown } from './client-setup.ts';

const { client, start } = clientSetup();

describe('manifests', () => {
  test('are fetched with their exact bytes, by tag and by digest', async () => {
    const { image, reference } = await start();
    const { digest } = image.document.descriptor;
    expect(await client().fetchManifest(reference)).toEqual(image.document);
    expect(await client().fetchManifest({ ...reference, digest })).toEqual(image.document);
  });

  test('are resolved with HEAD, and with GET if the response to HEAD is incomplete', async () => {
    const { registry, image, reference } = await start();
    const { mediaType, size, digest } = image.document.descriptor;
    expect(await client().resolve(reference)).toEqual({ mediaType, size, digest });
    expect(registry.requests.at(-1)?.method).toBe('HEAD');
    registry.fault = (request, response) => request.method === 'HEAD' && Boolean(response.writeHead(405).end());
    expect(await client().resolve(reference)).toEqual({ mediaType, size, digest });
    expect(registry.requests.at(-1)?.method).toBe('GET');
  });

  test('with another digest than requested are refused, regardless of the header', async () => {
    const { registry, image, reference } = await start();
    const digest = digestOf(Buffer.from('other'));
    registry.fault = (request, response) => {
      if (request.method !== 'GET' || !request.url?.includes('/manifests/')) return false;
      response.writeHead(200, { 'content-type': image.document.descriptor.mediaType, 'docker-content-digest': digest });
      response.end(image.document.bytes);
      return true;
    };
    await rejection(client().fetchManifest({ ...reference, digest }), 'DIGEST_MISMATCH');
  });
});

describe('retries', () => {
  test.each([408, 429, 500, 502, 503, 504])('success after %i is a success', async (status) => {
    const { registry, image, reference } = await start();
    registry.fault = (request, response, count) =>
      request.url !== '/v2/' && count < 3 && Boolean(response.writeHead(status).end());
    expect(await client().fetchManifest(reference)).toEqual(image.document);
  });

  test('success after a broken connection is a success', async () => {
    const { registry, image, reference } = await start();
    registry.fault = (request, response, count) => request.url !== '/v2/' && count < 2 && Boolean(response.destroy());
    expect(await client().fetchManifest(reference)).toEqual(image.document);
  });

  test('404 is not repeated', async () => {
    const { registry, reference } = await start();
    await rejection(client().fetchManifest({ ...reference, tag: 'v9' }), 'NOT_FOUND');
    expect(registry.requests.filter(({ url }) => url.includes('v9'))).toHaveLength(1);
  });

  test('Retry-After is honored, and one that is too long ends the attempts', async () => {
    const { registry, image, reference } = await start();
    let after = '0';
    registry.fault = (request, response, count) =>
      request.url !== '/v2/' &&
      (after !== '0' || count < 1) &&
      Boolean(response.writeHead(429, { 'retry-after': after }).end());
    expect(await client().fetchManifest(reference)).toEqual(image.document);
    after = '3600';
    const before = registry.requests.length;
    const error = await rejection(client().fetchManifest(reference), 'RATE_LIMITED');
    expect(error.retryAfterMs).toBe(3_600_000);
    expect(registry.requests.length).toBe(before + 2);
  });
});

test('a password that the registry repeats in an error is masked', async () => {
  const { registry, reference } = await start({ auth: { kind: 'basic', ...AUTH } });
  registry.fault = (request, response) => {
    const sent = request.headers.authorization;
    if (sent === undefined) return false;
    const basic = sent.split(' ')[1] ?? '';
    fail(response, 403, 'DENIED', `user robot with ${Buffer.from(basic, 'base64')} (${basic}) may not`);
    return true;
  };
  const error = await rejection(client({ credentials: LOGIN }).fetchManifest(reference), 'DENIED');
  expect(error.message).toContain('REDACTED');
  expect(shown(error)).not.toContain(AUTH.password);
  expect(shown(error)).not.toContain(Buffer.from(`robot:${AUTH.password}`).toString('base64'));
});
