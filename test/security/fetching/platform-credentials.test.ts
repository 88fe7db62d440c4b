import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AwsIdentity } from '../../../src/aws/identity.ts';
import { localFetcher } from '../../../src/cache/artifacts/fetch.ts';
import type { Connection } from '../../../src/cache/artifacts/request.ts';
import { createArtifactSource } from '../../../src/cache/artifacts/source.ts';
import { nopStore } from '../../../src/cache/store.ts';
import { chooseConnection } from '../../../src/function/package-cache/connection/connection.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { createRegistryClient, parseReference } from '../../../src/oci/index.ts';
import { objectAt } from '../../function/call.ts';
import { type Cluster, conditionOf, startCluster } from '../../function/package-cache/cluster.ts';
import { FAST_RETRY, rejection, smallImage } from '../../oci/fixtures.ts';
import { type ProxyServer, startProxy } from '../../oci/proxy-server.ts';
import { fail, type RegistryServer, startRegistry } from '../../oci/registry-server.ts';
import { makeAuthority, makeIdentity } from '../../server/make-certificates.ts';

const HOST = '123456789012.dkr.ecr.eu-west-2.amazonaws.com';
const PLATFORM = { username: 'AWS', password: 'platform-login' };
const OWN = { username: 'AWS', password: 'login-of-the-claim' };
const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
});

const basic = ({ username, password }: typeof OWN) => Buffer.from(`${username}:${password}`).toString('base64');

describe('a claim with its own proxy and certificates for ECR', () => {
  let registry: RegistryServer;
  let proxy: ProxyServer;
  let cluster: Cluster;
  let asked: AwsIdentity[];

  beforeEach(async () => {
    const authority = makeAuthority('attacker');
    const { certificate, key } = makeIdentity('ecr', authority, { hosts: [HOST] });
    registry = await startRegistry({ tls: { cert: certificate, key }, auth: { kind: 'basic', ...OWN } });
    proxy = await startProxy(registry.host);
    closing.push(
      () => registry.close(),
      () => proxy.close(),
    );
    const image = await smallImage(YAML);
    registry.putManifest('acme/cfg', 'v1', image.document.bytes, image.document.descriptor.mediaType);
    for (const blob of [image.config, ...image.layers]) {
      const pieces: Uint8Array[] = [];
      for await (const piece of blob.open()) pieces.push(piece);
      registry.blobs.set(blob.descriptor.digest, Buffer.concat(pieces));
    }
    asked = [];
    const source = createArtifactSource({
      fetcher: localFetcher(nopStore()),
      aws: (identity) => ({
        get: async () => {
          asked.push(identity);
          return { kind: 'basic', ...PLATFORM };
        },
      }),
      createClient: (options) => createRegistryClient({ ...options, retry: { ...FAST_RETRY, attempts: 1 } }),
    });
    closing.push(() => source.close());
    cluster = startCluster({ source, budgetMs: 10_000 });
    cluster.input = {
      allowedRegistries: [HOST],
      allowLocalAddresses: true,
      allowInsecure: true,
      allowProxies: true,
      allowCertificates: true,
    };
    const secrets: Record<string, JsonObject> = {
      proxy: opaque({ address: proxy.url }),
      cert: opaque({ 'ca.crt': authority.certificate }),
      login: {
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': base64(JSON.stringify({ auths: { [HOST]: { auth: basic(OWN) } } })) },
      },
      other: {
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': base64(JSON.stringify({ auths: { 'other.example.com': { auth: basic(OWN) } } })) },
      },
      empty: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('{"auths":{}}') } },
    };
    for (const [name, secret] of Object.entries(secrets)) cluster.objects.set(`Secret/default/${name}`, secret);
    cluster.objects.set('ServiceAccount/default/bare', { imagePullSecrets: [] });
    cluster.objects.set('ServiceAccount/default/builder', { imagePullSecrets: [{ name: 'login' }] });
  });

  const IN_THE_WAY = { certSecretRef: { name: 'cert' }, proxySecretRef: { name: 'proxy' } };
  const source = (over: JsonObject) => ({ name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1' }, ...over });

  /** The parts of a login that the attacker has received. */
  const seen = () => registry.requests.flatMap(({ headers }) => headers.authorization ?? []);

  const refused: readonly (readonly [attack: string, source: JsonObject, reason: string])[] = [
    ['both', IN_THE_WAY, 'NotAllowed'],
    ['both, with provider aws', { ...IN_THE_WAY, provider: 'aws' }, 'NotAllowed'],
    ['a proxy', { proxySecretRef: { name: 'proxy' } }, 'NotAllowed'],
    ['certificates', { certSecretRef: { name: 'cert' } }, 'NotAllowed'],
    ['plain http', { insecure: true }, 'NotAllowed'],
    ['plain http through a proxy', { insecure: true, proxySecretRef: { name: 'proxy' } }, 'NotAllowed'],
    ['both, and a ServiceAccount without a login', { ...IN_THE_WAY, serviceAccountName: 'bare' }, 'NotAllowed'],
    ['both, and a Secret without a login', { ...IN_THE_WAY, secretRef: { name: 'empty' } }, 'AuthFailed'],
    ['both, and a login for another host', { ...IN_THE_WAY, secretRef: { name: 'other' } }, 'AuthFailed'],
    ['both, and provider generic', { ...IN_THE_WAY, provider: 'generic' }, 'AuthFailed'],
  ];
  test.each(refused)('gets no login of the platform: %s', async (_, over, reason) => {
    cluster.sources = [source(over)];
    expect(conditionOf(await cluster.reconcile())).toBe(`false ${reason}`);
    if (reason === 'NotAllowed') {
      expect(JSON.stringify(cluster.status)).toContain(`set secretRef to a Secret with a login for ${HOST}`);
      expect(proxy.seen).toEqual([]);
    }
    expect(asked).toEqual([]);
    expect(seen()).toEqual([]);
  });

  test.each([
    ['a Secret', { secretRef: { name: 'login' } }],
    ['a Secret, with provider aws', { secretRef: { name: 'login' }, provider: 'aws' }],
    ['a ServiceAccount', { serviceAccountName: 'builder' }],
  ])('uses its own login: %s', async (_, over) => {
    cluster.sources = [source({ ...IN_THE_WAY, ...over })];
    expect(conditionOf(await cluster.reconcile())).toBe('true Available');
    expect(new Set(seen())).toEqual(new Set([`Basic ${basic(OWN)}`]));
    expect(asked).toEqual([]);
  });

  test('does not affect the connection of a source without them, which is the platform’s', async () => {
    const platform = await startProxy(registry.host);
    closing.push(() => platform.close());
    vi.stubEnv('HTTPS_PROXY', platform.url);
    vi.stubEnv('NO_PROXY', '');
    // Both, so that a connection of the one could be taken for the other.
    cluster.sources = [
      { ...source({ ...IN_THE_WAY, secretRef: { name: 'login' } }), name: 'claim' },
      { ...source({}), name: 'platform' },
    ];
    await cluster.reconcile();
    expect(objectAt(cluster.status, 'packageCache', 'claim').reason).toBe('Fetched');
    // The platform's proxy leads to the attacker, whose certificate is not trusted: TLS ends before a login is sent.
    expect(objectAt(cluster.status, 'packageCache', 'platform').message).toMatch(/certificate/);
    expect(new Set(platform.seen)).toEqual(new Set([`CONNECT ${HOST}:443`]));
    expect(new Set(seen())).toEqual(new Set([`Basic ${basic(OWN)}`]));
  });
});

