import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { objectAt } from '../call.ts';
import { type Cluster, conditionOf, startCluster } from './cluster.ts';
import { HOST, type StubRegistry, stubRegistry } from './stub-registry.ts';

let registry: StubRegistry;
let cluster: Cluster;

beforeEach(async () => {
  registry = stubRegistry();
  registry.push('acme/cfg', 'v1', 'one');
  cluster = startCluster(registry.artifacts);
  cluster.input = { allowedRegistries: [HOST] };
  cluster.sources = [source()];
  for (let round = 0; round < 3; round += 1) await cluster.reconcile();
});

function source(over: JsonObject = {}): JsonObject {
  const install = { kind: 'Configuration' };
  return { name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1' }, install, ...over };
}

const namespaces = () =>
  [...cluster.observed.values()]
    .filter(({ kind }) => kind === 'ConfigMap')
    .map((map) => objectAt(map, 'metadata').namespace);
const configuration = () => [...cluster.observed.values()].find(({ kind }) => kind === 'Configuration') ?? {};
const statusOf = () => objectAt(cluster.status, 'packageCache', 'cfg');

describe.each([0, 1])('another namespace for ConfigMaps, with keep: %i', (keep) => {
  beforeEach(() => {
    cluster.sources = [source({ keep })];
    cluster.input = { ...cluster.input, namespace: 'elsewhere' };
  });

  test('creates them there, and removes the old ones once the new ones exist', async () => {
    const { uid } = objectAt(configuration(), 'metadata');
    await cluster.reconcile();
    expect(namespaces().sort()).toEqual(['crossplane-system', 'elsewhere']);
    expect(statusOf()).toMatchObject({ ready: false, namespace: 'elsewhere' });
    await cluster.reconcile();
    expect(namespaces()).toEqual(['elsewhere']);
    expect(statusOf()).toMatchObject({ ready: true, namespace: 'elsewhere', history: [] });
    expect(objectAt(configuration(), 'metadata').uid).toBe(uid);
  });

  test('leaves them unchanged while the registry is down', async () => {
    registry.down = true;
    cluster.restart(registry.artifacts);
    for (let round = 0; round < 3; round += 1) {
      expect(conditionOf(await cluster.reconcile())).toBe('false FetchFailed');
      expect(namespaces()).toEqual(['crossplane-system']);
      expect(statusOf()).toMatchObject({ namespace: 'crossplane-system' });
    }
  });
});

test('another chunk size creates other ConfigMaps, and then removes the old ones', async () => {
  cluster.input = { ...cluster.input, chunkSize: 2_048 };
  await cluster.reconcile();
  expect(namespaces()).toHaveLength(2);
  await cluster.reconcile();
  expect(namespaces()).toHaveLength(1);
});

test('a repository that moved to another host keeps its package', async () => {
  const { uid } = objectAt(configuration(), 'metadata');
  cluster.input = { allowedRegistries: [HOST, 'mirror.example.com'] };
  cluster.sources = [source({ url: 'oci://mirror.example.com/acme/cfg' })];
  for (let round = 0; round < 3; round += 1) await cluster.reconcile();
  expect(configuration()).toMatchObject({
    metadata: { uid, name: 'acme-cfg' },
    spec: { package: 'mirror.example.com/acme/cfg:v1' },
  });
  expect([...cluster.observed.values()].filter(({ kind }) => kind === 'ImageConfig')).toHaveLength(1);
});
