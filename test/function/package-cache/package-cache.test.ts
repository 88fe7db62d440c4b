import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LABELS } from '../../../src/cache/sets/config-map.ts';
import { fileStore } from '../../../src/cache/store.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { buildLayer, type TarInput, writeTar } from '../../../src/oci/index.ts';
import { smallImage } from '../../oci/fixtures.ts';
import { failWith } from '../../oci/registry-server.ts';
import { composite, objectAt } from '../call.ts';
import { conditionOf, objectsIn, startCluster } from './cluster.ts';
import { noise, registrySetup, YAML } from './registry-setup.ts';

const env = registrySetup();
const { artifacts, configMaps, push, pushImage, source, statusOf } = env;

/** The content of the ConfigMaps of a set, joined as the loader does. */
function contentOf(set: unknown): string {
  const own = configMaps()
    .filter((map) => objectAt(map, 'metadata', 'labels')[LABELS.set] === set)
    .sort((a, b) => (indexOf(a) < indexOf(b) ? -1 : 1));
  const chunks = own.map((map) => Buffer.from(String(Object.values(objectAt(map, 'binaryData'))[0]), 'base64'));
  return gunzipSync(Buffer.concat(chunks)).toString();
}
const indexOf = (map: JsonObject) => Number(objectAt(map, 'metadata', 'labels')[LABELS.index]);

