import { describe, expect, test } from 'vitest';
import type { CredentialSource } from '../../../src/oci/index.ts';
import { rejection } from '../fixtures.ts';
import { fail } from '../registry-server.ts';
import { AUTH, clientSetup, LOGIN, shown } from './client-setup.ts';

const { client, start } = clientSetup();

describe('authentication', () => {
  test.each(['basic', 'bearer'] as const)('%s works, and the client responds to the challenge once', async (kind) => {
    const { registry, image, reference } = await start({ auth: { kind, ...AUTH } });
    const made = client({ credentials: LOGIN });
    expect(await made.fetchManifest(reference)).toEqual(image.document);
    const before = registry.requests.length;
    expect(await made.fetchManifest(reference)).toEqual(image.document);
    expect(registry.requests.length).toBe(before + 1);
  });

  test.each(['basic', 'bearer'] as const)('%s without credentials is UNAUTHORIZED', async (kind) => {
    const { reference } = await start({ auth: { kind, ...AUTH } });
    const error = await rejection(client().fetchManifest(reference), 'UNAUTHORIZED');
    expect(error.message).toMatch(/ returned 401\b.*; no login found for 127\.0\.0\.1:\d+$/);
  });

  test.each(['basic', 'bearer'] as const)(
    '%s with a wrong password is UNAUTHORIZED, without showing it',
    async (kind) => {
      const { reference } = await start({ auth: { kind, ...AUTH } });
      const credentials: CredentialSource = {
        get: async () => ({ kind: 'basic', username: 'robot', password: 'wrong-and-secret', from: 'a file' }),
      };
      const error = await rejection(client({ credentials }).fetchManifest(reference), 'UNAUTHORIZED');
      expect(error.message).toMatch(/ returned 401\b.*; with the login from a file$/);
      expect(shown(error)).not.toContain('wrong-and-secret');
      expect(shown(error)).not.toContain(Buffer.from('robot:wrong-and-secret').toString('base64'));
    },
  );

  test('concurrent calls share one token request', async () => {
    const { registry, reference } = await start({ auth: { kind: 'bearer', ...AUTH } });
    const made = client({ credentials: LOGIN });
    await made.fetchManifest(reference);
    registry.tokens.clear();
    await Promise.all(Array.from({ length: 10 }, () => made.resolve(reference)));
    const asked = registry.requests.filter(({ url }) => url.startsWith('/token'));
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(asked[0]?.url).toContain('scope=repository%3Aacme%2Fcfg%3Apull');
  });

  test('a token that the registry no longer accepts is replaced', async () => {
    const { registry, image, reference } = await start({ auth: { kind: 'bearer', ...AUTH } });
    const made = client({ credentials: LOGIN });
    await made.fetchManifest(reference);
    registry.tokens.clear();
    expect(await made.fetchManifest(reference)).toEqual(image.document);
  });

  test('an identity token is exchanged for an access token, with GET if POST is not supported', async () => {
    const { registry, image, reference } = await start({ auth: { kind: 'bearer', ...AUTH } });
    const credentials: CredentialSource = { get: async () => ({ kind: 'identity-token', token: AUTH.password }) };
    expect(await client({ credentials }).fetchManifest(reference)).toEqual(image.document);
    expect(registry.requests.find(({ url }) => url.startsWith('/token'))?.method).toBe('POST');
    registry.fault = (request, response) => {
      if (request.method === 'POST') return Boolean(response.writeHead(404).end());
      registry.tokens.add('from-get');
      return Boolean(request.url?.startsWith('/token') && response.end('{"access_token":"from-get"}'));
    };
    registry.tokens.clear();
    expect(await client({ credentials }).fetchManifest(reference)).toEqual(image.document);
  });

  test('a registry token is sent unchanged', async () => {
    const { registry, image, reference } = await start({ auth: { kind: 'bearer', ...AUTH } });
    registry.tokens.add('given-token');
    const credentials: CredentialSource = { get: async () => ({ kind: 'registry-token', token: 'given-token' }) };
    expect(await client({ credentials }).fetchManifest(reference)).toEqual(image.document);
    expect(registry.requests.some(({ url }) => url.startsWith('/token'))).toBe(false);
  });

  test.each([403, 400])(
    "ECR's expired token (%i without a challenge) drops the credentials once and asks again",
    async (status) => {
      const { registry, image, reference } = await start({ auth: { kind: 'basic', username: 'AWS', password: 'new' } });
      let password = 'new';
      let drops = 0;
      const credentials: CredentialSource = {
        get: async () => ({ kind: 'basic', username: 'AWS', password }),
        drop: () => {
          drops += 1;
          password = 'new';
        },
      };
      const made = client({ credentials });
      await made.fetchManifest(reference);
      password = 'old';
      registry.fault = (request, response) => {
        const sent = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64').toString();
        if (sent !== 'AWS:old') return false;
        fail(response, status, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.');
        return true;
      };
      expect(await made.fetchManifest(reference)).toEqual(image.document);
      expect(drops).toBe(1);
    },
  );

  test('after a 403 for another reason, the credentials are kept and the request is not repeated', async () => {
    const { registry, reference } = await start();
    let drops = 0;
    const credentials: CredentialSource = { ...LOGIN, drop: () => (drops += 1) };
    registry.fault = (request, response) => {
      if (request.url === '/v2/') return false;
      fail(response, 403, 'DENIED', 'no pull access');
      return true;
    };
    await rejection(client({ credentials }).fetchManifest(reference), 'DENIED');
    expect(drops).toBe(0);
    expect(registry.requests.filter(({ url }) => url.includes('manifests'))).toHaveLength(1);
  });

  test.each([
    { name: 'too large', body: `{"token":"${'x'.repeat(70_000)}"}`, code: 'TOO_LARGE' },
    { name: 'HTML', body: '<html>', code: 'INVALID_RESPONSE' },
    { name: 'without a token', body: '{}', code: 'INVALID_RESPONSE' },
    { name: 'a token with a line break', body: '{"token":"a\\r\\nx: y"}', code: 'INVALID_RESPONSE' },
  ] as const)('a token response that is $name is refused', async ({ body, code }) => {
    const { registry, reference } = await start({ auth: { kind: 'bearer', ...AUTH } });
    registry.fault = (request, response) => Boolean(request.url?.startsWith('/token') && response.end(body));
    await rejection(client({ credentials: LOGIN }).fetchManifest(reference), code);
  });

  test.each([
    { realm: 'http://169.254.169.254/latest/meta-data', code: 'REFUSED_REDIRECT' },
    { realm: 'https://10.0.0.1/token', code: 'REFUSED_REDIRECT' },
    { realm: 'https://[fe80::1]/token', code: 'REFUSED_REDIRECT' },
    { realm: 'http://127.0.0.2:1/token', code: 'REFUSED_REDIRECT' },
    { realm: 'file:///etc/passwd', code: 'REFUSED_REDIRECT' },
    { realm: 'not a url', code: 'INVALID_RESPONSE' },
  ] as const)('no request is sent to the realm $realm', async ({ realm, code }) => {
    const { registry, reference } = await start();
    registry.fault = (request, response) => {
      if (request.url === '/v2/') return false;
      response.setHeader('www-authenticate', `Bearer realm="${realm}"`);
      fail(response, 401, 'UNAUTHORIZED', 'x');
      return true;
    };
    await rejection(client({ credentials: LOGIN }).fetchManifest(reference), code);
  });

  test('a redirect of a realm to a private address is refused', async () => {
    const { registry, reference } = await start({ auth: { kind: 'bearer', ...AUTH } });
    registry.fault = (request, response) =>
      request.url?.startsWith('/token') === true &&
      Boolean(response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end());
    await rejection(client({ credentials: LOGIN }).fetchManifest(reference), 'REFUSED_REDIRECT');
  });
});
