import { createServer } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createRegistryClient, parseReference, type RegistryClientOptions } from '../../../src/oci/index.ts';
import { FAST_RETRY, rejection, smallImage } from '../../oci/fixtures.ts';
import { startProxy } from '../../oci/proxy-server.ts';
import { fail, startRegistry } from '../../oci/registry-server.ts';
import { startSocks } from '../../oci/socks-server.ts';
import { makeAuthority, makeIdentity } from '../../server/make-certificates.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
});

/** The networks that are allowed by default. */
const PUBLIC = { local: false, private: false };
/** The test's registries are on loopback, so all networks are allowed except the private and reserved ones. */
const LOCAL = { local: true, private: false };
const FOREIGN = parseReference('registry.example.com/acme/cfg:v1');

async function start(tls?: { cert: string; key: string }) {
  const registry = await startRegistry(tls === undefined ? {} : { tls });
  closing.push(() => registry.close());
  const image = await smallImage();
  registry.putManifest('acme/cfg', 'v1', image.document.bytes, image.document.descriptor.mediaType);
  return { registry, image, reference: parseReference(`${registry.host}/acme/cfg:v1`) };
}

function client(options: RegistryClientOptions) {
  const made = createRegistryClient({ retry: FAST_RETRY, ...options });
  closing.push(() => made.destroy());
  return made;
}

/** Hosts that the service must not connect to for a tenant, in the forms that a reference allows. */
const INSIDE = [
  '127.0.0.1:1',
  '127.1:1',
  '0x7f.1:1',
  '2130706433:1',
  '0177.0.0.1:1',
  'localhost:1',
  'LOCALHOST:1',
  'a.localhost:1',
  '[::1]:1',
  '[::ffff:127.0.0.1]:1',
  '[::ffff:7f00:1]:1',
  '[::7f00:1]:1',
  '[64:ff9b::7f00:1]:1',
  '[2002:7f00:1::]:1',
  '0.0.0.0:1',
  '169.254.169.254',
  '169.254.170.23',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'metadata.google.internal',
  '[fe80::1]',
  '10.0.0.1',
  '012.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '[fd12::1]',
  '[::ffff:10.0.0.1]',
  'kubernetes.default.svc',
  'registry.kube-system.svc.cluster.local',
  'vault.corp.internal',
  '224.0.0.1',
  '255.255.255.255',
  '[2001:db8::1]',
  '[2001::1]',
];

describe('by default, when only the internet is allowed,', () => {
  test.each(INSIDE)('%s is refused as a registry', async (registry) => {
    const reference = { ...FOREIGN, registry };
    await rejection(client({ networks: PUBLIC, insecure: true }).fetchManifest(reference), 'REFUSED_REDIRECT');
  });

  test.each(INSIDE)('%s is refused as a registry with the proxy of the environment too', async (registry) => {
    const { registry: target } = await start();
    const proxy = await startProxy(target.host);
    closing.push(() => proxy.close());
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) vi.stubEnv(name, proxy.url);
    const reference = { ...FOREIGN, registry };
    await rejection(client({ networks: PUBLIC, insecure: true }).fetchManifest(reference), 'REFUSED_REDIRECT');
    expect(proxy.seen).toEqual([]);
  });

  test.each(INSIDE.flatMap((host) => [`http://${host}`, `https://${host}`, `socks5://${host}`]))(
    '%s is refused as a proxy',
    async (url) => {
      const made = client({ networks: PUBLIC, insecure: true, proxy: { url } });
      await rejection(made.fetchManifest(FOREIGN), 'REFUSED_REDIRECT');
    },
  );

  test('the proxy of the environment may have a private address: it is the platform’s', async () => {
    const { registry, image } = await start();
    const proxy = await startProxy(registry.host);
    closing.push(() => proxy.close());
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) vi.stubEnv(name, proxy.url);
    const document = await client({ networks: PUBLIC, insecure: true }).fetchManifest(FOREIGN);
    expect(document.bytes).toEqual(image.document.bytes);
  });
});

