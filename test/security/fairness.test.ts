import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localFetcher } from '../../src/cache/artifacts/fetch.ts';
import type { Connection, SourceRequest } from '../../src/cache/artifacts/request.ts';
import {
  type ArtifactSource,
  type ArtifactSourceOptions,
  createArtifactSource,
  type SourceResult,
} from '../../src/cache/artifacts/source.ts';
import { nopStore } from '../../src/cache/store.ts';
import { createRegistryClient } from '../../src/oci/index.ts';
import { collect, FAST_RETRY, smallImage } from '../oci/fixtures.ts';
import { fail, type RegistryServer, startRegistry } from '../oci/registry-server.ts';

const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';
const HOUR_MS = 3_600_000;
const TENANT = { kind: 'tenant', pullSecrets: [], transport: { insecure: true } } as const;
const PLATFORM = { kind: 'platform', identity: { kind: 'own' } } as const;

let honest: RegistryServer;
let hostile: RegistryServer;
let source: ArtifactSource;
let faults: unknown[];
let clock: number;
const timers: NodeJS.Timeout[] = [];

function create(options: Partial<ArtifactSourceOptions> = {}): ArtifactSource {
  return createArtifactSource({
    fetcher: localFetcher(nopStore()),
    aws: () => ({ get: async () => undefined }),
    now: () => clock,
    onFault: (error) => faults.push(error),
    createClient: (client) => createRegistryClient({ ...client, retry: { ...FAST_RETRY, attempts: 1 } }),
    ...options,
  });
}

beforeEach(async () => {
  [honest, hostile] = [await startRegistry(), await startRegistry()];
  clock = 0;
  faults = [];
  const image = await smallImage(YAML);
  for (const registry of [honest, hostile]) {
    for (const name of ['a', 'b', 'c', 'd']) {
      registry.putManifest(name, 'v1', image.document.bytes, image.document.descriptor.mediaType);
    }
    for (const blob of [image.config, ...image.layers]) {
      registry.blobs.set(blob.descriptor.digest, await collect(blob.open()));
    }
  }
  source = create();
});
afterEach(async () => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  await source.close();
  await honest.close();
  await hostile.close();
});

interface Asking {
  readonly tenant: string;
  readonly from: RegistryServer;
  readonly repository?: string;
  readonly connection?: Connection;
  readonly timeoutMs?: number;
}

function request({ tenant, from, repository = 'a', connection = TENANT }: Asking): SourceRequest {
  return {
    tenant,
    repository: { registry: from.host, repository },
    selection: { kind: 'tag', tag: 'v1' },
    content: { kind: 'package' },
    connection,
    networks: { local: true, private: false },
    chunkSize: 786_432,
    maxBytes: 1_048_576,
  };
}

/** Asks and waits for the fetch to end, however long it takes. */
const get = (asking: Asking): Promise<SourceResult> =>
  source.get(
    request(asking),
    { intervalMs: 60_000, timeoutMs: asking.timeoutMs ?? 600_000 },
    new AbortController().signal,
  );

/** Asks and does not wait. */
const begin = (asking: Asking): Promise<SourceResult> =>
  source.get(request(asking), { intervalMs: 60_000, timeoutMs: asking.timeoutMs ?? 600_000 }, AbortSignal.abort());

/** Sends a byte now and then and never ends, so that no timeout between two pieces passes. */
function trickle(response: ServerResponse): boolean {
  response.writeHead(200, { 'content-type': 'application/json' });
  timers.push(setInterval(() => response.write(' '), 10));
  return true;
}