describe('a source', () => {
  test('is stored in ConfigMaps: first composed, then ready, then unchanged', async () => {
    const digest = await push('acme/cfg:v1');
    const first = await env.cluster.reconcile();
    expect(conditionOf(first)).toBe('true Available');
    expect(statusOf()).toMatchObject({ ready: false, reason: 'Fetched', revision: `v1@${digest}`, digest, chunks: 1 });
    const [map = {}] = configMaps();
    expect(map).toMatchObject({ metadata: { namespace: 'crossplane-system' }, immutable: true });
    expect(contentOf(statusOf().set)).toBe(YAML);
    const second = await env.cluster.reconcile();
    expect(statusOf()).toMatchObject({ ready: true, configMaps: [objectAt(map, 'metadata').name] });
    const before = JSON.stringify(second.desired);
    expect(JSON.stringify((await env.cluster.reconcile()).desired)).toBe(before);
  });

  test('is one chunk under the entry’s own key, or several of the configured size', async () => {
    await push('acme/cfg:v1', noise(5_000));
    env.cluster.input = { ...env.cluster.input, chunkSize: 1_024, labels: { team: 'a' } };
    await env.cluster.reconcile();
    expect(configMaps().length).toBeGreaterThan(2);
    expect(new Set(configMaps().map((map) => objectAt(map, 'metadata', 'labels').team))).toEqual(new Set(['a']));
    expect(contentOf(statusOf().set)).toBe(noise(5_000));
    await env.cluster.reconcile();
    expect(contentOf(statusOf().set)).toBe(noise(5_000));
  });

  test('with a new revision keeps as many earlier ones as configured, and removes the oldest', async () => {
    env.cluster.sources = [source({ keep: 2, interval: '10s' })];
    const digests: string[] = [];
    for (let version = 0; version < 5; version += 1) {
      digests.unshift(await push('acme/cfg:v1', `${YAML}# ${version}\n`));
      env.clock += 10_000;
      await env.cluster.reconcile();
      await env.cluster.reconcile();
    }
    expect(statusOf().digest).toBe(digests[0]);
    const history = objectsIn(statusOf().history).map(({ revision }) => revision);
    expect(history).toEqual([`v1@${digests[1]}`, `v1@${digests[2]}`]);
    expect(configMaps()).toHaveLength(3);
  });

  test('that returns to an earlier revision uses the existing ConfigMaps', async () => {
    env.cluster.sources = [source({ interval: '10s' })];
    const first = await push('acme/cfg:v1');
    await env.cluster.reconcile();
    await env.cluster.reconcile();
    await push('acme/cfg:v1', `${YAML}# new\n`);
    env.clock += 10_000;
    await env.cluster.reconcile();
    await env.cluster.reconcile();
    await push('acme/cfg:v1');
    env.clock += 10_000;
    await env.cluster.reconcile();
    expect(statusOf()).toMatchObject({ digest: first, ready: true });
    expect(configMaps()).toHaveLength(2);
  });

  test('that is removed loses its ConfigMaps, and no others are removed', async () => {
    await push('acme/cfg:v1');
    await push('acme/other:v1', `${YAML}# other\n`);
    env.cluster.sources = [source(), source({ name: 'cfg-other', url: `oci://${env.registry.host}/acme/other` })];
    await env.cluster.reconcile();
    expect(configMaps()).toHaveLength(2);
    env.cluster.sources = [env.cluster.sources[1] ?? {}];
    await env.cluster.reconcile();
    expect(configMaps().map((map) => String(objectAt(map, 'metadata').name))).toEqual([
      expect.stringMatching(/^cfg-other-/),
    ]);
    env.cluster.sources = [];
    await env.cluster.reconcile();
    expect(configMaps()).toEqual([]);
  });

  test('of two composites has ConfigMaps of different names', async () => {
    await push('acme/cfg:v1');
    await env.cluster.reconcile();
    const [first] = configMaps();
    const other = startCluster(artifacts(), { ...composite(), metadata: { name: 'another' } });
    other.input = env.cluster.input;
    other.sources = env.cluster.sources;
    await other.reconcile();
    const second = [...other.observed.values()].find(({ kind }) => kind === 'ConfigMap');
    expect(objectAt(second ?? {}, 'metadata').name).not.toBe(objectAt(first ?? {}, 'metadata').name);
  });

  test('without url uses the bundle repository of the workload, once its URI is known', async () => {
    env.cluster.sources = [{ name: 'cfg' }];
    const answer = await env.cluster.reconcile();
    expect(conditionOf(answer)).toBe('false Pending');
    expect(statusOf().message).toMatch(/URI of the bundle repository/);
  });

  test('requests the next call soon while it is fetched', async () => {
    await push('acme/cfg:v1');
    env.cluster.restart(artifacts(0));
    expect((await env.cluster.reconcile()).meta.ttlSeconds).toBeLessThanOrEqual(3);
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
    const names = ['a.txt', 'b.txt', 'deep/c.txt'];
    const files = names.map((name) => ({ type: 'file' as const, name, mode: 0o644, content: Buffer.from(noise(500)) }));
    const image = await smallImage('', { layers: [await buildLayer(writeTar([...files, ...more]))] });
    await pushImage('acme/cfg:v1', image);
  }

  test('reports omitted links as long as it is in the cluster, also without fetching', async () => {
    await pushLayer([
      { type: 'symlink', name: 'z', target: 'a.txt' },
      { type: 'symlink', name: 'deep/link', target: 'c.txt' },
    ]);
    env.cluster.sources = [layered({})];
    await env.cluster.reconcile();
    const told = 'it omits 2 links and devices, the first "deep/link"';
    for (const [round, now] of [artifacts(), artifacts(), undefined].entries()) {
      env.cluster.restart(now);
      const answer = await env.cluster.reconcile();
      expect(statusOf(), `round ${round}`).toMatchObject({
        message: now ? told : 'Fetching is not available in this process',
      });
      const condition = answer.conditions.find(({ type }) => type === 'PackageCacheReady');
      expect(condition?.message, `round ${round}`).toContain(`cfg: ${told}`);
      expect(answer.results.map(({ message }) => message).filter((text) => text.includes('it omits'))).toEqual([]);
    }
    env.cluster.sources = [layered({ ignore: 'z\ndeep/link' })];
    env.cluster.restart(artifacts());
    for (let round = 0; round < 3; round += 1) await env.cluster.reconcile();
    expect(statusOf()).not.toHaveProperty('message');
  });

  test('has another file name after a change', async () => {
    await pushLayer();
    env.cluster.sources = [layered({ keep: 0 })];
    await env.cluster.reconcile();
    await env.cluster.reconcile();
    const [before] = filesOf();
    env.cluster.sources = [layered({ keep: 0, ignore: 'deep/' })];
    for (let round = 0; round < 3; round += 1) await env.cluster.reconcile();
    const [after, ...others] = filesOf();
    expect(others).toEqual([]);
    expect(after?.file).not.toBe(before?.file);
    expect(after?.size).not.toBe(before?.size);
    expect(statusOf()).toMatchObject({ ready: true, cacheKey: after?.file });
  });

  test('has another file name than a different selection of the same artifact', async () => {
    await pushLayer();
    env.cluster.sources = [
      layered({ name: 'all' }),
      layered({ name: 'few', ignore: 'deep/' }),
      layered({ name: 'raw', layerSelector: { operation: 'copy' } }),
    ];
    expect(conditionOf(await env.cluster.reconcile())).toBe('true Available');
    expect(new Set(filesOf().map(({ file }) => file)).size).toBe(3);
  });
});

describe('a namespaced composite', () => {
  const own = { ...composite(), metadata: { name: 'app', namespace: 'team-a' }, spec: {} };

  test('keeps its ConfigMaps in its own namespace', async () => {
    await push('acme/cfg:v1');
    env.cluster = startCluster(artifacts(), own);
    env.cluster.flavor = 'ecr.aws.m.upbound.io';
    env.cluster.input = { allowedRegistries: [env.registry.host], allowLocalAddresses: true, allowInsecure: true };
    env.cluster.sources = [source()];
    for (let round = 0; round < 2; round += 1) {
      expect(conditionOf(await env.cluster.reconcile())).toBe('true Available');
      expect(configMaps()).toMatchObject([{ metadata: { namespace: 'team-a' } }]);
    }
    expect(statusOf()).toMatchObject({ ready: true, namespace: 'team-a' });
  });

  test('cannot install packages or use Objects', async () => {
    env.cluster = startCluster(artifacts(), own);
    env.cluster.flavor = 'ecr.aws.m.upbound.io';
    env.cluster.sources = [source({ install: { kind: 'Configuration' } })];
    expect((await env.cluster.reconcile()).results.at(-1)?.message).toMatch(/sources\[0\]\.install: is cluster scoped/);
    env.cluster.sources = [source()];
    env.cluster.input = { objects: { providerConfigName: 'kubernetes' } };
    expect((await env.cluster.reconcile()).results.at(-1)?.message).toMatch(
      /input\.packageCache\.objects: must not be set/,
    );
  });
});

describe('for Crossplane v1', () => {
  test('each ConfigMap is wrapped in an Object, which can be rebuilt like the ConfigMap', async () => {
    await push('acme/cfg:v1');
    env.cluster.input = { ...env.cluster.input, objects: { providerConfigName: 'kubernetes' } };
    await env.cluster.reconcile();
    const objects = () => [...env.cluster.observed.values()].filter(({ kind }) => kind === 'Object');
    const [object = {}] = objects();
    expect(objectAt(object, 'spec', 'forProvider', 'manifest').kind).toBe('ConfigMap');
    expect(objectAt(object, 'metadata', 'labels')[LABELS.set]).toBeUndefined();
    const before = JSON.stringify(objects().map(({ spec }) => spec));
    env.registry.fault = failWith(500);
    env.cluster.restart(artifacts());
    await env.cluster.reconcile();
    expect(JSON.stringify(objects().map(({ spec }) => spec))).toBe(before);
  });
});

test('after a restart with the content on disk, the registry is only asked to resolve the tag', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'package-cache-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const stored = () => artifacts(10_000, fileStore({ directory, maxBytes: 1e6 }));
  await push('acme/cfg:v1');
  env.cluster.restart(stored());
  await env.cluster.reconcile();
  env.registry.requests.length = 0;
  env.cluster.restart(stored());
  await env.cluster.reconcile();
  expect(env.registry.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /v2/',
    'HEAD /v2/acme/cfg/manifests/v1',
  ]);
  expect(statusOf().ready).toBe(true);
});