describe('a connection', () => {
  const request = { credentials: new Map<string, never>() };
  const none = { pullSecrets: [], transport: {} };

  test('of the platform has no settings of a tenant', () => {
    expect(chooseConnection({ name: 'cfg' }, { registry: HOST, repository: 'a' }, none, request)).toEqual({
      connection: { kind: 'platform', identity: { kind: 'own' } },
    });
  });

  test.each(['public.ecr.aws', 'registry.example.com', `${HOST}:443`, `${HOST}.evil.example`, HOST.toUpperCase()])(
    'to %s is not the platform’s',
    (registry) => {
      const choice = chooseConnection({ name: 'cfg', provider: 'aws' }, { registry, repository: 'a' }, none, request);
      expect(choice).toMatchObject({ connection: { kind: 'tenant', pullSecrets: [] } });
    },
  );

  test('cannot be both: it does not compile', () => {
    const transport = { insecure: true };
    // @ts-expect-error a setting of a tenant beside an identity of the platform
    const first: Connection = { kind: 'platform', identity: { kind: 'own' }, transport };
    // @ts-expect-error an identity of the platform beside settings of a tenant
    const second: Connection = { kind: 'tenant', pullSecrets: [], transport, identity: { kind: 'own' } };
    const mixed = { kind: 'platform', identity: { kind: 'own' }, transport } as const;
    // @ts-expect-error also through a variable, where TypeScript allows excess properties
    const third: Connection = mixed;
    expect([first, second, third]).toHaveLength(3);
  });
});

describe('a login for the registry', () => {
  test.each(['basic', 'bearer'] as const)(
    'is not sent to a token server on another host (%s at the registry)',
    async (kind) => {
      const registry = await startRegistry({ auth: { kind, ...PLATFORM } });
      const elsewhere = await startRegistry({ auth: { kind: 'bearer', ...PLATFORM } });
      const client = createRegistryClient({
        retry: FAST_RETRY,
        credentials: { get: async () => ({ kind: 'basic', ...PLATFORM, registryOnly: true }) },
      });
      closing.push(
        () => client.close(),
        () => registry.close(),
        () => elsewhere.close(),
      );
      const image = await smallImage();
      registry.putManifest('acme/cfg', 'v1', image.document.bytes, image.document.descriptor.mediaType);
      const reference = parseReference(`${registry.host}/acme/cfg:v1`);
      // The control: at the registry itself it works, by a token or without one.
      expect((await client.fetchManifest(reference)).bytes).toEqual(image.document.bytes);
      registry.tokens.clear();
      registry.fault = ({ url = '' }, response) => {
        if (!url.startsWith('/v2/acme')) return false;
        response.setHeader('www-authenticate', `Bearer realm="http://${elsewhere.host}/token",service="x"`);
        fail(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      };
      await rejection(client.fetchManifest(reference), 'REFUSED_REDIRECT');
      expect(elsewhere.requests).toEqual([]);
    },
  );

  test('is not sent to the target of a redirect, for a blob or a manifest', async () => {
    const registry = await startRegistry({ auth: { kind: 'basic', ...PLATFORM } });
    const elsewhere = await startRegistry();
    const client = createRegistryClient({
      retry: FAST_RETRY,
      credentials: { get: async () => ({ kind: 'basic', ...PLATFORM, registryOnly: true }) },
    });
    closing.push(
      () => client.close(),
      () => registry.close(),
      () => elsewhere.close(),
    );
    registry.fault = ({ url = '', headers }, response) =>
      headers.authorization !== undefined &&
      Boolean(response.writeHead(307, { location: `http://${elsewhere.host}${url}` }).end());
    await rejection(client.fetchManifest(parseReference(`${registry.host}/acme/cfg:v1`)), 'NOT_FOUND');
    expect(elsewhere.requests).toHaveLength(1);
    expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

function opaque(data: Readonly<Record<string, string>>): JsonObject {
  return { type: 'Opaque', data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