describe('a public name that resolves to a private address', () => {
  const ANSWERS = [
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['169.254.169.254'],
    ['10.0.0.1'],
    ['fd00:ec2::254'],
    ['fe80::1%eth0'],
    ['64:ff9b::7f00:1'],
    ['192.0.2.1'],
    // One private address among several is enough, in any order.
    ['8.8.8.8', '127.0.0.1'],
    ['2600:1f00::1', '8.8.8.8', '10.0.0.1'],
    ['not an address'],
  ];
  const resolving =
    (addresses: readonly string[]): NonNullable<RegistryClientOptions['resolveHost']> =>
    (_, __, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );

  /** A server on loopback that counts connections: there must be none. */
  async function counting() {
    const connections: unknown[] = [];
    const server = createServer((socket) => {
      connections.push(socket.remoteAddress);
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => server.close(() => resolve())));
    const address = server.address();
    return { connections, port: typeof address === 'object' ? address?.port : undefined };
  }

  test.each(ANSWERS)('is refused as a registry and as a proxy: %s', async (...addresses) => {
    const { connections, port } = await counting();
    const options = { networks: PUBLIC, insecure: true, resolveHost: resolving(addresses) };
    const registry = `registry.example.com:${port}`;
    const refused = async (made: ReturnType<typeof client>, reference = FOREIGN) => {
      const error = await made.fetchManifest(reference).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'OciError', code: 'REFUSED_REDIRECT' });
    };
    await refused(client(options), { ...FOREIGN, registry });
    for (const scheme of ['http', 'https', 'socks5']) {
      await refused(client({ ...options, proxy: { url: `${scheme}://proxy.example.com:${port}` } }));
    }
    expect(connections).toEqual([]);
  });

  test.each(['redirect', 'token server'])('is refused as a %s', async (what) => {
    const { registry } = await start();
    const [, port] = registry.host.split(':');
    const made = client({
      networks: LOCAL,
      insecure: true,
      resolveHost: (host, _, callback) =>
        callback(null, [{ address: host === 'registry.example.com' ? '127.0.0.1' : '10.0.0.1', family: 4 }]),
    });
    registry.fault = ({ url }, response) => {
      if (url === '/v2/') return false;
      const inside = `http://storage.example.com:${port}/x`;
      if (what === 'redirect') return Boolean(response.writeHead(307, { location: inside }).end());
      response.setHeader('www-authenticate', `Bearer realm="${inside}",service="x"`);
      fail(response, 401, 'UNAUTHORIZED', 'x');
      return true;
    };
    const reference = { ...FOREIGN, registry: `registry.example.com:${port}` };
    const error = await rejection(made.fetchManifest(reference), 'REFUSED_REDIRECT');
    expect(error.message).toContain('10.0.0.1');
  });

  test('is resolved once for a connection: a later DNS response changes nothing', async () => {
    const { registry } = await start();
    let asked = 0;
    const port = registry.host.split(':')[1];
    const made = client({
      networks: LOCAL,
      insecure: true,
      resolveHost: (_, __, callback) => {
        asked += 1;
        callback(null, [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
      },
    });
    const reference = { ...FOREIGN, registry: `registry.example.com:${port}` };
    // TLS first, which the registry does not speak; the second connection is refused.
    await rejection(made.fetchManifest(reference), 'REFUSED_REDIRECT');
    expect(asked).toBe(2);
    expect(registry.requests).toEqual([]);
  });

  test('is not resolved locally when the proxy of the environment resolves it', async () => {
    const { registry, image } = await start();
    const proxy = await startProxy(registry.host);
    closing.push(() => proxy.close());
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) vi.stubEnv(name, proxy.url);
    const made = client({ networks: PUBLIC, insecure: true, resolveHost: resolving(['10.0.0.1']) });
    expect((await made.fetchManifest(FOREIGN)).bytes).toEqual(image.document.bytes);
  });
});

