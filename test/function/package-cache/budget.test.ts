import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { objectAt } from '../call.ts';
import { type Cluster, conditionOf, objectsIn, startCluster } from './cluster.ts';
import { noise, registrySetup } from './registry-setup.ts';
import { HOST, type StubRegistry, stubRegistry } from './stub-registry.ts';

let registry: StubRegistry;
let cluster: Cluster;

beforeEach(() => {
  registry = stubRegistry();
  cluster = startCluster(registry.artifacts);
});

/** Pushes content of about `size` bytes as a version, and selects it. */
async function carry(version: number, size: number, over: JsonObject = {}): Promise<string> {
  registry.push('acme/cfg', 'v1', `${version}`.repeat(size));
  cluster.sources = [source(over)];
  await cluster.reconcile();
  return conditionOf(await cluster.reconcile());
}

function source(over: JsonObject): JsonObject {
  return { name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1' }, ...over };
}

function limit(maxContentBytes: number): void {
  cluster.input = { allowedRegistries: [HOST], maxContentBytes };
}

const statusOf = () => objectAt(cluster.status, 'packageCache', 'cfg');
const sizes = () => [Number(statusOf().bytes), ...objectsIn(statusOf().history).map(() => 0)];
const configMaps = () => [...cluster.observed.values()].filter(({ kind }) => kind === 'ConfigMap');

test('a revision that does not fit next to the current one is not stored, and the condition names both solutions', async () => {
  limit(15_000);
  expect(await carry(1, 10_000)).toBe('true Available');
  const before = configMaps().map(({ binaryData }) => binaryData);
  expect(await carry(2, 10_001)).toBe('false TooLarge');
  expect(statusOf().message).toMatch(
    /has 9\.8 KiB, and 14\.6 KiB of 14\.6 KiB are available in addition to the retained revision \(9\.8 KiB, keep: 1\); raise the Input's packageCache\.maxContentBytes, or set keep: 0$/,
  );
  expect(configMaps().map(({ binaryData }) => binaryData)).toEqual(before);
  limit(21_000);
  expect(await carry(2, 10_001)).toBe('true Available');
  expect(sizes()).toHaveLength(2);
});

test('a revision replaces the previous one at once with keep: 0', async () => {
  limit(15_000);
  await carry(1, 10_000, { keep: 0 });
  expect(await carry(2, 10_001, { keep: 0 })).toBe('true Available');
  expect(statusOf()).toMatchObject({ ready: true, history: [] });
  expect(configMaps()).toHaveLength(1);
});

test('the previous revision is kept until the new one is complete if both fit, for any value of keep', async () => {
  limit(50_000);
  await carry(1, 10_000, { keep: 0 });
  registry.push('acme/cfg', 'v1', '2');
  await cluster.reconcile();
  expect(configMaps()).toHaveLength(2);
  await cluster.reconcile();
  expect(configMaps()).toHaveLength(1);
});

test('earlier revisions that no longer fit are removed, the oldest first, and the condition reports it', async () => {
  limit(31_000);
  for (const version of [1, 2, 3]) expect(await carry(version, 10_000, { keep: 2 })).toBe('true Available');
  expect(sizes()).toHaveLength(3);
  limit(25_000);
  registry.push('acme/cfg', 'v1', '4'.repeat(10_000));
  const { conditions, results } = await cluster.reconcile();
  const said = /1 of 2 earlier revisions do not fit into packageCache\.maxContentBytes \(24\.4 KiB\) and are removed/;
  expect(conditions.find(({ type }) => type === 'PackageCacheReady')).toMatchObject({
    status: 2,
    message: expect.stringMatching(said),
  });
  expect(results).toContainEqual(
    expect.objectContaining({ reason: 'HistoryDropped', message: expect.stringMatching(said) }),
  );
  await cluster.reconcile();
  expect(configMaps()).toHaveLength(2);
});

test('the content of an installed package is kept, and counted, after its source is removed', async () => {
  limit(15_000);
  registry.push('acme/other', 'v1', 'o'.repeat(10_000));
  expect(await carry(1, 10_000, { install: { kind: 'Configuration' } })).toBe('true Available');
  await cluster.reconcile();
  cluster.sources = [source({ name: 'other', url: `oci://${HOST}/acme/other` })];
  for (let round = 0; round < 3; round += 1) expect(conditionOf(await cluster.reconcile())).toBe('false TooLarge');
  expect(configMaps()).toHaveLength(1);
  limit(21_000);
  await cluster.reconcile();
  expect(configMaps()).toHaveLength(2);
});

test('the error for content larger than any response has its size, the limit and the command to use instead', async () => {
  limit(2_900_000);
  expect(await carry(1, 3_500_000)).toBe('false TooLarge');
  expect(statusOf().message).toMatch(
    /has 3\.3 MiB, and a response to Crossplane has at most 2\.8 MiB; use "cache pack --resolve registry\.example\.com\/acme\/cfg:v1" instead$/,
  );
  const digest = registry.push('acme/cfg', 'v1', '1'.repeat(3_500_000));
  cluster.sources = [source({ ref: { digest } })];
  await cluster.reconcile();
  expect(statusOf().message).toContain(`"cache pack ${HOST}/acme/cfg@${digest}"`);
});

describe('bytes', () => {
  const env = registrySetup();
  const { artifacts, push, source, statusOf } = env;

  test('over the budget are refused, with their size and a solution', async () => {
    await push('acme/cfg:v1', noise(5_000));
    env.cluster.input = { ...env.cluster.input, maxContentBytes: 100 };
    const { results } = await env.cluster.reconcile();
    expect(statusOf().reason).toBe('TooLarge');
    expect(results.find(({ reason }) => reason === 'TooLarge')?.message).toMatch(/over the limit of 100 B; raise/);
  });

  test('are counted over all sources: a source that no longer fits is reported, the others are stored', async () => {
    await push('acme/a:v1', noise(5_000));
    await push('acme/b:v1', `${noise(5_000)}# b\n`);
    env.cluster.sources = ['a', 'b'].map((name) => source({ name, url: `oci://${env.registry.host}/acme/${name}` }));
    await env.cluster.reconcile();
    const sizes = ['a', 'b'].map((name) => Number(statusOf(name).bytes));
    const [total, one] = [(sizes[0] ?? 0) + (sizes[1] ?? 0), Math.max(...sizes)];
    const fresh = startCluster(artifacts());
    fresh.sources = env.cluster.sources;
    fresh.input = { ...env.cluster.input, maxContentBytes: total - 1 };
    expect(one).toBeLessThan(total - 1);
    await fresh.reconcile();
    expect(objectAt(fresh.status, 'packageCache', 'a').reason).toBe('Fetched');
    expect(objectAt(fresh.status, 'packageCache', 'b').reason).toBe('TooLarge');
    fresh.input = { ...env.cluster.input, maxContentBytes: total };
    fresh.restart(artifacts());
    await fresh.reconcile();
    expect(objectAt(fresh.status, 'packageCache', 'b').reason).toBe('Fetched');
  });
});
