import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SourceRequest } from '../../../src/cache/artifacts/request.ts';
import { type ArtifactSource, createArtifactSource } from '../../../src/cache/artifacts/source.ts';
import { createRegistryClient, parseReference, pushArtifact } from '../../../src/oci/index.ts';
import { sourceFetcher } from '../../cache/artifacts/worker/threads.ts';
import { FAST_RETRY, smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';

// A fetch that uses as much processor time as it can, and other work at the same time.

const META = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: cfg}\n';

let registry: RegistryServer;
let source: ArtifactSource;
beforeAll(async () => {
  registry = await startRegistry();
  const client = createRegistryClient({ retry: FAST_RETRY });
  await pushArtifact(client, parseReference(`${registry.host}/acme/cfg:v1`), await smallImage(META));
  await client.close();
  registry.fault = ({ url = '' }, response) => {
    if (url.includes('/silent/')) return true;
    if (!url.includes('/tags/')) return false;
    response.end(JSON.stringify({ tags: Array.from({ length: 19_000 }, (_, at) => `v1.0.${at}-${'a'.repeat(90)}`) }));
    return true;
  };
  source = createArtifactSource({
    fetcher: sourceFetcher(),
    aws: () => ({ get: async () => undefined }),
    createClient: (options) => createRegistryClient({ ...options, retry: { ...FAST_RETRY, attempts: 1 } }),
  });
});
afterAll(async () => {
  await source.close();
  await registry.close();
});

function request(repository: string, over: Partial<SourceRequest> = {}): SourceRequest {
  return {
    repository: { registry: registry.host, repository },
    selection: { kind: 'tag', tag: 'v1' },
    content: { kind: 'package' },
    tenant: 'team-a',
    connection: { kind: 'tenant', pullSecrets: [], transport: { insecure: true } },
    networks: { local: true, private: true },
    chunkSize: 786_432,
    maxBytes: 1_048_576,
    ...over,
  };
}

/** Tags that take minutes to match. */
const burning = () =>
  request('acme/many', {
    tenant: 'team-b',
    selection: { kind: 'semver', semver: '>=1.0.0-0', semverFilter: '(((a|a)*)*)*(a?){300}a{300}$' },
  });
const get = (asked: SourceRequest, timeoutMs: number) =>
  source.get(asked, { intervalMs: 60_000, timeoutMs }, AbortSignal.timeout(15_000));

describe('while a fetch uses as much processor time as it can', () => {
  test('timers fire, other calls are served, and it ends at its timeout', async () => {
    await get(request('acme/cfg'), 10_000);
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    const burnt = get(burning(), 3_000);
    const begun = ticks;
    const other = await get(request('acme/cfg', { chunkSize: 65_536 }), 10_000);
    expect(other.fetched).toBeDefined();
    const { failure } = await burnt;
    clearInterval(timer);
    expect(failure).toMatchObject({ reason: 'FetchFailed', message: 'timed out', lasting: false });
    // An idle machine reaches a thousand; if the matching blocked them, there would be none.
    expect(ticks - begun).toBeGreaterThan(50);
  });

  test('a call waits no longer than its deadline', async () => {
    const asked = { ...burning(), maxBytes: 1_000_001 };
    const answer = await source.get(asked, { intervalMs: 60_000, timeoutMs: 2_000 }, AbortSignal.timeout(100));
    expect(answer).toMatchObject({ pending: true, fetched: undefined });
  });
});

test('a fetch from a registry that does not respond ends at the timeout, and its thread serves the next', async () => {
  const silent = await Promise.all(
    ['silent/a', 'silent/b', 'silent/c', 'silent/d'].map((repository) => get(request(repository), 300)),
  );
  for (const { failure } of silent) expect(failure).toMatchObject({ reason: 'FetchFailed', lasting: false });
  expect((await get(request('acme/cfg', { chunkSize: 32_768 }), 10_000)).fetched).toBeDefined();
});

test('an invalid request is a failure with a reason, not a rejection', async () => {
  const faults: unknown[] = [];
  const broken = createArtifactSource({
    fetcher: {
      run: async () => {
        throw new RangeError('a fault with a secret');
      },
      close: async () => undefined,
    },
    aws: () => ({ get: async () => undefined }),
    onFault: (error) => faults.push(error),
  });
  const asked = request('acme/cfg');
  const schedule = { intervalMs: 60_000, timeoutMs: 1_000 };
  const { failure, pending } = await broken.get(asked, schedule, AbortSignal.timeout(5_000));
  expect({ reason: failure?.reason, pending }).toEqual({ reason: 'FetchFailed', pending: false });
  expect(failure?.message).not.toContain('secret');
  expect(faults).toEqual([new RangeError('a fault with a secret')]);
  await broken.close();
});
