import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { nopStore } from '../../../src/cache/store.ts';
import { buildLayer, createRegistryClient, parseReference, pushArtifact, writeTar } from '../../../src/oci/index.ts';
import { smallImage } from '../../oci/fixtures.ts';
import { failWith, startRegistry } from '../../oci/registry-server.ts';
import { indexOf, OPEN, PACE, SOON, sourceSetup, YAML } from './source-setup.ts';

const env = sourceSetup();
const { contentOf, failure, get, make, push, request } = env;

describe('a source', () => {
  test('returns revision, digest, file name and content', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    const { fetched, pending, failure: failed, nextMs } = await get();
    expect({ pending, failed, nextMs }).toEqual({ pending: false, failed: undefined, nextMs: 60_000 });
    expect(fetched).toMatchObject({ revision: `v1.0.0@${digest}`, digest });
    expect(fetched?.manifest.artifact).toEqual({ source: `${env.registry.host}/acme/cfg`, digest });
    expect(fetched?.manifest.file).toMatch(new RegExp(`^127-0-0-1-\\d+-acme-cfg-sha256-${digest.slice(7, 12)}\\.gz$`));
    expect(await contentOf(fetched)).toBe(YAML);
  });

  test('reports the outcome of each fetch, once for all waiting calls', async () => {
    await Promise.all([get(), get()]);
    expect(env.reports.map(({ outcome }) => outcome)).toEqual(['FetchFailed']);
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    env.clock = 60_000;
    await get();
    env.clock = 200_000;
    await get();
    expect(env.reports.map(({ outcome }) => outcome)).toEqual(['FetchFailed', 'Fetched', 'Unchanged']);
    expect(env.reports[1]).toMatchObject({ repository: request().repository, tenant: 'team', seconds: 0 });
    expect(env.source.queues()).toEqual({ quick: { waiting: 0, running: 0 }, slow: { waiting: 0, running: 0 } });
  });

  test('reports a fetch that was not started', async () => {
    await env.source.close();
    env.source = make(nopStore(), 1, 1);
    const all = ['a', 'b', 'c'].map((tag) => get({ selection: { kind: 'tag', tag } }));
    expect(env.source.queues().quick).toEqual({ waiting: 1, running: 1 });
    await Promise.all(all);
    const never = env.reports.filter(({ outcome }) => outcome === 'TooManyWaiting');
    expect(never.map(({ seconds }) => seconds)).toEqual([undefined]);
  });

  test('sends one request for any number of concurrent calls', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    env.registry.requests.length = 0;
    await Promise.all(Array.from({ length: 50 }, () => get()));
    expect(env.source.fetches()).toBe(1);
    const manifests = env.registry.requests.filter(({ url }) => url.includes('/manifests/'));
    expect(manifests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  test('detects a moved tag after the interval', async () => {
    const first = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await get();
    const second = await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# new\n`));
    env.clock = 59_999;
    expect((await get()).fetched?.digest).toBe(first);
    env.clock = 60_000;
    expect((await get()).fetched?.digest).toBe(second);
    expect(env.source.fetches()).toBe(2);
  });

  test('resolves immediately if requested, once for each value', async () => {
    const now = (checkNow: string) => env.source.get(request(), { ...PACE, checkNow }, SOON());
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await get();
    const second = await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# new\n`));
    expect((await now('first')).fetched?.digest).toBe(second);
    await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# newer\n`));
    expect((await now('first')).fetched?.digest).toBe(second);
    expect(env.source.fetches()).toBe(2);
    await now('second');
    expect(env.source.fetches()).toBe(3);
  });

  test('only resolves a tag that has not moved', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await get();
    env.registry.requests.length = 0;
    env.clock = 60_000;
    await get();
    expect(env.registry.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  test('selects the highest version of a range', async () => {
    for (const version of ['v1.0.0', 'v1.9.0', 'v1.10.0', 'v2.0.0', 'latest']) {
      await push(`acme/cfg:${version}`, await smallImage(`${YAML}# ${version}\n`));
    }
    const { fetched } = await get({ selection: { kind: 'semver', semver: '>=1.0.0 <2.0.0' } });
    expect(fetched?.revision).toMatch(/^v1\.10\.0@sha256:/);
    const filtered = await get({ selection: { kind: 'semver', semver: '*', semverFilter: '^v1\\.[0-9]\\.' } });
    expect(filtered.fetched?.revision).toMatch(/^v1\.9\.0@sha256:/);
  });

  test('never resolves a digest again', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    const selection = { kind: 'digest', digest: parseReference(`a/b@${digest}`).digest ?? Promise.reject() } as never;
    const answer = await get({ selection });
    expect(answer).toMatchObject({ fetched: { revision: digest }, nextMs: Number.POSITIVE_INFINITY });
    env.clock = 9e12;
    await get({ selection });
    expect(env.source.fetches()).toBe(1);
  });

  test('is separate for other credentials, which may not have access', async () => {
    await env.registry.close();
    env.registry = await startRegistry({ auth: { kind: 'basic', username: 'u', password: 'secret' } });
    const auths = { [env.registry.host]: { username: 'u', password: 'secret' } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
    const pullSecrets = [{ name: 'pull', type: 'kubernetes.io/dockerconfigjson', data }];
    const client = createRegistryClient({
      credentials: { get: async () => ({ kind: 'basic', username: 'u', password: 'secret' }) },
    });
    await pushArtifact(client, parseReference(`${env.registry.host}/acme/cfg:v1.0.0`), await smallImage(YAML));
    await client.close();
    expect((await get({ connection: { ...OPEN, pullSecrets } })).fetched).toBeDefined();
    const { fetched, failure: failed } = await get();
    expect({ fetched, reason: failed?.reason }).toEqual({ fetched: undefined, reason: 'AuthFailed' });
    expect(failed?.message).not.toContain('secret');
  });

  test('continues a fetch that takes longer than the call', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    let release: (() => void) | undefined;
    env.registry.fault = ({ url = '' }, response) => {
      if (release !== undefined || !url.includes('/manifests/')) return false;
      release = () => response.writeHead(500).end();
      return true;
    };
    const now = AbortSignal.abort();
    expect(await env.source.get(request(), PACE, now)).toMatchObject({ fetched: undefined, pending: true });
    expect(await env.source.get(request(), PACE, now)).toMatchObject({ pending: true });
    while (release === undefined) await new Promise((resolve) => setImmediate(resolve));
    release();
    expect((await get()).failure?.reason).toBe('FetchFailed');
    env.clock = 1_000;
    expect((await get()).fetched).toBeDefined();
    expect(env.source.fetches()).toBe(2);
  });

  test('limits concurrent fetches', async () => {
    await env.source.close();
    env.source = make(nopStore(), 2);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await push(`acme/${name}:v1.0.0`, await smallImage(YAML));
    let [current, most] = [0, 0];
    env.registry.fault = (_, response) => {
      current += 1;
      most = Math.max(most, current);
      response.once('close', () => {
        current -= 1;
      });
      return false;
    };
    await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((repository) => get({ repository: { registry: env.registry.host, repository } })),
    );
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('of an index', () => {
  test('has the digest of the index and the content for linux/amd64', async () => {
    const digest = await push('acme/cfg:v1.0.0', await indexOf('arm64', 'amd64'));
    const { fetched } = await get();
    expect(fetched?.digest).toBe(digest);
    expect(await contentOf(fetched)).toBe(`${YAML}# amd64\n`);
  });
});

describe('content', () => {
  test('that was evicted from memory is fetched again by its digest', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    const { fetched } = await get();
    if (!fetched) throw new Error('nothing');
    const fresh = make();
    const bytes = await fresh.content(request(), fetched, PACE, SOON());
    expect(gunzipSync(bytes ?? '').toString()).toBe(YAML);
    await fresh.close();
  });

  test('that cannot be fetched again is missing, and is not immediately requested again', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    const { fetched } = await get();
    if (!fetched) throw new Error('nothing');
    const fresh = make();
    env.registry.fault = failWith(500);
    for (let round = 0; round < 5; round += 1) {
      expect(await fresh.content(request(), fetched, PACE, SOON())).toBeUndefined();
    }
    expect(fresh.fetches()).toBe(1);
    await fresh.close();
  });

  test('may be the whole image as an .xpkg file', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    const { fetched } = await get({ content: { kind: 'image' } });
    expect(fetched?.manifest.file).toMatch(/\.xpkg$/);
  });

  test('may be a layer: unchanged, or with its files repacked without ignored ones', async () => {
    const files = ['b.yaml', 'docs/a.md', 'a.yaml'].map((name) => ({
      type: 'file' as const,
      name,
      content: Buffer.from(name),
    }));
    const layer = await buildLayer(writeTar(files));
    await push('acme/cfg:v1.0.0', await smallImage('', { layers: [layer] }));
    const copied = await get({ content: { kind: 'layer', operation: 'copy' } });
    expect(`sha256:${copied.fetched?.manifest.sha256}`).toBe(layer.descriptor.digest);
    const content = { kind: 'layer', operation: 'extract', ignore: 'docs/' } as const;
    const { fetched } = await get({ content });
    const tar = await contentOf(fetched, { content });
    expect([tar.includes('a.yaml'), tar.indexOf('a.yaml') < tar.indexOf('b.yaml'), tar.includes('docs/a.md')]).toEqual([
      true,
      true,
      false,
    ]);
    expect((await failure({ content: { kind: 'layer', operation: 'copy', mediaType: 'text/x' } }))?.reason).toBe(
      'InvalidArtifact',
    );
  });
});
