import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localFetcher } from '../../../src/cache/artifacts/fetch.ts';
import type { SourceRequest, TenantTransport } from '../../../src/cache/artifacts/request.ts';
import { type ArtifactSource, createArtifactSource } from '../../../src/cache/artifacts/source.ts';
import { fileStore } from '../../../src/cache/store.ts';
import { createRegistryClient, digestOf, type Image } from '../../../src/oci/index.ts';
import { collect, FAST_RETRY, smallImage } from '../../oci/fixtures.ts';
import { startProxy } from '../../oci/proxy-server.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';
import { makeAuthority, makeIdentity } from '../../server/make-certificates.ts';

const work = mkdtempSync(join(tmpdir(), 'tenants-'));
afterAll(() => rmSync(work, { recursive: true }));

const LOGIN = { username: 'team-a', password: 'secret-of-team-a' };
const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: secret\n';
const PACE = { intervalMs: 60_000, timeoutMs: 5_000 };
const SOON = () => AbortSignal.timeout(10_000);

let registry: RegistryServer;
let source: ArtifactSource;
let image: Image;
let clock: number;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await source.close();
  for (const close of closing.splice(0)) await close();
});

async function start(kind: 'basic' | 'bearer'): Promise<void> {
  registry = await startRegistry({ auth: { kind, ...LOGIN } });
  closing.push(() => registry.close());
  await publish(registry);
}

async function publish(server: RegistryServer): Promise<void> {
  server.putManifest('team-a/cfg', 'v1', image.document.bytes, image.document.descriptor.mediaType);
  for (const blob of [image.config, ...image.layers]) {
    server.blobs.set(blob.descriptor.digest, await collect(blob.open()));
  }
}

beforeEach(async () => {
  image = await smallImage(YAML);
  clock = 0;
  source = createArtifactSource({
    fetcher: localFetcher(fileStore({ directory: mkdtempSync(join(work, 'store-')), maxBytes: 1e7 })),
    aws: () => ({ get: async () => undefined }),
    now: () => clock,
    // The cache in memory is empty, so that the store is tested.
    maxContentBytes: 0,
    createClient: (options) => createRegistryClient({ ...options, retry: { ...FAST_RETRY, attempts: 1 } }),
  });
});

interface Asking {
  readonly tenant: string;
  readonly login?: typeof LOGIN;
  readonly host?: string;
  readonly transport?: TenantTransport;
  readonly selection?: SourceRequest['selection'];
}

function request({ tenant, login, host = registry.host, transport, selection }: Asking): SourceRequest {
  const auths = { [host]: { ...login } };
  const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
  return {
    tenant,
    repository: { registry: host, repository: 'team-a/cfg' },
    selection: selection ?? { kind: 'tag', tag: 'v1' },
    content: { kind: 'package' },
    connection: {
      kind: 'tenant',
      pullSecrets: login === undefined ? [] : [{ name: 'pull', type: 'kubernetes.io/dockerconfigjson', data }],
      transport: transport ?? { insecure: false },
    },
    networks: { local: true, private: false },
    chunkSize: 786_432,
    maxBytes: 1_048_576,
  };
}

const get = (asking: Asking) => source.get(request(asking), PACE, SOON());
const DIGEST = () => image.document.descriptor.digest;

