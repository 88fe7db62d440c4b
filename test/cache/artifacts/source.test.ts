import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FetchReport } from '../../../src/cache/artifacts/attempts.ts';
import { localFetcher } from '../../../src/cache/artifacts/fetch.ts';
import type { SourceRequest } from '../../../src/cache/artifacts/request.ts';
import { type ArtifactSource, createArtifactSource } from '../../../src/cache/artifacts/source.ts';
import { fileStore, nopStore } from '../../../src/cache/store.ts';
import {
  buildImage,
  buildIndex,
  buildLayer,
  bytesBlob,
  createRegistryClient,
  encodeJson,
  type Image,
  parseReference,
  pushArtifact,
  writeTar,
} from '../../../src/oci/index.ts';
import { FAST_RETRY, smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';

const work = mkdtempSync(join(tmpdir(), 'source-'));
afterAll(() => rmSync(work, { recursive: true }));

const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';
const PACE = { intervalMs: 60_000, timeoutMs: 5_000 };
const SOON = () => AbortSignal.timeout(10_000);

const OPEN = { kind: 'tenant', pullSecrets: [], transport: { insecure: true } } as const;

let registry: RegistryServer;
let source: ArtifactSource;
let clock: number;
let reports: FetchReport[];

function make(store = nopStore(), concurrency = 4, maxWaitingPerTenant = 256): ArtifactSource {
  return createArtifactSource({
    fetcher: localFetcher(store),
    concurrency,
    maxWaitingPerTenant,
    aws: () => ({ get: async () => undefined }),
    now: () => clock,
    onFetch: (fetch) => reports.push(fetch),
    createClient: (options) => createRegistryClient({ ...options, retry: { ...FAST_RETRY, attempts: 1 } }),
  });
}

beforeEach(async () => {
  registry = await startRegistry();
  clock = 0;
  reports = [];
  source = make();
});
afterEach(async () => {
  await source.close();
  await registry.close();
});

async function push(name: string, image: Image | Awaited<ReturnType<typeof indexOf>>): Promise<string> {
  const client = createRegistryClient({ retry: FAST_RETRY });
  await pushArtifact(client, parseReference(`${registry.host}/${name}`), image);
  await client.close();
  return image.document.descriptor.digest;
}

async function indexOf(...platforms: string[]) {
  const children = await Promise.all(
    platforms.map(async (architecture) => {
      const platform = { os: 'linux', architecture };
      return { artifact: await smallImage(`${YAML}# ${architecture}\n`, { platform }), platform };
    }),
  );
  return buildIndex(children);
}

function request(over: Partial<SourceRequest> = {}): SourceRequest {
  return {
    repository: { registry: registry.host, repository: 'acme/cfg' },
    selection: { kind: 'tag', tag: 'v1.0.0' },
    content: { kind: 'package' },
    tenant: 'team',
    connection: OPEN,
    networks: { local: true, private: true },
    chunkSize: 786_432,
    maxBytes: 1_048_576,
    ...over,
  };
}

const get = (over?: Partial<SourceRequest>, pace = PACE) => source.get(request(over), pace, SOON());
const failure = async (over?: Partial<SourceRequest>) => (await get(over)).failure;

describe('a source', () => {
  test('returns revision, digest, file name and content', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    const { fetched, pending, failure: failed, nextMs } = await get();
    expect({ pending, failed, nextMs }).toEqual({ pending: false, failed: undefined, nextMs: 60_000 });
    expect(fetched).toMatchObject({ revision: `v1.0.0@${digest}`, digest });
    expect(fetched?.manifest.artifact).toEqual({ source: `${registry.host}/acme/cfg`, digest });
    expect(fetched?.manifest.file).toMatch(new RegExp(`^127-0-0-1-\\d+-acme-cfg-sha256-${digest.slice(7, 12)}\\.gz$`));
    const bytes = fetched && (await source.content(request(), fetched, PACE, SOON()));
    expect(gunzipSync(bytes ?? '').toString()).toBe(YAML);
  });

  test('reports the outcome of each fetch, once for all waiting calls', async () => {
    await Promise.all([get(), get()]);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['FetchFailed']);
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    clock = 60_000;
    await get();
    clock = 200_000;
    await get();
    expect(reports.map(({ outcome }) => outcome)).toEqual(['FetchFailed', 'Fetched', 'Unchanged']);
    expect(reports[1]).toMatchObject({ repository: request().repository, tenant: 'team', seconds: 0 });
    expect(source.queues()).toEqual({ quick: { waiting: 0, running: 0 }, slow: { waiting: 0, running: 0 } });
  });

  test('reports a fetch that was not started', async () => {
    await source.close();
    source = make(nopStore(), 1, 1);
    const all = ['a', 'b', 'c'].map((tag) => get({ selection: { kind: 'tag', tag } }));
    expect(source.queues().quick).toEqual({ waiting: 1, running: 1 });
    await Promise.all(all);
    const never = reports.filter(({ outcome }) => outcome === 'TooManyWaiting');
    expect(never.map(({ seconds }) => seconds)).toEqual([undefined]);
  });

  test('sends one request for any number of concurrent calls', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    registry.requests.length = 0;
    await Promise.all(Array.from({ length: 50 }, () => get()));
    expect(source.fetches()).toBe(1);
    const manifests = registry.requests.filter(({ url }) => url.includes('/manifests/'));
    expect(manifests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  test('detects a moved tag after the interval', async () => {
    const first = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await get();
    const second = await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# new\n`));
    clock = 59_999;
    expect((await get()).fetched?.digest).toBe(first);
    clock = 60_000;
    expect((await get()).fetched?.digest).toBe(second);
    expect(source.fetches()).toBe(2);
  });

  test('resolves immediately if requested, once for each value', async () => {
    const now = (lookNow: string) => source.get(request(), { ...PACE, lookNow }, SOON());
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await get();
    const second = await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# new\n`));
    expect((await now('first')).fetched?.digest).toBe(second);
    await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# newer\n`));
    expect((await now('first')).fetched?.digest).toBe(second);
    expect(source.fetches()).toBe(2);
    await now('second');
    expect(source.fetches()).toBe(3);
  });

  test('only resolves a tag that has not moved', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await get();
    registry.requests.length = 0;
    clock = 60_000;
    await get();
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD']);
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
    clock = 9e12;
    await get({ selection });
    expect(source.fetches()).toBe(1);
  });

  test('is separate for other credentials, which may not have access', async () => {
    await registry.close();
    registry = await startRegistry({ auth: { kind: 'basic', username: 'u', password: 'secret' } });
    const auths = { [registry.host]: { username: 'u', password: 'secret' } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
    const pullSecrets = [{ name: 'pull', type: 'kubernetes.io/dockerconfigjson', data }];
    const client = createRegistryClient({
      credentials: { get: async () => ({ kind: 'basic', username: 'u', password: 'secret' }) },
    });
    await pushArtifact(client, parseReference(`${registry.host}/acme/cfg:v1.0.0`), await smallImage(YAML));
    await client.close();
    expect((await get({ connection: { ...OPEN, pullSecrets } })).fetched).toBeDefined();
    const { fetched, failure: failed } = await get();
    expect({ fetched, reason: failed?.reason }).toEqual({ fetched: undefined, reason: 'AuthFailed' });
    expect(failed?.message).not.toContain('secret');
  });

  test('continues a fetch that takes longer than the call', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    let release: (() => void) | undefined;
    registry.fault = ({ url = '' }, response) => {
      if (release !== undefined || !url.includes('/manifests/')) return false;
      release = () => response.writeHead(500).end();
      return true;
    };
    const now = AbortSignal.abort();
    expect(await source.get(request(), PACE, now)).toMatchObject({ fetched: undefined, pending: true });
    expect(await source.get(request(), PACE, now)).toMatchObject({ pending: true });
    while (release === undefined) await new Promise((resolve) => setImmediate(resolve));
    release();
    expect((await get()).failure?.reason).toBe('FetchFailed');
    clock = 1_000;
    expect((await get()).fetched).toBeDefined();
    expect(source.fetches()).toBe(2);
  });

  test('limits concurrent fetches', async () => {
    await source.close();
    source = make(nopStore(), 2);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await push(`acme/${name}:v1.0.0`, await smallImage(YAML));
    let [current, most] = [0, 0];
    registry.fault = (_, response) => {
      current += 1;
      most = Math.max(most, current);
      response.once('close', () => {
        current -= 1;
      });
      return false;
    };
    await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((repository) => get({ repository: { registry: registry.host, repository } })),
    );
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('a source that fails', () => {
  test('keeps its result, and waits longer after each failure', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await get();
    registry.fault = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    clock = 60_000;
    expect(await get()).toMatchObject({ fetched: { digest }, failure: { reason: 'FetchFailed' }, nextMs: 1_000 });
    clock = 61_000;
    expect(await get()).toMatchObject({ fetched: { digest }, nextMs: 2_000 });
    registry.fault = undefined;
    clock = 63_000;
    expect(await get()).toMatchObject({ fetched: { digest }, failure: undefined });
  });

  test('does not immediately request missing content again', async () => {
    expect(await failure()).toMatchObject({ reason: 'FetchFailed', lasting: true });
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    registry.requests.length = 0;
    clock = 29_999;
    expect((await get()).fetched).toBeUndefined();
    expect(registry.requests).toEqual([]);
    clock = 30_000;
    expect((await get()).fetched).toBeDefined();
  });

  test.each([
    [401, 'AuthFailed'],
    [403, 'AuthFailed'],
    [404, 'FetchFailed'],
    [429, 'FetchFailed'],
    [500, 'FetchFailed'],
  ])('reports status %d: %s', async (status, reason) => {
    registry.fault = (_, response) => {
      response.writeHead(status).end();
      return true;
    };
    expect((await failure())?.reason).toBe(reason);
  });

  test('reports an unreachable registry', async () => {
    const repository = { registry: '127.0.0.1:1', repository: 'acme/cfg' };
    expect(await failure({ repository })).toMatchObject({ reason: 'FetchFailed', lasting: false });
  });

  test('reports a range without a match, and an invalid range', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    expect((await failure({ selection: { kind: 'semver', semver: '^2.0.0' } }))?.message).toContain(
      'satisfies "^2.0.0"',
    );
    expect((await failure({ selection: { kind: 'semver', semver: 'newest' } }))?.lasting).toBe(true);
  });

  test('refuses local addresses unless they are allowed', async () => {
    const networks = { local: false, private: true };
    expect(await failure({ networks })).toMatchObject({ reason: 'NotAllowed', lasting: true });
  });

  test('refuses an index without the platform that Crossplane selects', async () => {
    await push('acme/cfg:v1.0.0', await indexOf('arm64', 's390x'));
    expect(await failure()).toMatchObject({ reason: 'InvalidArtifact', lasting: true });
  });

  test('refuses an image that is not a package', async () => {
    const layer = await buildLayer(writeTar([{ type: 'file', name: 'other.yaml', content: Buffer.from(YAML) }]));
    await push('acme/cfg:v1.0.0', await smallImage('', { layers: [layer] }));
    expect((await failure())?.reason).toBe('InvalidArtifact');
  });

  test('refuses content over the limit, and accepts exactly the limit', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    const size = (await get()).fetched?.manifest.size ?? 0;
    expect((await get({ maxBytes: size })).fetched).toBeDefined();
    expect(await failure({ maxBytes: size - 1 })).toMatchObject({ reason: 'TooLarge', lasting: true });
  });

  test('refuses a layer whose bytes do not have its digest', async () => {
    const image = await smallImage(YAML);
    await push('acme/cfg:v1.0.0', image);
    const [layer] = image.layers;
    registry.blobs.set(layer?.descriptor.digest ?? '', Buffer.alloc(layer?.descriptor.size ?? 0));
    expect((await get()).fetched).toBeUndefined();
    expect((await failure())?.reason).toMatch(/FetchFailed|InvalidArtifact/);
  });
});

