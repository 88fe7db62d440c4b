import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { LABELS } from '../../../src/cache/sets/config-map.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { objectAt } from '../call.ts';
import { type Cluster, conditionOf, startCluster } from './cluster.ts';
import { HOST, type StubRegistry, stubRegistry } from './stub-registry.ts';

const TEXT = 'content '.repeat(400);

let registry: StubRegistry;
let cluster: Cluster;

beforeEach(() => {
  registry = stubRegistry();
  registry.push('acme/cfg', 'v1', TEXT);
  cluster = startCluster(registry.artifacts);
  cluster.input = { allowedRegistries: [HOST], chunkSize: 1_024 };
  cluster.sources = [
    { name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1' }, install: { kind: 'Configuration' } },
  ];
});

async function settled(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await cluster.reconcile();
  expect(content()).toBe(TEXT);
  expect(packages()).toHaveLength(1);
}

/** The composed names of the ConfigMaps, or the Objects around them, by index. */
function names(): string[] {
  return [...cluster.observed.keys()].filter((name) => /^package-cache-cfg-[0-9a-f]{16}-\d+$/.test(name)).sort();
}

const configMapOf = (object: JsonObject) =>
  object.kind === 'Object' ? objectAt(object, 'spec', 'forProvider', 'manifest') : object;
const at = (index: number) => cluster.observed.get(names()[index] ?? '') ?? {};
const packages = () => [...cluster.observed.values()].filter(({ kind }) => kind === 'Configuration');
const uids = () => names().map((name) => objectAt(cluster.observed.get(name) ?? {}, 'metadata').uid);

function content(): string {
  const chunks = names().map((name) => {
    const [base64] = Object.values(objectAt(configMapOf(cluster.observed.get(name) ?? {}), 'binaryData'));
    return Buffer.from(String(base64), 'base64');
  });
  return gunzipSync(Buffer.concat(chunks)).toString();
}

function change(index: number, with_: (configMap: JsonObject) => JsonObject): void {
  const object = at(index);
  const changed =
    object.kind === 'Object'
      ? { ...object, spec: { ...objectAt(object, 'spec'), forProvider: { manifest: with_(configMapOf(object)) } } }
      : with_(object);
  cluster.observed.set(names()[index] ?? '', changed);
}

function otherBytes(map: JsonObject): JsonObject {
  const keys = Object.keys(objectAt(map, 'binaryData'));
  return { ...map, binaryData: Object.fromEntries(keys.map((key) => [key, Buffer.from('other').toString('base64')])) };
}

const damages: {
  name: string;
  index: number;
  with_: (map: JsonObject) => JsonObject;
  rounds: number;
  again: number[];
}[] = [
  { name: 'other bytes', index: 1, with_: otherBytes, rounds: 2, again: [1] },
  { name: 'no bytes', index: 1, with_: (map) => ({ ...map, binaryData: {} }), rounds: 2, again: [1] },
  { name: 'other bytes in the ConfigMap with the manifest', index: 0, with_: otherBytes, rounds: 2, again: [0] },
  {
    name: 'other bytes and immutable: false',
    index: 1,
    with_: (map) => ({ ...otherBytes(map), immutable: false }),
    rounds: 1,
    again: [],
  },
  {
    name: 'another manifest',
    index: 0,
    with_: (map) => ({ ...map, data: { [Object.keys(objectAt(map, 'data'))[0] ?? '']: '{"version":1}' } }),
    rounds: 2,
    again: [0],
  },
  { name: 'no manifest', index: 0, with_: ({ data: _, ...map }) => map, rounds: 2, again: [0] },
];

describe.each(damages)('a ConfigMap with $name', ({ index, with_, rounds, again }) => {
  test('is repaired, the others are kept, and the condition reports it', async () => {
    await settled();
    const before = uids();
    change(index, with_);
    for (let round = 0; round < rounds; round += 1) {
      const answer = await cluster.reconcile();
      if (again.length > 0 && round === 0) {
        expect(conditionOf(answer)).toBe('false Damaged');
        expect(answer.conditions.find(({ type }) => type === 'PackageCacheReady')?.message).toMatch(
          /^cfg: ConfigMap cfg-\S+ is damaged; it is created again/,
        );
        expect(answer.meta.ttlSeconds).toBeLessThanOrEqual(3);
      }
    }
    expect(content()).toBe(TEXT);
    expect(conditionOf(await cluster.reconcile())).toBe('true Available');
    expect(objectAt(cluster.status, 'packageCache', 'cfg')).toMatchObject({ ready: true });
    expect(uids().flatMap((uid, place) => (uid === before[place] ? [] : [place]))).toEqual(again);
  });

  test('is kept and never ready while its content cannot be fetched', async () => {
    await settled();
    const before = uids();
    change(index, with_);
    registry.down = true;
    cluster.restart(registry.artifacts);
    for (let round = 0; round < 3; round += 1) {
      const answer = await cluster.reconcile();
      expect(conditionOf(answer)).toBe('false FetchFailed');
      expect(answer.conditions.find(({ type }) => type === 'PackageCacheReady')?.message).toMatch(
        /ConfigMap cfg-\S+ is damaged/,
      );
      expect(objectAt(cluster.status, 'packageCache', 'cfg')).toMatchObject({ ready: false });
      expect(uids()).toEqual(before);
      expect(packages()).toHaveLength(1);
    }
    registry.down = false;
    for (let round = 0; round < 3; round += 1) await cluster.reconcile();
    expect(content()).toBe(TEXT);
  });
});

test('labels and annotations that were removed are restored', async () => {
  await settled();
  const before = uids();
  change(1, (map) => ({ ...map, metadata: { ...objectAt(map, 'metadata'), labels: {}, annotations: {} } }));
  expect(conditionOf(await cluster.reconcile())).toBe('true Available');
  expect(uids()).toEqual(before);
  expect(objectAt(at(1), 'metadata', 'labels')).toMatchObject({ [LABELS.index]: '1', [LABELS.count]: '4' });
});

test('the condition for a suspended source asks to resume it', async () => {
  await settled();
  change(1, otherBytes);
  cluster.sources = [{ ...objectAt({ source: cluster.sources[0] }, 'source'), suspend: true }];
  const answer = await cluster.reconcile();
  expect(conditionOf(answer)).toBe('false Damaged');
  expect(answer.conditions.find(({ type }) => type === 'PackageCacheReady')?.message).toMatch(/suspended; resume it/);
});

test('a ConfigMap that is being deleted is created again once it is deleted', async () => {
  await settled();
  const name = names()[1] ?? '';
  const deleting = at(1);
  const metadata = { ...objectAt(deleting, 'metadata'), deletionTimestamp: '2026-01-01T00:00:00Z' };
  for (let round = 0; round < 2; round += 1) {
    cluster.observed.set(name, { ...deleting, metadata });
    expect(conditionOf(await cluster.reconcile())).toBe('false Damaged');
    expect(cluster.observed.has(name)).toBe(false);
  }
  await cluster.reconcile();
  expect(content()).toBe(TEXT);
});

test('an object in an Object of provider-kubernetes is updated in place', async () => {
  cluster.input = { ...cluster.input, objects: { providerConfigName: 'kubernetes' } };
  await settled();
  const before = uids();
  change(1, otherBytes);
  expect(conditionOf(await cluster.reconcile())).toBe('false Damaged');
  expect(content()).toBe(TEXT);
  expect(uids()).toEqual(before);
});