describe.each(['basic', 'bearer'] as const)('content that team-a has fetched with its login (%s)', (kind) => {
  beforeEach(async () => {
    await start(kind);
    expect((await get({ tenant: 'team-a', login: LOGIN })).fetched?.digest).toBe(DIGEST());
    registry.requests.length = 0;
  });

  const strangers: { name: string; login?: typeof LOGIN; byDigest?: boolean }[] = [
    { name: 'without a login' },
    { name: 'with a wrong login', login: { ...LOGIN, password: 'guessed' } },
    { name: 'by its digest', byDigest: true },
  ];
  test.each(strangers)('is refused to team-b $name', async ({ login, byDigest = false }) => {
    const by = byDigest ? { selection: { kind: 'digest', digest: DIGEST() } as const } : {};
    const { fetched, failure } = await get({ tenant: 'team-b', ...(login && { login }), ...by });
    expect({ fetched, reason: failure?.reason }).toEqual({ fetched: undefined, reason: 'AuthFailed' });
    const sent = registry.requests.flatMap(({ headers }) => headers.authorization ?? []);
    expect(sent.join()).not.toContain(Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64'));
    for (const token of registry.tokens) expect(sent.join()).not.toContain(token);
  });

  test('is refused to team-a once the registry refuses its login', async () => {
    registry.fault = (_, response) => Boolean(response.writeHead(403).end());
    clock = PACE.intervalMs;
    const asking = request({ tenant: 'team-a', login: LOGIN, selection: { kind: 'digest', digest: DIGEST() } });
    expect(await source.get(asking, PACE, SOON())).toMatchObject({
      fetched: undefined,
      failure: { reason: 'AuthFailed' },
    });
  });

  test('is returned to team-b with the same login: the registry checks the login, and need not send the content again', async () => {
    expect((await get({ tenant: 'team-b', login: LOGIN })).fetched?.digest).toBe(DIGEST());
    const asked = registry.requests.filter(({ url }) => url.startsWith('/v2/team-a'));
    expect(new Set(asked.map(({ method }) => method))).toEqual(new Set(['HEAD']));
  });
});

describe('a registry of team-b that returns the digest of content of team-a', () => {
  /** A registry that returns the manifest's digest and nothing else. */
  async function liar(tls?: { cert: string; key: string }): Promise<RegistryServer> {
    const server = await startRegistry(tls === undefined ? {} : { tls });
    closing.push(() => server.close());
    const { digest, mediaType, size } = image.document.descriptor;
    server.fault = ({ method, url = '' }, response) => {
      if (method !== 'HEAD' || !url.includes('/manifests/')) return false;
      const headers = { 'content-type': mediaType, 'content-length': size, 'docker-content-digest': digest };
      return Boolean(response.writeHead(200, headers).end());
    };
    return server;
  }

  beforeEach(async () => {
    await start('basic');
    expect((await get({ tenant: 'team-a', login: LOGIN })).fetched?.digest).toBe(DIGEST());
  });

  test.each(['tag', 'digest'])('does not get the content, by %s', async (by) => {
    const { host } = await liar();
    const selection = by === 'digest' ? ({ kind: 'digest', digest: DIGEST() } as const) : undefined;
    const { fetched, failure } = await get({ tenant: 'team-b', host, ...(selection && { selection }) });
    expect({ fetched, reason: failure?.reason }).toEqual({ fetched: undefined, reason: 'FetchFailed' });
  });

  test('does not get the content under the name of the real registry, with a proxy of team-b', async () => {
    const { host } = await liar();
    const proxy = await startProxy(host);
    closing.push(() => proxy.close());
    const transport = { insecure: true, proxy: { url: proxy.url } };
    const { fetched, failure } = await get({ tenant: 'team-b', transport });
    expect(proxy.seen.length).toBeGreaterThan(0);
    expect({ fetched, reason: failure?.reason }).toEqual({ fetched: undefined, reason: 'FetchFailed' });
  });

  test('does not get the content under the name of the real registry, with a certificate of team-b', async () => {
    const authority = makeAuthority('team-b');
    const { certificate, key } = makeIdentity('x', authority);
    const { host } = await liar({ cert: certificate, key });
    const proxy = await startProxy(host);
    closing.push(() => proxy.close());
    const transport = { insecure: false, ca: authority.certificate, proxy: { url: proxy.url } };
    const { fetched, failure } = await get({ tenant: 'team-b', transport });
    expect(proxy.seen).toContain(`CONNECT ${registry.host}`);
    expect({ fetched, reason: failure?.reason }).toEqual({ fetched: undefined, reason: 'FetchFailed' });
  });

  test('does not store anything for team-a', async () => {
    // Other bytes under the same name and digest are refused before they are stored.
    const server = await liar();
    const forged = Buffer.concat([image.document.bytes, Buffer.from(' ')]);
    expect(digestOf(forged)).not.toBe(DIGEST());
    const proxy = await startProxy(server.host);
    closing.push(() => proxy.close());
    server.putManifest('team-a/cfg', 'v1', forged, image.document.descriptor.mediaType);
    await get({ tenant: 'team-b', transport: { insecure: true, proxy: { url: proxy.url } } });
    clock = PACE.intervalMs;
    const { fetched } = await get({ tenant: 'team-a', login: LOGIN });
    const bytes = fetched && (await contentOf(request({ tenant: 'team-a', login: LOGIN }), fetched));
    expect(bytes && gunzipSync(bytes).toString()).toBe(YAML);
  });
});

/** The content, from a source with a cache in memory. */
async function contentOf(wants: SourceRequest, fetched: Parameters<ArtifactSource['content']>[1]) {
  const one = createArtifactSource({
    fetcher: localFetcher(fileStore({ directory: mkdtempSync(join(work, 'store-')), maxBytes: 1e7 })),
    aws: () => ({ get: async () => undefined }),
  });
  closing.push(() => one.close());
  return one.content(wants, fetched, PACE, SOON());
}