describe('of an index', () => {
  test('has the digest of the index and the content for linux/amd64', async () => {
    const digest = await push('acme/cfg:v1.0.0', await indexOf('arm64', 'amd64'));
    const { fetched } = await get();
    expect(fetched?.digest).toBe(digest);
    const bytes = fetched && (await source.content(request(), fetched, PACE, SOON()));
    expect(gunzipSync(bytes ?? '').toString()).toBe(`${YAML}# amd64\n`);
  });
});

describe('signatures', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = (keys: typeof pair) => keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const signers = { keys: [{ name: 'cosign.pub', pem: pem(pair) }] };

  async function signAs(digest: string, signed = digest): Promise<void> {
    const critical = {
      identity: { 'docker-reference': '' },
      image: { 'docker-manifest-digest': signed },
      type: 'cosign container image signature',
    };
    const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
    const signature = sign('sha256', payload, pair.privateKey).toString('base64');
    const blob = bytesBlob('application/vnd.dev.cosign.simplesigning.v1+json', payload, {
      'dev.cosignproject.cosign/signature': signature,
    });
    const config = encodeJson({ architecture: '', os: '', rootfs: { type: 'layers', diff_ids: [] } });
    await push(`acme/cfg:${digest.replace(':', '-')}.sig`, buildImage({ config, layers: [blob], format: 'oci' }));
  }

  test('by the right key for the digest are accepted', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await signAs(digest);
    expect((await get({ signers })).fetched?.digest).toBe(digest);
  });

  test('that are missing, by another key, or for another digest are refused, and the earlier result is kept', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await signAs(digest);
    await get({ signers });
    const moved = await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# moved\n`));
    clock = 60_000;
    expect(await get({ signers })).toMatchObject({ fetched: { digest }, failure: { reason: 'VerifyFailed' } });
    await signAs(moved, digest);
    clock = 200_000;
    expect(await get({ signers })).toMatchObject({ fetched: { digest }, failure: { reason: 'VerifyFailed' } });
    const others = { keys: [{ name: 'other.pub', pem: pem(other) }] };
    expect((await failure({ signers: others }))?.reason).toBe('VerifyFailed');
    expect((await failure({ signers: { keys: [{ name: 'bad.pub', pem: 'no key' }] } }))?.reason).toBe('VerifyFailed');
  });
});