/** Ways in which a registry keeps a fetch from ending. */
const HANGS: readonly { name: string; hang: (url: string, response: ServerResponse) => boolean }[] = [
  { name: 'says nothing', hang: () => true },
  { name: 'trickles a manifest', hang: (url, response) => url.includes('/manifests/') && trickle(response) },
  {
    name: 'trickles an error',
    hang: (_, response) => {
      response.writeHead(500);
      timers.push(setInterval(() => response.write(' '), 10));
      return true;
    },
  },
  {
    name: 'has a token server that says nothing',
    hang: (url, response) => {
      if (url.startsWith('/token')) return true;
      response.setHeader('www-authenticate', `Bearer realm="http://${hostile.host}/token",service="x"`);
      fail(response, 401, 'UNAUTHORIZED', 'x');
      return true;
    },
  },
  {
    name: 'has a token server that trickles',
    hang: (url, response) => {
      if (url.startsWith('/token')) return trickle(response);
      response.setHeader('www-authenticate', `Bearer realm="http://${hostile.host}/token",service="x"`);
      fail(response, 401, 'UNAUTHORIZED', 'x');
      return true;
    },
  },
  {
    name: 'redirects to what trickles',
    hang: (url, response) => {
      if (url === '/elsewhere') return trickle(response);
      return Boolean(response.writeHead(307, { location: '/elsewhere' }).end());
    },
  },
  {
    name: 'asks to be asked again, ever later',
    hang: (_, response) => Boolean(response.writeHead(503, { 'retry-after': '1' }).end()),
  },
];

describe.each(HANGS)('a registry that $name', ({ hang }) => {
  beforeEach(() => {
    hostile.fault = ({ url = '' }, response) => hang(url, response);
  });

  test('does not hold up other tenants, as many as are with it', async () => {
    for (let index = 0; index < 10; index += 1) {
      for (const repository of ['a', 'b', 'c', 'd'])
        await begin({ tenant: `hostile-${index}`, from: hostile, repository });
    }
    const { fetched, failure } = await get({ tenant: 'honest', from: honest });
    expect({ digest: fetched?.digest, failure }).toEqual({ digest: expect.any(String), failure: undefined });
  });

  test('gives the slot back at the timeout', async () => {
    await source.close();
    source = create({ concurrency: 1 });
    const failed = get({ tenant: 'hostile', from: hostile, timeoutMs: 300 });
    const { fetched } = await get({ tenant: 'honest', from: honest });
    expect(fetched).toBeDefined();
    const { failure, pending } = await failed;
    expect({ reason: failure?.reason, lasting: failure?.lasting, pending }).toEqual({
      reason: 'FetchFailed',
      lasting: false,
      pending: false,
    });
  });
});

test('AWS that never gives a login gives the slot back at the timeout', async () => {
  await source.close();
  source = create({ concurrency: 1, aws: () => ({ get: () => new Promise(() => undefined) }) });
  hostile.fault = ({ url }, response) => {
    if (url === '/v2/') return false;
    response.setHeader('www-authenticate', 'Basic realm="x"');
    fail(response, 401, 'UNAUTHORIZED', 'x');
    return true;
  };
  const failed = get({ tenant: 'one', from: hostile, connection: PLATFORM, timeoutMs: 200 });
  expect((await get({ tenant: 'honest', from: honest })).fetched).toBeDefined();
  expect((await failed).failure?.reason).toBe('FetchFailed');
});

test('work that heeds no signal gives the slot back, and what it ends with later counts for nothing', async () => {
  await source.close();
  let release: (() => void) | undefined;
  source = create({
    concurrency: 1,
    createClient: (options) => {
      const client = createRegistryClient(options);
      return {
        ...client,
        async resolve(reference) {
          if (reference.registry === hostile.host) await new Promise<void>((resolve) => (release = resolve));
          return client.resolve(reference);
        },
      };
    },
  });
  const failed = get({ tenant: 'one', from: hostile, timeoutMs: 50 });
  expect((await get({ tenant: 'honest', from: honest })).fetched).toBeDefined();
  expect((await failed).failure).toMatchObject({ reason: 'FetchFailed', lasting: false });
  release?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await begin({ tenant: 'one', from: hostile })).toMatchObject({ fetched: undefined, pending: false });
});

