import { beforeEach, describe, expect, test } from 'vitest';
import { imageConfig } from '../../../src/cache/sets/package-objects.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { composite, objectAt } from '../../function/call.ts';
import { type Cluster, conditionOf, startCluster } from '../../function/package-cache/cluster.ts';
import { HOST, type StubRegistry, stubRegistry } from '../../function/package-cache/stub-registry.ts';

const SOURCE = 'workload-ecr.fn.crossplane.io/cache-source';
const SELF = { apiVersion: 'pkg.crossplane.io/v1', kind: 'Configuration', name: 'platform', uid: 'package' };
const OURS = { kind: 'XWorkloadECRRepo', uid: 'composite', controller: true };
const THEIRS = { kind: 'XWorkloadECRRepo', uid: 'of-another', controller: true };

let registry: StubRegistry;
let cluster: Cluster;
let digest: string;

beforeEach(() => {
  registry = stubRegistry();
  digest = registry.push('acme/cfg', 'v1', 'one');
  const own = composite();
  cluster = startCluster(registry.artifacts, {
    ...own,
    metadata: { ...objectAt(own, 'metadata'), uid: 'composite' },
  });
  cluster.input = { allowedRegistries: [HOST] };
  const install = { kind: 'Configuration', name: 'platform' };
  cluster.sources = [{ name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1' }, install }];
});

/** A Configuration with the name of that of the source. */
function configuration(metadata: JsonObject, reference = `${HOST}/acme/cfg:v0`): JsonObject {
  return {
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Configuration',
    metadata: { name: 'platform', uid: 'package', ...metadata },
    spec: { package: reference },
  };
}

/** The ImageConfig of the source's tag, which pins it to a digest. */
function pin(pinned: string, metadata: JsonObject = {}): JsonObject {
  const config = imageConfig(`${HOST}/acme/cfg:v1`, `${HOST}/acme/cfg@${pinned}`);
  return JSON.parse(JSON.stringify({ ...config, metadata: { ...config.metadata, ...metadata } }));
}

const installed = () =>
  [...cluster.observed.values()].flatMap(({ kind }) =>
    kind === 'Configuration' || kind === 'ImageConfig' ? [kind] : [],
  );

async function reconcile() {
  await cluster.reconcile();
  await cluster.reconcile();
  return cluster.reconcile();
}

const OTHER_DIGEST = `sha256:${'f'.repeat(64)}`;

describe('an existing object', () => {
  for (const { title, existing, composes } of [
    { title: 'none: the package is installed', existing: () => [], composes: ['Configuration', 'ImageConfig'] },
    { title: 'a package that a user applied is not taken over', existing: () => [configuration({})], composes: [] },
    {
      title: 'a package of another composite is not taken over',
      existing: () => [configuration({ ownerReferences: [THEIRS] })],
      composes: [],
    },
    {
      title: 'a package with forged labels of this composite is not taken over',
      existing: () => [configuration({ labels: { 'crossplane.io/composite': 'example-app-repos-x7k2p' } })],
      composes: [],
    },
    {
      title: 'a package that this composite created is updated',
      existing: () => [configuration({ ownerReferences: [SELF, OURS] })],
      composes: ['Configuration', 'ImageConfig'],
    },
    {
      title: 'a package of a deleted composite, from the same repository, is adopted',
      existing: () => [configuration({ ownerReferences: [SELF], annotations: { [SOURCE]: 'cfg' } })],
      composes: ['Configuration', 'ImageConfig'],
    },
    {
      title: 'a package of a deleted composite, from another repository, is not taken over',
      existing: () => [
        configuration({ ownerReferences: [SELF], annotations: { [SOURCE]: 'cfg' } }, `${HOST}/acme/cfg2:v1`),
      ],
      composes: [],
    },
    {
      title: 'a package of another composite is not taken over, regardless of its annotation',
      existing: () => [configuration({ ownerReferences: [SELF, THEIRS], annotations: { [SOURCE]: 'cfg' } })],
      composes: [],
    },
    {
      title: 'an ImageConfig that pins the tag to another digest is not taken over, and the package waits',
      existing: () => [pin(OTHER_DIGEST)],
      composes: [],
    },
    {
      title: 'an ImageConfig that pins the tag to the same digest is unchanged',
      existing: () => [pin(digest)],
      composes: ['Configuration'],
    },
    {
      title: 'a remaining ImageConfig of this package is adopted',
      existing: () => [pin(OTHER_DIGEST, { ownerReferences: [SELF] })],
      composes: ['Configuration', 'ImageConfig'],
    },
    {
      title: 'a remaining ImageConfig of another package is not taken over',
      existing: () => [pin(OTHER_DIGEST, { ownerReferences: [{ ...SELF, name: 'other' }] })],
      composes: [],
    },
  ]) {
    test(title, async () => {
      for (const object of existing()) {
        cluster.objects.set(`${object.kind}/undefined/${objectAt(object, 'metadata').name}`, object);
      }
      const response = await reconcile();
      expect(installed().sort()).toEqual(composes);
      expect(conditionOf(response)).toBe(composes.length > 0 ? 'true Available' : 'false Conflict');
      const { message = '' } = response.conditions.find(({ type }) => type === 'PackageCacheReady') ?? {};
      if (composes.length === 0) expect(message).toMatch(/ exists and does not belong to this composite; /);
      expect(response.results.filter(({ severity }) => severity === 1)).toEqual([]);
      expect(
        [...cluster.observed.values()].some(({ kind }) => kind === 'ConfigMap'),
        'the content is carried',
      ).toBe(true);
    });
  }

  test('is looked up before anything is composed, and not afterwards', async () => {
    const selected: string[] = [];
    cluster.objects.get = (key: string) => {
      selected.push(key);
      return undefined;
    };
    await cluster.reconcile();
    await cluster.reconcile();
    expect(selected.filter((key) => key.startsWith('Configuration/'))).toContain('Configuration/undefined/platform');
    expect(installed().sort()).toEqual(['Configuration', 'ImageConfig']);
    selected.length = 0;
    await cluster.reconcile();
    expect(selected).toEqual([]);
  });

  test('is not removed when another object appears with the name of its package', async () => {
    await reconcile();
    const object = configuration({ ownerReferences: [THEIRS] });
    cluster.objects.set('Configuration/undefined/platform', object);
    await reconcile();
    expect(installed().sort()).toEqual(['Configuration', 'ImageConfig']);
  });
});
