import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { startCpuTimer } from '../../cpu-time.ts';
import { objectAt } from '../call.ts';
import { type Cluster, conditionOf, objectsIn, startCluster } from './cluster.ts';
import { HOST, type StubRegistry, stubRegistry } from './stub-registry.ts';

let registry: StubRegistry;
let cluster: Cluster;

beforeEach(() => {
  registry = stubRegistry();
  registry.push('acme/cfg', 'v1.0.0', 'one');
  cluster = startCluster(registry.artifacts);
  cluster.input = { allowedRegistries: [HOST] };
  cluster.sources = [source()];
});

function source(over: JsonObject = {}): JsonObject {
  return { name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1.0.0' }, ...over };
}

const statusOf = () => objectAt(cluster.status, 'packageCache', 'cfg');
const requested = (text: string) => {
  cluster.annotations = { 'reconcile.fluxcd.io/requestedAt': text };
};
const asked = () => registry.asked.at(-1)?.schedule.checkNow;
const handled = () => statusOf().lastHandledReconcileAt;

describe('the annotation reconcile.fluxcd.io/requestedAt', () => {
  test('checks all sources once, and is echoed in the status', async () => {
    await cluster.reconcile();
    expect([asked(), handled()]).toEqual([undefined, undefined]);
    requested('2026-11-26T10:00:00Z');
    await cluster.reconcile();
    expect([asked(), handled()]).toEqual(['2026-11-26T10:00:00Z', '2026-11-26T10:00:00Z']);
    await cluster.reconcile();
    expect([asked(), handled()]).toEqual([undefined, '2026-11-26T10:00:00Z']);
    cluster.annotations = {};
    await cluster.reconcile();
    expect([asked(), handled()]).toEqual([undefined, '2026-11-26T10:00:00Z']);
  });

  test('is not echoed before the fetch has ended', async () => {
    requested('now');
    registry.pending = true;
    await cluster.reconcile();
    expect([asked(), handled()]).toEqual(['now', undefined]);
    registry.pending = false;
    await cluster.reconcile();
    expect([asked(), handled()]).toEqual(['now', 'now']);
  });

  test('is echoed when the registry is down, as the registry was asked', async () => {
    requested('now');
    registry.down = true;
    await cluster.reconcile();
    expect(handled()).toBe('now');
  });

  test('does not check a suspended source', async () => {
    cluster.sources = [source({ suspend: true })];
    requested('now');
    await cluster.reconcile();
    expect([registry.asked.length, handled()]).toEqual([0, undefined]);
  });
});

describe('a suspended source', () => {
  test('is ready if its content is complete', async () => {
    await cluster.reconcile();
    await cluster.reconcile();
    cluster.sources = [source({ suspend: true })];
    for (let round = 0; round < 2; round += 1) {
      expect(conditionOf(await cluster.reconcile())).toBe('true Available');
      expect(statusOf()).toMatchObject({ ready: true, reason: 'Suspended' });
    }
  });

  test('is not ready without content', async () => {
    cluster.sources = [source({ suspend: true })];
    expect(conditionOf(await cluster.reconcile())).toBe('false Suspended');
    expect(statusOf()).toMatchObject({ ready: false });
  });
});

describe('a rollback to an earlier revision while the registry is down', () => {
  let digests: string[];
  beforeEach(async () => {
    digests = [registry.push('acme/cfg', 'v1.0.0', 'one'), registry.push('acme/cfg', 'v1.1.0', 'two')];
    cluster.sources = [source({ install: { kind: 'Configuration' } })];
    for (let round = 0; round < 3; round += 1) await cluster.reconcile();
    cluster.sources = [source({ ref: { tag: 'v1.1.0' }, install: { kind: 'Configuration' } })];
    for (let round = 0; round < 3; round += 1) await cluster.reconcile();
    expect(statusOf()).toMatchObject({ revision: `v1.1.0@${digests[1]}` });
    expect(objectsIn(statusOf().history)).toMatchObject([{ revision: `v1.0.0@${digests[0]}` }]);
    registry.down = true;
    cluster.restart(registry.artifacts);
  });

  const refs: { name: string; ref: () => JsonObject; goes: boolean }[] = [
    { name: 'by its tag', ref: () => ({ tag: 'v1.0.0' }), goes: true },
    { name: 'by its digest', ref: () => ({ digest: digests[0] }), goes: true },
    { name: 'by a range', ref: () => ({ semver: '<1.1.0' }), goes: true },
    { name: 'does not happen for a tag that no revision has', ref: () => ({ tag: 'v0.9.0' }), goes: false },
    { name: 'does not happen for a range that contains no revision', ref: () => ({ semver: '<1.0.0' }), goes: false },
    { name: 'does not happen for an invalid range', ref: () => ({ semver: 'soon' }), goes: false },
  ];
  test.each(refs)('$name', async ({ ref, goes }) => {
    cluster.sources = [source({ ref: ref(), install: { kind: 'Configuration' } })];
    for (let round = 0; round < 3; round += 1) {
      expect(conditionOf(await cluster.reconcile())).toBe('false FetchFailed');
      const [pin] = [...cluster.observed.values()].filter(({ kind }) => kind === 'ImageConfig');
      const [wanted, other] = goes ? digests : digests.toReversed();
      expect(statusOf().digest).toBe(wanted);
      expect(objectAt(pin ?? {}, 'spec', 'rewriteImage').prefix).toBe(`${HOST}/acme/cfg@${wanted}`);
      expect(objectsIn(statusOf().history).map(({ revision }) => String(revision).split('@').at(-1))).toEqual([other]);
    }
  });

  test('selects no revision that the current keys have not verified', async () => {
    const keys = { apiVersion: 'v1', kind: 'Secret', data: { 'a.pub': Buffer.from('key').toString('base64') } };
    cluster.objects.set('Secret/default/keys', keys);
    const verify = { secretRef: { name: 'keys' } };
    cluster.sources = [source({ verify, install: { kind: 'Configuration' } })];
    await cluster.reconcile();
    expect(statusOf().digest).toBe(digests[1]);
    registry.down = false;
    for (let round = 0; round < 2; round += 1) await cluster.reconcile();
    expect(statusOf().digest).toBe(digests[0]);
    cluster.sources = [source({ ref: { tag: 'v1.1.0' }, verify, install: { kind: 'Configuration' } })];
    for (let round = 0; round < 2; round += 1) await cluster.reconcile();
    registry.down = true;
    cluster.restart(registry.artifacts);
    cluster.sources = [source({ verify, install: { kind: 'Configuration' } })];
    for (let round = 0; round < 2; round += 1) await cluster.reconcile();
    expect(statusOf().digest).toBe(digests[0]);
  });
});

describe('a filter for tags while the registry is down', () => {
  const install = { kind: 'Configuration' };
  const filtered = (semver: string, semverFilter: string) => source({ ref: { semver, semverFilter }, install });
  const reconcile = async () => {
    for (let round = 0; round < 3; round += 1) await cluster.reconcile();
  };
  let digests: string[];
  beforeEach(async () => {
    digests = [registry.push('acme/cfg', 'v1.0.0', 'one')];
    cluster.sources = [filtered('*', '^v')];
    await reconcile();
    digests.push(registry.push('acme/cfg', 'v1.1.0', 'two'));
    await reconcile();
    expect(statusOf().digest).toBe(digests[1]);
    registry.down = true;
    cluster.restart(registry.artifacts);
  });

  test('rolls back to a revision that was selected with the same filter', async () => {
    cluster.sources = [filtered('<1.1.0', '^v')];
    await reconcile();
    expect(statusOf().digest).toBe(digests[0]);
  });

  test('keeps the current revision if the filter has changed', async () => {
    cluster.sources = [filtered('<1.1.0', '^v1')];
    await reconcile();
    expect(statusOf().digest).toBe(digests[1]);
  });

  test('costs little processor time, for any expression', async () => {
    cluster.sources = [filtered('<1.1.0', '(x{0,1000}y{0,1000})'.repeat(25))];
    await cluster.reconcile();
    const cpuTime = startCpuTimer();
    for (let round = 0; round < 10; round += 1) await cluster.reconcile();
    expect(cpuTime()).toBeLessThan(500);
  });
});

describe('the status of a source', () => {
  test('has the URL and the metadata of the artifact, also after a restart and while the registry is down', async () => {
    const digest = registry.push('acme/cfg', 'v1.0.0', 'one');
    for (const down of [false, false, true]) {
      registry.down = down;
      cluster.restart(registry.artifacts);
      await cluster.reconcile();
      expect(statusOf()).toMatchObject({
        url: `oci://${HOST}/acme/cfg@${digest}`,
        metadata: { 'org.opencontainers.image.revision': 'commit of one' },
      });
    }
  });

  test('has the settings that the content in the cluster was made with', async () => {
    const observed = () => {
      const { observedGeneration, observedIgnore, observedLayerSelector } = statusOf();
      return { observedGeneration, observedIgnore, observedLayerSelector };
    };
    const layered = (ignore: string) => source({ content: 'layer', layerSelector: { operation: 'extract' }, ignore });
    cluster.sources = [layered('*.md')];
    cluster.generation = 3;
    await cluster.reconcile();
    const before = { observedGeneration: 3, observedIgnore: '*.md', observedLayerSelector: { operation: 'extract' } };
    expect(observed()).toEqual(before);
    cluster.sources = [layered('*.txt')];
    cluster.generation = 4;
    registry.down = true;
    await cluster.reconcile();
    expect(observed()).toEqual(before);
    registry.down = false;
    await cluster.reconcile();
    expect(observed()).toEqual({ ...before, observedGeneration: 4, observedIgnore: '*.txt' });
  });
});