describe('a registry that asks for patience', () => {
  test.each([
    { value: '60', want: 60_000 },
    { value: '3600', want: HOUR_MS },
    { value: '999999999', want: HOUR_MS },
    { value: '99999999999999999999', want: HOUR_MS },
    { value: 'Fri, 31 Dec 9999 23:59:59 GMT', want: HOUR_MS },
    { value: '-5', want: 1_000 },
    { value: 'NaN', want: 1_000 },
    { value: 'Infinity', want: 1_000 },
    { value: '1e9', want: 1_000 },
    { value: '0', want: 1_000 },
    { value: 'Thu, 01 Jan 1970 00:00:00 GMT', want: 1_000 },
  ])('with Retry-After $value is asked again after $want ms', async ({ value, want }) => {
    hostile.fault = (_, response) => Boolean(response.writeHead(429, { 'retry-after': value }).end());
    expect((await get({ tenant: 'one', from: hostile })).nextMs).toBe(want);
  });

  test('makes nobody wait but the tenant that asked', async () => {
    hostile.fault = (_, response) => Boolean(response.writeHead(429, { 'retry-after': '999999999' }).end());
    expect((await get({ tenant: 'one', from: hostile })).failure).toBeDefined();
    hostile.fault = undefined;
    // The very same source of another tenant, and another source of the same one.
    expect((await get({ tenant: 'two', from: hostile })).fetched).toBeDefined();
    expect((await get({ tenant: 'one', from: hostile, repository: 'b' })).fetched).toBeDefined();
    expect((await get({ tenant: 'one', from: honest })).fetched).toBeDefined();
    expect((await get({ tenant: 'one', from: hostile })).fetched).toBeUndefined();
  });
});

describe('a fault of this program', () => {
  beforeEach(async () => {
    await source.close();
    source = create({
      createClient: () => {
        throw new TypeError('secret detail');
      },
    });
  });

  test('fails the source, tells the log, and leaves nothing running', async () => {
    const answer = await get({ tenant: 'one', from: honest });
    expect(answer).toMatchObject({ pending: false, failure: { reason: 'FetchFailed', lasting: true } });
    expect(answer.failure?.message).not.toContain('secret');
    expect(faults).toEqual([new TypeError('secret detail')]);
  });

  test('rejects nowhere when nobody waits', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    await begin({ tenant: 'one', from: honest });
    const manifest = { version: 1 as const, sha256: 'x', file: 'x', size: 1, chunkSize: 1, chunks: [] };
    const fetched = { revision: `v1@sha256:${'a'.repeat(64)}`, digest: 'x', manifest };
    const wants = request({ tenant: 'two', from: honest });
    const pace = { intervalMs: 1, timeoutMs: 1_000 };
    expect(await source.content(wants, fetched, pace, AbortSignal.abort())).toBeUndefined();
    while (faults.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect((await begin({ tenant: 'one', from: honest })).pending).toBe(false);
  });
});

test('a tenant with more sources than may wait is told so, and is in nobody’s way', async () => {
  await source.close();
  source = create({ concurrency: 2, maxWaitingPerTenant: 2 });
  hostile.fault = () => true;
  for (const repository of ['a', 'b', 'c']) {
    expect(await begin({ tenant: 'hostile', from: hostile, repository })).toMatchObject({ pending: true });
  }
  const { failure, pending } = await begin({ tenant: 'hostile', from: hostile, repository: 'd' });
  expect(failure?.message).toMatch(/too many sources of this namespace/);
  expect(pending).toBe(false);
  expect((await get({ tenant: 'honest', from: honest })).fetched).toBeDefined();
});

test('a timeout beyond every clock is one of ten minutes, and not one that is over at once', async () => {
  const { fetched } = await get({ tenant: 'one', from: honest, timeoutMs: 1e15 });
  expect(fetched).toBeDefined();
});

test('a tenant with thousands of logins does not break fetches of others that are under way', async () => {
  let release: (() => void) | undefined;
  honest.fault = ({ method, url = '' }, response) => {
    if (release !== undefined || method !== 'HEAD' || !url.includes('/manifests/')) return false;
    // The first request of a fetch that needs more of them.
    release = () => response.writeHead(405).end();
    return true;
  };
  const slow = get({ tenant: 'honest', from: honest });
  while (release === undefined) await new Promise((resolve) => setImmediate(resolve));
  hostile.fault = (_, response) => Boolean(response.writeHead(404).end());
  for (let index = 0; index < 260; index += 1) {
    const pullSecrets = [{ name: `login-${index}` }];
    await get({ tenant: 'hostile', from: hostile, connection: { ...TENANT, pullSecrets } });
  }
  release();
  expect(await slow).toMatchObject({ failure: undefined, fetched: { digest: expect.any(String) } });
});
