import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createRegistryClient, parseReference, type RegistryClientOptions } from '../../../src/oci/index.ts';
import { FAST_RETRY, rejection, smallImage } from '../fixtures.ts';
import { startProxy } from '../proxy-server.ts';
import { type RegistryServerOptions, startRegistry } from '../registry-server.ts';

const pem = (name: string) => readFileSync(join(import.meta.dirname, '../certificates', name), 'utf8');
const CA = pem('ca.pem');
const TLS = { key: pem('server.key'), cert: pem('server.pem') };
const CLIENT = { cert: pem('client.pem'), key: pem('client.key') };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
});

async function start(options: RegistryServerOptions = {}) {
  const registry = await startRegistry(options);
  closing.push(() => registry.close());
  const { document } = await smallImage();
  registry.putManifest('acme/cfg', 'v1', document.bytes, document.descriptor.mediaType);
  return { registry, document, reference: parseReference(`${registry.host}/acme/cfg:v1`) };
}

async function proxyTo(target: string) {
  const proxy = await startProxy(target);
  closing.push(() => proxy.close());
  return proxy;
}

function client(options: RegistryClientOptions) {
  const made = createRegistryClient({ retry: FAST_RETRY, ...options });
  closing.push(() => made.close());
  return made;
}

const FOREIGN = parseReference('registry.example.com/acme/cfg:v1');

describe('TLS', () => {
  test('a registry with a certificate of a custom CA is trusted', async () => {
    const { document, reference } = await start({ tls: TLS });
    expect(await client({ ca: CA }).fetchManifest(reference)).toEqual(document);
  });

  test('an untrusted certificate is refused, without falling back to plain http', async () => {
    const { registry, reference } = await start({ tls: TLS });
    for (const insecure of [false, true]) {
      const error = await rejection(client({ insecure }).fetchManifest(reference), 'CONNECTION');
      expect(error.message).toMatch(/certificate/);
    }
    expect(registry.requests).toEqual([]);
  });

  test('a registry that requests a client certificate gets it', async () => {
    const { document, reference } = await start({ tls: { ...TLS, ca: CA } });
    expect(await client({ ca: CA, clientCertificate: CLIENT }).fetchManifest(reference)).toEqual(document);
    await rejection(client({ ca: CA }).fetchManifest(reference), 'CONNECTION');
  });

  test.each([
    { name: 'a CA that is not PEM', options: { ca: 'garbage' } },
    { name: 'an empty CA', options: { ca: '' } },
    { name: 'a CA that is a key', options: { ca: TLS.key } },
    { name: 'a CA with invalid content', options: { ca: CA.replace(/[A-Za-z0-9]{20}/, 'A'.repeat(20)) } },
    { name: 'a certificate without its key', options: { clientCertificate: { cert: CLIENT.cert, key: '' } } },
    { name: "a certificate with another's key", options: { clientCertificate: { cert: CLIENT.cert, key: TLS.key } } },
  ])('refuses $name', async ({ options }) => {
    const error = await rejection(client(options).fetchManifest(FOREIGN), 'INVALID_CREDENTIALS');
    expect(inspect(error, { depth: 9 })).not.toContain('PRIVATE KEY');
  });
});

describe('plain http', () => {
  test('is used for a host that is not local only if requested', async () => {
    const { registry, document } = await start();
    const proxy = await proxyTo(registry.host);
    await rejection(client({ proxy }).fetchManifest(FOREIGN), 'CONNECTION');
    expect(new Set(proxy.seen)).toEqual(new Set(['CONNECT registry.example.com:443']));
    expect(await client({ proxy, insecure: true }).fetchManifest(FOREIGN)).toEqual(document);
  });

  test('is used for *.localhost without TLS', async () => {
    const { registry, document } = await start();
    const proxy = await proxyTo(registry.host);
    const reference = { ...FOREIGN, registry: 'registry.localhost:5000' };
    expect(await client({ proxy }).fetchManifest(reference)).toEqual(document);
    expect(proxy.seen.at(-1)).toBe('GET http://registry.localhost:5000/v2/acme/cfg/manifests/v1');
  });
});

describe('proxies', () => {
  test('transport TLS in a tunnel, and only they get their user name and password', async () => {
    const { registry, document } = await start({ tls: TLS });
    const proxy = await proxyTo(registry.host);
    const options = { ca: CA, proxy: { url: proxy.url, username: 'me', password: 'p@ss' } };
    const reference = { ...FOREIGN, registry: 'localhost' };
    expect(await client(options).fetchManifest(reference)).toEqual(document);
    expect(new Set(proxy.seen)).toEqual(new Set(['CONNECT localhost:443']));
    expect(new Set(proxy.authorizations)).toEqual(new Set([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]));
    expect(registry.requests.every(({ headers }) => headers['proxy-authorization'] === undefined)).toBe(true);
  });

  test('are read from the environment, except for loopback and NO_PROXY', async () => {
    const { registry, document, reference } = await start();
    const proxy = await proxyTo(registry.host);
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', 'other.invalid');
    expect(await client({}).fetchManifest(reference)).toEqual(document);
    expect(proxy.seen).toEqual([]);
    await rejection(client({}).fetchManifest({ ...FOREIGN, registry: 'other.invalid' }), 'CONNECTION');
    expect(proxy.seen).toEqual([]);
    await rejection(client({}).fetchManifest(FOREIGN), 'CONNECTION');
    expect(proxy.seen).toContain('CONNECT registry.example.com:443');
  });

  test('that are not a URL are refused without showing the password', async () => {
    const secret = 'hunter2hunter2';
    const given = client({ proxy: { url: `http://me:${secret}@[bad` } });
    vi.stubEnv('HTTPS_PROXY', `http://me:${secret}@[bad`);
    for (const made of [given, client({})]) {
      const error = await rejection(made.fetchManifest(FOREIGN), 'INVALID_CREDENTIALS');
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
    }
    await rejection(
      client({ proxy: { url: 'ftp://proxy.example.com' } }).fetchManifest(FOREIGN),
      'INVALID_CREDENTIALS',
    );
  });
});
