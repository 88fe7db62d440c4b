import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type CredentialSource,
  createRegistryClient,
  digestOf,
  type OciErrorCode,
  parseReference,
  type Reference,
  type RegistryClientOptions,
} from '../../../src/oci/index.ts';
import { collect, FAST_RETRY, rejection, smallImage } from '../fixtures.ts';
import { fail, type RegistryServer, type RegistryServerOptions, startRegistry } from '../registry-server.ts';

const AUTH = { username: 'robot', password: 'correct horse battery staple' };
const LOGIN: CredentialSource = { get: async () => ({ kind: 'basic', ...AUTH }) };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(options: RegistryServerOptions = {}) {
  const registry = await startRegistry(options);
  closing.push(() => registry.close());
  const image = await smallImage();
  registry.putManifest('acme/cfg', 'v1', image.document.bytes, image.document.descriptor.mediaType);
  registry.blobs.set(image.config.descriptor.digest, await collect(image.config.open()));
  const reference = parseReference(`${registry.host}/acme/cfg:v1`);
  return { registry, image, reference };
}

function client(options: RegistryClientOptions = {}) {
  const made = createRegistryClient({ retry: FAST_RETRY, ...options });
  closing.push(() => made.close());
  return made;
}

/** Everything an error could show: message, stack, properties, and the same of its causes. */
const shown = (error: unknown) => inspect(error, { depth: 20, showHidden: true });

describe('content that a descriptor embeds', () => {
  const content = Buffer.from('content');
  const descriptor = { mediaType: 'text/plain', size: content.byteLength, digest: digestOf(content) };

  test('is not downloaded', async () => {
    const { registry, reference } = await start();
    const blob = client().blob(reference, { ...descriptor, data: content.toString('base64') });
    expect(await collect(blob.open())).toEqual(content);
    expect(registry.requests).toEqual([]);
  });

  test.each(['b3RoZXI=', 'no base64', ''])('is downloaded if it does not match: %s', async (data) => {
    const { registry, reference } = await start();
    registry.blobs.set(descriptor.digest, content);
    const blob = client().blob(reference, { ...descriptor, data });
    expect(await collect(blob.open())).toEqual(content);
    expect(registry.requests.filter(({ url }) => url.includes('/blobs/'))).toHaveLength(1);
  });
});

test('a blob is requested again if the connection breaks before its first byte', async () => {
  const { registry, reference } = await start();
  const content = Buffer.from('content');
  const descriptor = { mediaType: 'text/plain', size: content.byteLength, digest: digestOf(content) };
  registry.blobs.set(descriptor.digest, content);
  registry.fault = (request, response, count) => {
    if (count > 0 || request.url?.includes('/blobs/') !== true) return false;
    response.writeHead(200, { 'content-length': content.byteLength });
    response.flushHeaders();
    setTimeout(() => response.destroy(), 20);
    return true;
  };
  expect(await collect(client().blob(reference, descriptor).open())).toEqual(content);
});

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

describe('redirects', () => {
  let other: RegistryServer;
  beforeEach(async () => {
    other = await startRegistry();
    closing.push(() => other.close());
  });

  test('are followed to another host and back without credentials', async () => {
    const { registry, image, reference } = await start({ auth: { kind: 'basic', ...AUTH } });
    const { digest } = image.config.descriptor;
    const content = await collect(image.config.open());
    other.fault = (request, response) =>
      request.url === '/storage?signature=abc' && Boolean(response.writeHead(200).end(content));
    registry.fault = (request, response) =>
      Boolean(request.headers.authorization) &&
      request.url?.endsWith(digest) === true &&
      Boolean(response.writeHead(307, { location: `http://${other.host}/storage?signature=abc` }).end());
    const blob = client({ credentials: LOGIN }).blob(reference, image.config.descriptor);
    expect(await collect(blob.open())).toEqual(content);
    const seen = other.requests.find(({ url }) => url.startsWith('/storage'));
    expect(seen?.headers.authorization).toBeUndefined();
  });

  test('that end in an error mask the signature of their URL', async () => {
    const { registry, image, reference } = await start();
    registry.fault = (request, response) =>
      request.url?.includes('/blobs/') === true &&
      Boolean(response.writeHead(302, { location: `http://${other.host}/gone?X-Amz-Signature=top-secret` }).end());
    other.fault = (request, response) => request.url?.startsWith('/gone') === true && Boolean(response.destroy());
    const blob = client().blob(reference, image.config.descriptor);
    expect(shown(await rejection(collect(blob.open()), 'CONNECTION'))).not.toContain('top-secret');
    other.fault = undefined;
    expect(shown(await rejection(collect(blob.open()), 'NOT_FOUND'))).not.toContain('top-secret');
  });

  test.each([
    { name: 'in a loop', location: (host: string) => `http://${host}/v2/acme/cfg/manifests/v1` },
    { name: 'to plain http on a host that is not local', location: () => 'http://example.com/x' },
    { name: 'to a file', location: () => 'file:///etc/passwd' },
  ])('$name are refused', async ({ location }) => {
    const { registry, reference } = await start();
    registry.fault = (request, response) =>
      request.url !== '/v2/' && Boolean(response.writeHead(302, { location: location(registry.host) }).end());
    await rejection(client().fetchManifest(reference), 'REFUSED_REDIRECT');
  });

  test('to this machine are refused if local addresses are not allowed, as are requests to it', async () => {
    const { reference } = await start();
    await rejection(client({ networks: { local: false, private: true } }).fetchManifest(reference), 'REFUSED_REDIRECT');
    const byName: Reference = { ...reference, registry: reference.registry.replace('127.0.0.1', 'localhost') };
    const error = await client({ networks: { local: false, private: true } })
      .fetchManifest(byName)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'OciError', code: 'REFUSED_REDIRECT' });
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