/** Private locations of redirects, with loopback allowed. */
const REDIRECTS = [
  'http://10.0.0.1/x',
  'https://10.0.0.1/x',
  'http://0xa000001/x',
  'http://[fd12::1]/x',
  'http://[::ffff:10.0.0.1]/x',
  'http://192.168.0.1:8080/x',
  'http://kubernetes.default.svc/x',
  'http://user:password@10.0.0.1/x',
  'http://224.0.0.1/x',
  '//10.0.0.1/x',
];

describe('an allowed registry', () => {
  test.each(REDIRECTS)('cannot redirect to %s', async (location) => {
    const { registry, reference, image } = await start();
    registry.fault = ({ url = '' }, response) => url !== '/v2/' && Boolean(response.writeHead(307, { location }).end());
    const made = client({ networks: LOCAL, insecure: true });
    await rejection(made.fetchManifest(reference), 'REFUSED_REDIRECT');
    await rejection(made.resolve(reference), 'REFUSED_REDIRECT');
    await rejection(made.listTags(reference), 'REFUSED_REDIRECT');
    const blob = made.blob(reference, image.config.descriptor).open();
    await rejection(Promise.resolve(blob[Symbol.asyncIterator]().next()), 'REFUSED_REDIRECT');
  });

  test.each(REDIRECTS)('cannot have its token server at %s', async (realm) => {
    const { registry, reference } = await start();
    registry.fault = ({ url = '' }, response) => {
      if (url === '/v2/') return false;
      response.setHeader('www-authenticate', `Bearer realm="${realm}",service="x"`);
      fail(response, 401, 'UNAUTHORIZED', 'x');
      return true;
    };
    const error = await client({ networks: LOCAL, insecure: true })
      .fetchManifest(reference)
      .catch((thrown: unknown) => thrown);
    // A realm must be an absolute URL, which the last one is not.
    expect(error).toMatchObject({ code: realm.startsWith('//') ? 'INVALID_RESPONSE' : 'REFUSED_REDIRECT' });
  });

  test.each(REDIRECTS)('cannot have blobs uploaded to %s', async (location) => {
    const { registry, reference, image } = await start();
    registry.fault = ({ method }, response) =>
      method === 'POST' && Boolean(response.writeHead(202, { location }).end());
    const made = client({ networks: LOCAL, insecure: true });
    await rejection(made.pushBlob(reference, image.config), 'REFUSED_REDIRECT');
  });
});

describe('a SOCKS5 proxy', () => {
  test('that is allowed forwards TLS to the requested registry', async () => {
    const authority = makeAuthority('socks');
    const { certificate, key } = makeIdentity('registry', authority, { hosts: [FOREIGN.registry] });
    const { registry, image } = await start({ cert: certificate, key });
    const socks = await startSocks(registry.host);
    closing.push(() => socks.close());
    const made = client({ networks: LOCAL, ca: authority.certificate, proxy: { url: socks.url } });
    expect((await made.fetchManifest(FOREIGN)).bytes).toEqual(image.document.bytes);
    expect(new Set(socks.seen)).toEqual(new Set([`${FOREIGN.registry}:443`]));
  });

  test('is not asked to connect to private addresses', async () => {
    const socks = await startSocks('127.0.0.1:1');
    closing.push(() => socks.close());
    const made = client({ networks: LOCAL, insecure: true, proxy: { url: socks.url } });
    await rejection(made.fetchManifest({ ...FOREIGN, registry: '10.0.0.1' }), 'REFUSED_REDIRECT');
    expect(socks.seen).toEqual([]);
  });
});

test('plain http is not the default for private names when connections are limited', async () => {
  const { registry } = await start();
  const proxy = await startProxy(registry.host);
  closing.push(() => proxy.close());
  const reference = { ...FOREIGN, registry: 'registry.team.local' };
  const made = client({ networks: { local: true, private: true }, proxy: { url: proxy.url } });
  await rejection(made.fetchManifest(reference), 'CONNECTION');
  expect(proxy.seen.filter((line) => line.startsWith('GET'))).toEqual([]);
});
