import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localFetcher } from '../../../src/cache/artifacts/fetch.ts';
import { type ArtifactSource, createArtifactSource } from '../../../src/cache/artifacts/source.ts';
import { LABELS } from '../../../src/cache/sets/config-map.ts';
import { fileStore, nopStore } from '../../../src/cache/store.ts';
import type { Artifacts } from '../../../src/function/package-cache/index.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import {
  buildLayer,
  createRegistryClient,
  parseReference,
  pushArtifact,
  type TarInput,
  writeTar,
} from '../../../src/oci/index.ts';
import { FAST_RETRY, smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';
import { composite, objectAt } from '../call.ts';
import { type Cluster, conditionOf, objectsIn, startCluster } from './cluster.ts';

const work = mkdtempSync(join(tmpdir(), 'package-cache-'));
afterAll(() => rmSync(work, { recursive: true }));

const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';

let registry: RegistryServer;
let cluster: Cluster;
let clock: number;
const open: ArtifactSource[] = [];

function artifacts(budgetMs = 10_000): Artifacts & { readonly source: ArtifactSource } {
  const source = createArtifactSource({
    fetcher: localFetcher(nopStore()),
    aws: () => ({ get: async () => undefined }),
    now: () => clock,
    createClient: (options) => createRegistryClient({ ...options, retry: { ...FAST_RETRY, attempts: 1 } }),
  });
  open.push(source);
  return { source, budgetMs };
}

beforeEach(async () => {
  registry = await startRegistry();
  clock = 0;
  cluster = startCluster(artifacts());
  cluster.input = { allowedRegistries: [registry.host], allowLocalAddresses: true, allowInsecure: true };
  cluster.sources = [source()];
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await registry.close();
});

function source(over: JsonObject = {}): JsonObject {
  return { name: 'cfg', url: `oci://${registry.host}/acme/cfg`, ref: { tag: 'v1' }, insecure: true, ...over };
}

async function push(name: string, text = YAML): Promise<string> {
  const client = createRegistryClient({ retry: FAST_RETRY });
  const image = await smallImage(text);
  await pushArtifact(client, parseReference(`${registry.host}/${name}`), image);
  await client.close();
  return image.document.descriptor.digest;
}

function secret(data: Readonly<Record<string, string>>, type = 'Opaque'): JsonObject {
  const entries = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return { apiVersion: 'v1', kind: 'Secret', type, data: Object.fromEntries(entries) };
}

const configMaps = () => [...cluster.observed.values()].filter(({ kind }) => kind === 'ConfigMap');
const statusOf = (name = 'cfg') => objectAt(cluster.status, 'packageCache', name);

/** What the ConfigMaps of a set hold, put together as the loader does. */
function contentOf(set: unknown): string {
  const own = configMaps()
    .filter((map) => objectAt(map, 'metadata', 'labels')[LABELS.set] === set)
    .sort((a, b) => (indexOf(a) < indexOf(b) ? -1 : 1));
  const chunks = own.map((map) => Buffer.from(String(Object.values(objectAt(map, 'binaryData'))[0]), 'base64'));
  return gunzipSync(Buffer.concat(chunks)).toString();
}
const indexOf = (map: JsonObject) => Number(objectAt(map, 'metadata', 'labels')[LABELS.index]);

/** Text that does not compress to less than about `size` bytes. */
function noise(size: number): string {
  let text = YAML;
  for (let seed = 1; text.length < size * 1.5; seed = (seed * 16_807) % 2_147_483_647)
    text += `# ${seed.toString(36)}\n`;
  return text;
}

describe('a source', () => {
  test('is carried in ConfigMaps: first composed, then ready, then untouched', async () => {
    const digest = await push('acme/cfg:v1');
    const first = await cluster.reconcile();
    expect(conditionOf(first)).toBe('true Available');
    expect(statusOf()).toMatchObject({ ready: false, reason: 'Fetched', revision: `v1@${digest}`, digest, chunks: 1 });
    const [map = {}] = configMaps();
    expect(map).toMatchObject({ metadata: { namespace: 'crossplane-system' }, immutable: true });
    expect(contentOf(statusOf().set)).toBe(YAML);
    const second = await cluster.reconcile();
    expect(statusOf()).toMatchObject({ ready: true, configMaps: [objectAt(map, 'metadata').name] });
    const before = JSON.stringify(second.desired);
    expect(JSON.stringify((await cluster.reconcile()).desired)).toBe(before);
  });

  test('is one chunk under the entry’s own key, or several of the size asked for', async () => {
    await push('acme/cfg:v1', noise(5_000));
    cluster.input = { ...cluster.input, chunkSize: 1_024, labels: { team: 'a' } };
    await cluster.reconcile();
    expect(configMaps().length).toBeGreaterThan(2);
    expect(new Set(configMaps().map((map) => objectAt(map, 'metadata', 'labels').team))).toEqual(new Set(['a']));
    expect(contentOf(statusOf().set)).toBe(noise(5_000));
    await cluster.reconcile();
    expect(contentOf(statusOf().set)).toBe(noise(5_000));
  });

  test('that moves keeps the earlier revision, as many as asked for, and drops the oldest', async () => {
    cluster.sources = [source({ keep: 2, interval: '10s' })];
    const digests: string[] = [];
    for (let version = 0; version < 5; version += 1) {
      digests.unshift(await push('acme/cfg:v1', `${YAML}# ${version}\n`));
      clock += 10_000;
      await cluster.reconcile();
      await cluster.reconcile();
    }
    expect(statusOf().digest).toBe(digests[0]);
    const history = objectsIn(statusOf().history).map(({ revision }) => revision);
    expect(history).toEqual([`v1@${digests[1]}`, `v1@${digests[2]}`]);
    expect(configMaps()).toHaveLength(3);
  });

  test('that moves back takes the ConfigMaps that are there', async () => {
    cluster.sources = [source({ interval: '10s' })];
    const first = await push('acme/cfg:v1');
    await cluster.reconcile();
    await cluster.reconcile();
    await push('acme/cfg:v1', `${YAML}# new\n`);
    clock += 10_000;
    await cluster.reconcile();
    await cluster.reconcile();
    await push('acme/cfg:v1');
    clock += 10_000;
    await cluster.reconcile();
    expect(statusOf()).toMatchObject({ digest: first, ready: true });
    expect(configMaps()).toHaveLength(2);
  });

  test('that is removed takes its ConfigMaps along, and no others', async () => {
    await push('acme/cfg:v1');
    await push('acme/other:v1', `${YAML}# other\n`);
    cluster.sources = [source(), source({ name: 'cfg-other', url: `oci://${registry.host}/acme/other` })];
    await cluster.reconcile();
    expect(configMaps()).toHaveLength(2);
    cluster.sources = [cluster.sources[1] ?? {}];
    await cluster.reconcile();
    expect(configMaps().map((map) => String(objectAt(map, 'metadata').name))).toEqual([
      expect.stringMatching(/^cfg-other-/),
    ]);
    cluster.sources = [];
    await cluster.reconcile();
    expect(configMaps()).toEqual([]);
  });

  test('of two composites is in ConfigMaps of two names', async () => {
    await push('acme/cfg:v1');
    await cluster.reconcile();
    const [first] = configMaps();
    const other = startCluster(artifacts(), { ...composite(), metadata: { name: 'another' } });
    other.input = cluster.input;
    other.sources = cluster.sources;
    await other.reconcile();
    const second = [...other.observed.values()].find(({ kind }) => kind === 'ConfigMap');
    expect(objectAt(second ?? {}, 'metadata').name).not.toBe(objectAt(first ?? {}, 'metadata').name);
  });

  test('without url is the workload’s own bundle repository, once its URI is known', async () => {
    cluster.sources = [{ name: 'cfg' }];
    const answer = await cluster.reconcile();
    expect(conditionOf(answer)).toBe('false Pending');
    expect(statusOf().message).toMatch(/URI of the bundle repository/);
  });

  test('asks for the next call soon while it is fetched', async () => {
    await push('acme/cfg:v1');
    cluster.restart(artifacts(0));
    expect((await cluster.reconcile()).meta.ttlSeconds).toBeLessThanOrEqual(3);
  });
});

describe('nothing is lost', () => {
  async function settled(): Promise<string> {
    await push('acme/cfg:v1', noise(3_000));
    cluster.input = { ...cluster.input, chunkSize: 1_024 };
    await cluster.reconcile();
    await cluster.reconcile();
    expect(statusOf().ready).toBe(true);
    return JSON.stringify(configMaps().map(({ binaryData }) => binaryData));
  }
  const now = () => JSON.stringify(configMaps().map(({ binaryData }) => binaryData));

  const troubles: { name: string; reason: string; make: () => void | Promise<void> }[] = [
    { name: 'the registry is down', reason: 'FetchFailed', make: () => answer(503) },
    { name: 'access is refused', reason: 'AuthFailed', make: () => answer(403) },
    { name: 'the repository is gone', reason: 'FetchFailed', make: () => answer(404) },
    {
      name: 'the source is no longer allowed',
      reason: 'NotAllowed',
      make: () => {
        cluster.input = { ...cluster.input, allowedRegistries: [] };
      },
    },
    {
      name: 'its Secret is gone',
      reason: 'AuthFailed',
      make: () => {
        cluster.sources = [source({ secretRef: { name: 'pull' } })];
      },
    },
    {
      name: 'it must be signed now, and is not',
      reason: 'VerifyFailed',
      make: () => {
        cluster.objects.set('Secret/default/keys', secret({ 'a.pub': 'no key' }));
        cluster.sources = [source({ verify: { secretRef: { name: 'keys' } } })];
      },
    },
    {
      name: 'the tag leads to something that is no package',
      reason: 'InvalidArtifact',
      make: async () => {
        const client = createRegistryClient({ retry: FAST_RETRY });
        const image = await smallImage('', { layers: [] });
        await pushArtifact(client, parseReference(`${registry.host}/acme/cfg:v1`), image);
        await client.close();
        clock = 1e9;
      },
    },
    {
      name: 'the tag leads to something too large',
      reason: 'TooLarge',
      make: async () => {
        cluster.input = { ...cluster.input, maxContentBytes: 10_000 };
        await push('acme/cfg:v1', noise(60_000));
      },
    },
  ];

  const broken = { 'YAML that ends early': 'this: [is not', 'no Kubernetes object': 'a: 1', nothing: '' };
  for (const [what, text] of Object.entries(broken)) {
    troubles.push({
      name: `the package.yaml is ${what}`,
      reason: 'InvalidArtifact',
      make: async () => {
        await push('acme/cfg:v1', text);
        clock = 1e9;
      },
    });
  }

  function answer(status: number): void {
    registry.fault = (_, response) => {
      response.writeHead(status).end();
      return true;
    };
    clock = 1e9;
  }

  test.each(troubles)('when $name, and a new pod knows nothing', async ({ reason, make }) => {
    const before = await settled();
    await make();
    cluster.restart(artifacts());
    for (let round = 0; round < 3; round += 1) expect(conditionOf(await cluster.reconcile())).toBe(`false ${reason}`);
    expect(now()).toBe(before);
    expect(statusOf()).toMatchObject({ ready: false, reason, revision: expect.stringMatching(/^v1@sha256:/) });
  });

  test('when the fetch takes longer than the call', async () => {
    const before = await settled();
    cluster.restart(artifacts(0));
    expect(conditionOf(await cluster.reconcile())).toBe('false Pending');
    expect(now()).toBe(before);
  });

  test('when nothing can be fetched at all, as in a rendering', async () => {
    const before = await settled();
    cluster.restart(undefined);
    expect(conditionOf(await cluster.reconcile())).toBe('false Pending');
    expect(now()).toBe(before);
  });

  test('when the parameters are wrong: the answer is fatal and nothing is applied', async () => {
    const before = await settled();
    cluster.sources = [source({ name: 'Bad Name' })];
    const { results } = await cluster.reconcile();
    expect(results[0]?.message).toMatch(/spec\.parameters\.packageCache\.sources\[0\]\.name: must be/);
    expect(now()).toBe(before);
  });

  test('when somebody deletes a ConfigMap: it is made again', async () => {
    const before = await settled();
    const [victim] = [...cluster.observed].find(([, { kind }]) => kind === 'ConfigMap') ?? [];
    cluster.observed.delete(victim ?? '');
    await cluster.reconcile();
    expect(
      JSON.stringify(
        configMaps()
          .map(({ binaryData }) => binaryData)
          .sort(byKey),
      ),
    ).toBe(JSON.stringify(JSON.parse(before).sort(byKey)));
  });

  test('when a ConfigMap was deleted and the registry is down: the others stay', async () => {
    await settled();
    const count = configMaps().length;
    const [victim] = [...cluster.observed].find(([, { kind }]) => kind === 'ConfigMap') ?? [];
    cluster.observed.delete(victim ?? '');
    answer(503);
    cluster.restart(artifacts());
    await cluster.reconcile();
    expect(configMaps()).toHaveLength(count - 1);
  });

  test('once the trouble is over, the source goes on', async () => {
    await settled();
    answer(503);
    await cluster.reconcile();
    registry.fault = undefined;
    clock += 1e9;
    expect(conditionOf(await cluster.reconcile())).toBe('true Available');
    expect(statusOf().ready).toBe(true);
  });

  function byKey(a: unknown, b: unknown): number {
    return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
  }
});

describe('bytes', () => {
  test('over the budget are refused with their size and the way out', async () => {
    await push('acme/cfg:v1', noise(5_000));
    cluster.input = { ...cluster.input, maxContentBytes: 100 };
    const { results } = await cluster.reconcile();
    expect(statusOf().reason).toBe('TooLarge');
    expect(results.find(({ reason }) => reason === 'TooLarge')?.message).toMatch(/over the limit of 100 B; raise/);
  });

  test('of all sources together count: what no longer fits is told, the others are carried', async () => {
    await push('acme/a:v1', noise(5_000));
    await push('acme/b:v1', `${noise(5_000)}# b\n`);
    cluster.sources = ['a', 'b'].map((name) => source({ name, url: `oci://${registry.host}/acme/${name}` }));
    await cluster.reconcile();
    const sizes = ['a', 'b'].map((name) => Number(statusOf(name).bytes));
    const [total, one] = [(sizes[0] ?? 0) + (sizes[1] ?? 0), Math.max(...sizes)];
    const fresh = startCluster(artifacts());
    fresh.sources = cluster.sources;
    fresh.input = { ...cluster.input, maxContentBytes: total - 1 };
    expect(one).toBeLessThan(total - 1);
    await fresh.reconcile();
    expect(objectAt(fresh.status, 'packageCache', 'a').reason).toBe('Fetched');
    expect(objectAt(fresh.status, 'packageCache', 'b').reason).toBe('TooLarge');
    fresh.input = { ...cluster.input, maxContentBytes: total };
    fresh.restart(artifacts());
    await fresh.reconcile();
    expect(objectAt(fresh.status, 'packageCache', 'b').reason).toBe('Fetched');
  });
});

describe('a selection of an artifact', () => {
  const layered = (over: JsonObject) => source({ content: 'layer', ...over });
  const filesOf = () =>
    configMaps().map((map) => {
      const [file = '', base64] = Object.entries(objectAt(map, 'binaryData'))[0] ?? [];
      return { file, size: Buffer.from(String(base64), 'base64').byteLength };
    });

  async function pushLayer(more: readonly TarInput[] = []): Promise<void> {
    const client = createRegistryClient({ retry: FAST_RETRY });
    const names = ['a.txt', 'b.txt', 'deep/c.txt'];
    const files = names.map((name) => ({ type: 'file' as const, name, mode: 0o644, content: Buffer.from(noise(500)) }));
    const image = await smallImage('', { layers: [await buildLayer(writeTar([...files, ...more]))] });
    await pushArtifact(client, parseReference(`${registry.host}/acme/cfg:v1`), image);
    await client.close();
  }

  test('that has links tells of them as long as it is in the cluster, also when nobody fetches', async () => {
    await pushLayer([
      { type: 'symlink', name: 'z', target: 'a.txt' },
      { type: 'symlink', name: 'deep/link', target: 'c.txt' },
    ]);
    cluster.sources = [layered({})];
    await cluster.reconcile();
    const told = 'it omits 2 links and devices, the first "deep/link"';
    for (const [round, now] of [artifacts(), artifacts(), undefined].entries()) {
      cluster.restart(now);
      const answer = await cluster.reconcile();
      expect(statusOf(), `round ${round}`).toMatchObject({
        message: now ? told : 'Fetching is not available in this process',
      });
      const condition = answer.conditions.find(({ type }) => type === 'PackageCacheReady');
      expect(condition?.message, `round ${round}`).toContain(`cfg: ${told}`);
      expect(answer.results.map(({ message }) => message).filter((text) => text.includes('it omits'))).toEqual([]);
    }
    cluster.sources = [layered({ ignore: 'z\ndeep/link' })];
    cluster.restart(artifacts());
    for (let round = 0; round < 3; round += 1) await cluster.reconcile();
    expect(statusOf()).not.toHaveProperty('message');
  });

  test('that changes reaches the target in a file of its own', async () => {
    await pushLayer();
    cluster.sources = [layered({ keep: 0 })];
    await cluster.reconcile();
    await cluster.reconcile();
    const [before] = filesOf();
    cluster.sources = [layered({ keep: 0, ignore: 'deep/' })];
    for (let round = 0; round < 3; round += 1) await cluster.reconcile();
    const [after, ...others] = filesOf();
    expect(others).toEqual([]);
    expect(after?.file).not.toBe(before?.file);
    expect(after?.size).not.toBe(before?.size);
    expect(statusOf()).toMatchObject({ ready: true, cacheKey: after?.file });
  });

  test('goes beside another one of the same artifact', async () => {
    await pushLayer();
    cluster.sources = [
      layered({ name: 'all' }),
      layered({ name: 'few', ignore: 'deep/' }),
      layered({ name: 'raw', layerSelector: { operation: 'copy' } }),
    ];
    expect(conditionOf(await cluster.reconcile())).toBe('true Available');
    expect(new Set(filesOf().map(({ file }) => file)).size).toBe(3);
  });
});

describe('what may be fetched', () => {
  const cases: { name: string; source: JsonObject; input?: JsonObject; message: RegExp }[] = [
    { name: 'a registry that is not allowed', source: { url: 'oci://evil.example/a/b' }, message: /not allowed/ },
    {
      name: 'a host that only looks like ECR',
      source: { url: 'oci://123456789012.dkr.ecr.eu-west-2.amazonaws.com.evil.example/a', provider: 'aws' },
      input: { allowedRegistries: ['123456789012.dkr.ecr.eu-west-2.amazonaws.com.evil.example'] },
      message: /provider aws must only be used with private ECR registries/,
    },
    { name: 'a loopback address', source: {}, input: { allowLocalAddresses: false }, message: /loopback/ },
    {
      name: 'the metadata service',
      source: { url: 'oci://169.254.169.254/a/b' },
      input: { allowLocalAddresses: false },
      message: /metadata/,
    },
    { name: 'plain http', source: {}, input: { allowInsecure: false }, message: /allowInsecure/ },
    { name: 'a url with a tag', source: { url: 'oci://registry.example.com/a:v1' }, message: /without a tag/ },
  ];
  test.each(cases)('is not $name', async ({ source: over, input, message }) => {
    cluster.sources = [source(over)];
    cluster.input = { ...cluster.input, ...input };
    registry.requests.length = 0;
    expect(conditionOf(await cluster.reconcile())).toBe('false NotAllowed');
    expect(statusOf().message).toMatch(message);
    expect(registry.requests).toEqual([]);
  });

  test('is what a pull secret or a ServiceAccount opens', async () => {
    await registry.close();
    registry = await startRegistry({ auth: { kind: 'basic', username: 'u', password: 'secret' } });
    const client = createRegistryClient({
      credentials: { get: async () => ({ kind: 'basic', username: 'u', password: 'secret' }) },
    });
    await pushArtifact(client, parseReference(`${registry.host}/acme/cfg:v1`), await smallImage(YAML));
    await client.close();
    cluster.input = { ...cluster.input, allowedRegistries: [registry.host] };
    const config = JSON.stringify({ auths: { [registry.host]: { username: 'u', password: 'secret' } } });
    const pull = secret({ '.dockerconfigjson': config }, 'kubernetes.io/dockerconfigjson');
    cluster.sources = [source({ secretRef: { name: 'pull' } })];
    expect(conditionOf(await cluster.reconcile())).toBe('false AuthFailed');
    expect(statusOf().message).toBe('Secret pull in namespace default not found');
    cluster.objects.set('Secret/default/pull', pull);
    expect(conditionOf(await cluster.reconcile())).toBe('true Available');
    cluster.observed.clear();
    cluster.sources = [source({ serviceAccountName: 'builder' })];
    cluster.objects.set('ServiceAccount/default/builder', { imagePullSecrets: [{ name: 'pull' }] });
    expect(conditionOf(await cluster.reconcile())).toBe('true Available');
    expect(JSON.stringify(cluster.status)).not.toContain('secret"');
  });

  describe('that needs an object of a namespace, on Crossplane before 2.2', () => {
    const wants: [string, JsonObject][] = [
      ['AuthFailed', { secretRef: { name: 'pull' } }],
      ['VerifyFailed', { verify: { secretRef: { name: 'keys' } } }],
    ];

    test.each(wants)('is %s on v1, which shows a function none, with the way out', async (reason, over) => {
      cluster.capabilities = undefined;
      cluster.isFirst = true;
      cluster.objects.set('Secret/default/pull', secret({}));
      cluster.sources = [source(over)];
      const answer = await cluster.reconcile();
      expect(conditionOf(answer)).toBe(`false ${reason}`);
      const asked = Object.values(answer.requirements.extraResources ?? {});
      expect(asked.filter(({ kind }) => kind === 'Secret')).toEqual([]);
      expect(statusOf().message).toMatch(
        /^Waiting for Crossplane to return the Secret \w+ in namespace default; v1 does not pass/,
      );
    });

    test.each(wants)('gets it from 2.0 and 2.1: %s', async (reason, over) => {
      cluster.capabilities = undefined;
      cluster.sources = [source(over)];
      expect(conditionOf(await cluster.reconcile())).toBe(`false ${reason}`);
      expect(statusOf().message).toMatch(/^Secret \w+ in namespace default not found$/);
    });
  });

  test('is checked for contradictions before anything is asked', async () => {
    const wrong: [JsonObject, RegExp][] = [
      [{ content: 'image', install: { kind: 'Function' } }, /content: must be package where install is set/],
      [{ interval: 'soon' }, /interval: must be a duration/],
      [{ ref: { digest: 'sha256:abc' } }, /ref\.digest: must be sha256: and 64/],
      [{ ref: { semvr: '1.x' } }, /unknown field; did you mean semver/],
      [{ url: 'https://registry.example.com/a' }, /url: must be oci:/],
      [{ keep: 11 }, /keep: must be at most 10/],
    ];
    for (const [over, message] of wrong) {
      cluster.sources = [source(over)];
      const { results } = await cluster.reconcile();
      expect(results.at(-1)).toMatchObject({ severity: 1, message: expect.stringMatching(message) });
    }
  });
});

test('a source that contradicts itself is refused, and the others are not', async () => {
  await push('acme/cfg:v1');
  cluster.sources = [
    source(),
    source({ name: 'a', ignore: 'a' }),
    source({ name: 'b', content: 'image', layerSelector: { operation: 'copy' } }),
  ];
  const answer = await cluster.reconcile();
  expect(conditionOf(answer)).toBe('false InvalidSource');
  expect(answer.conditions.find(({ type }) => type === 'PackageCacheReady')?.message).toMatch(
    /^a: ignore requires content: layer, not content: package; .*; b: layerSelector requires content: layer, not content: image; /,
  );
  expect(['cfg', 'a', 'b'].map((name) => statusOf(name).reason)).toEqual(['Fetched', 'InvalidSource', 'InvalidSource']);
});

test('a source whose package would have the name of an earlier one in the cache is refused before anything is fetched', async () => {
  const pinned = (name: string, repository: string, end: string) =>
    source({ name, url: `oci://${registry.host}/${repository}`, ref: { digest: `sha256:e3b0c${end.repeat(59)}` } });
  const long = `acme/${'long/'.repeat(12)}`;
  cluster.sources = [pinned('a', `${long}one`, '1'), pinned('b', `${long}two`, '2'), pinned('c', `${long}one`, '1')];
  await cluster.reconcile();
  expect(statusOf('b')).toMatchObject({ reason: 'InvalidSource' });
  expect(statusOf('b').message).toContain(
    "the same name in Crossplane's package cache as that of the earlier source a",
  );
  expect(['a', 'c'].map((name) => statusOf(name).reason)).not.toContain('InvalidSource');
});

describe('install', () => {
  const packages = () =>
    [...cluster.observed.values()].filter(({ apiVersion }) => String(apiVersion).startsWith('pkg.'));

  test('makes the package by its tag, and the ImageConfig that pins the tag, once the content is there', async () => {
    const digest = await push('acme/cfg:v1');
    cluster.sources = [source({ install: { kind: 'Configuration' } })];
    await cluster.reconcile();
    expect(packages()).toEqual([]);
    expect(statusOf().install).toMatchObject({ kind: 'Configuration', name: 'acme-cfg', installed: false });
    await cluster.reconcile();
    const [first, second] = packages();
    expect(first).toMatchObject({
      kind: 'Configuration',
      metadata: { name: 'acme-cfg' },
      spec: { package: `${registry.host}/acme/cfg:v1`, packagePullPolicy: 'Never' },
    });
    expect(second).toMatchObject({
      kind: 'ImageConfig',
      spec: {
        matchImages: [{ type: 'Prefix', prefix: `${registry.host}/acme/cfg:v1` }],
        rewriteImage: { prefix: `${registry.host}/acme/cfg@${digest}` },
      },
    });
  });

  test('goes by digest where no tag is asked for, and pulls what has a runtime when it is not there', async () => {
    const digest = await push('acme/cfg:v1', YAML.replace('Configuration', 'Function'));
    const install = { kind: 'Function', name: 'fn', skipDependencyResolution: true };
    cluster.sources = [source({ ref: { digest }, install })];
    await cluster.reconcile();
    await cluster.reconcile();
    expect(packages()).toEqual([
      expect.objectContaining({
        spec: {
          package: `${registry.host}/acme/cfg@${digest}`,
          packagePullPolicy: 'IfNotPresent',
          skipDependencyResolution: true,
        },
      }),
    ]);
  });

  test('stays as it was while the registry is down, even when the ConfigMaps are gone', async () => {
    await push('acme/cfg:v1');
    cluster.sources = [source({ install: { kind: 'Configuration' } })];
    for (let round = 0; round < 3; round += 1) await cluster.reconcile();
    const before = packages().map(({ spec }) => spec);
    registry.fault = (_, response) => {
      response.writeHead(500).end();
      return true;
    };
    for (const [name, { kind }] of cluster.observed) if (kind === 'ConfigMap') cluster.observed.delete(name);
    cluster.restart(artifacts());
    await cluster.reconcile();
    expect(packages().map(({ spec }) => spec)).toEqual(before);
  });
});

describe('a namespaced composite', () => {
  const own = { ...composite(), metadata: { name: 'app', namespace: 'team-a' }, spec: {} };

  test('keeps its ConfigMaps in its own namespace', async () => {
    await push('acme/cfg:v1');
    cluster = startCluster(artifacts(), own);
    cluster.flavor = 'ecr.aws.m.upbound.io';
    cluster.input = { allowedRegistries: [registry.host], allowLocalAddresses: true, allowInsecure: true };
    cluster.sources = [source()];
    for (let round = 0; round < 2; round += 1) {
      expect(conditionOf(await cluster.reconcile())).toBe('true Available');
      expect(configMaps()).toMatchObject([{ metadata: { namespace: 'team-a' } }]);
    }
    expect(statusOf()).toMatchObject({ ready: true, namespace: 'team-a' });
  });

  test('cannot install packages, nor have Objects', async () => {
    cluster = startCluster(artifacts(), own);
    cluster.flavor = 'ecr.aws.m.upbound.io';
    cluster.sources = [source({ install: { kind: 'Configuration' } })];
    expect((await cluster.reconcile()).results.at(-1)?.message).toMatch(/sources\[0\]\.install: is cluster scoped/);
    cluster.sources = [source()];
    cluster.input = { objects: { providerConfigName: 'kubernetes' } };
    expect((await cluster.reconcile()).results.at(-1)?.message).toMatch(
      /input\.packageCache\.objects: must not be set/,
    );
  });
});

describe('for Crossplane v1', () => {
  test('each ConfigMap is wrapped in an Object, which can be rebuilt like the ConfigMap', async () => {
    await push('acme/cfg:v1');
    cluster.input = { ...cluster.input, objects: { providerConfigName: 'kubernetes' } };
    await cluster.reconcile();
    const objects = () => [...cluster.observed.values()].filter(({ kind }) => kind === 'Object');
    const [object = {}] = objects();
    expect(objectAt(object, 'spec', 'forProvider', 'manifest').kind).toBe('ConfigMap');
    expect(objectAt(object, 'metadata', 'labels')[LABELS.set]).toBeUndefined();
    const before = JSON.stringify(objects().map(({ spec }) => spec));
    registry.fault = (_, response) => {
      response.writeHead(500).end();
      return true;
    };
    cluster.restart(artifacts());
    await cluster.reconcile();
    expect(JSON.stringify(objects().map(({ spec }) => spec))).toBe(before);
  });
});

test('a restart with the content on disk asks the registry only what the tag means', async () => {
  const directory = mkdtempSync(join(work, 'store-'));
  const stored = () => {
    const one = createArtifactSource({
      fetcher: localFetcher(fileStore({ directory, maxBytes: 1e6 })),
      aws: () => ({ get: async () => undefined }),
      now: () => clock,
    });
    open.push(one);
    return { source: one, budgetMs: 10_000 };
  };
  await push('acme/cfg:v1');
  cluster.restart(stored());
  await cluster.reconcile();
  registry.requests.length = 0;
  cluster.restart(stored());
  await cluster.reconcile();
  expect(registry.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /v2/',
    'HEAD /v2/acme/cfg/manifests/v1',
  ]);
  expect(statusOf().ready).toBe(true);
});