describe('the content store', () => {
  test('replaces all downloads after a restart, but not the requests that check access', async () => {
    const directory = mkdtempSync(join(work, 'store-'));
    const store = fileStore({ directory, maxBytes: 1e6 });
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    source = make(store);
    await get();
    expect(readdirSync(directory).length).toBeGreaterThanOrEqual(2);
    source = make(store);
    registry.requests.length = 0;
    const { fetched } = await get();
    expect(registry.requests.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
    const bytes = fetched && (await source.content(request(), fetched, PACE, SOON()));
    expect(gunzipSync(bytes ?? '').toString()).toBe(YAML);
  });

  const breakWith = (status: number | undefined) => {
    registry.fault =
      status === undefined
        ? undefined
        : (_, response) => {
            response.writeHead(status).end();
            return true;
          };
  };
  const textOf = async (over?: Partial<SourceRequest>) => {
    const { fetched } = await get(over);
    const bytes = fetched && (await source.content(request(over), fetched, PACE, SOON()));
    return bytes && gunzipSync(bytes).toString();
  };

  /** A new process, with a store of what the one before was given. */
  async function restarted(over?: Partial<SourceRequest>, directory = mkdtempSync(join(work, 'store-'))) {
    const store = fileStore({ directory, maxBytes: 1e6 });
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    source = make(store);
    await get(over);
    source = make(store);
    clock += 600_000;
    return store;
  }

  test('replaces a registry that does not respond, with the content that it sent to the same asker', async () => {
    const store = await restarted();
    breakWith(503);
    const { fetched, restored, failure: failed, pending } = await get();
    expect({ restored, pending, reason: failed?.reason }).toEqual({
      restored: true,
      pending: false,
      reason: 'FetchFailed',
    });
    const bytes = fetched && (await source.content(request(), fetched, PACE, SOON()));
    expect(gunzipSync(bytes ?? '').toString()).toBe(YAML);
    breakWith(undefined);
    registry.requests.length = 0;
    clock += 600_000;
    expect(await get()).toMatchObject({ restored: undefined, failure: undefined, fetched });
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD']);
    await registry.close();
    source = make(store);
    expect(await textOf()).toBe(YAML);
    registry = await startRegistry();
  });

  test('is not used once the registry denies access', async () => {
    await restarted();
    breakWith(503);
    expect(await textOf()).toBe(YAML);
    breakWith(403);
    clock += 600_000;
    expect(await get()).toMatchObject({ fetched: undefined, restored: undefined, failure: { reason: 'AuthFailed' } });
  });

  const pullSecrets = [{ name: 'pull', type: 'kubernetes.io/dockerconfigjson', data: {} }];
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const others: readonly (readonly [string, Partial<SourceRequest>])[] = [
    ['of another tenant', { tenant: 'other' }],
    ['with other credentials', { connection: { ...OPEN, pullSecrets } }],
    ['that asks for signatures', { signers: { keys: [{ name: 'a.pub', pem }] } }],
    ['of another tag', { selection: { kind: 'tag', tag: 'v1' } }],
    ['of another repository', { repository: { registry: 'other.example.com', repository: 'acme/cfg' } }],
  ];
  test.each(others)('is not used for an asker %s', async (_, over) => {
    await restarted();
    breakWith(503);
    expect(await textOf(over)).toBeUndefined();
    expect(await textOf()).toBe(YAML);
  });

  test.each([401, 403, 404, 429])('is not used for a registry that returns %d', async (status) => {
    await restarted();
    breakWith(status);
    expect(await textOf()).toBeUndefined();
  });

  test.each([401, 403, 404])('drops the record of access if the registry returns %d', async (status) => {
    const store = await restarted();
    breakWith(status);
    await get();
    source = make(store);
    breakWith(503);
    expect(await textOf()).toBeUndefined();
  });

  test('returns the latest revision of a moved tag', async () => {
    await restarted();
    await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# moved\n`));
    await get();
    clock += 600_000;
    breakWith(502);
    expect(await textOf()).toBe(`${YAML}# moved\n`);
  });

  test.each(['damaged', 'gone'])('is not used if its content is %s', async (how) => {
    const directory = mkdtempSync(join(work, 'store-'));
    await restarted(undefined, directory);
    const contents = readdirSync(directory).filter((name) => !name.startsWith('note-'));
    expect(contents).toHaveLength(3);
    for (const name of contents) {
      if (how === 'gone') rmSync(join(directory, name));
      else writeFileSync(join(directory, name), 'x');
    }
    breakWith(503);
    expect(await textOf()).toBeUndefined();
    breakWith(undefined);
    clock += 600_000;
    expect(await textOf()).toBe(YAML);
  });

  test('that fails only causes downloads', async () => {
    source = make(fileStore({ directory: '/dev/null/no', maxBytes: 1e6 }));
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    expect((await get()).fetched).toBeDefined();
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
    registry.fault = (_, response) => {
      response.writeHead(500).end();
      return true;
    };
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
    const bytes = fetched && (await source.content(request({ content }), fetched, PACE, SOON()));
    const tar = gunzipSync(bytes ?? '').toString('latin1');
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
