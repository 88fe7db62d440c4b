import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isCacheError } from '../../../src/cache/errors.ts';
import { applySet } from '../../../src/cache/upgrade/apply.ts';
import { nameObject } from '../../../src/cache/upgrade/objects.ts';
import type { PruneRequest } from '../../../src/cache/upgrade/plan-prune.ts';
import { type PruneOptions, pruneSet } from '../../../src/cache/upgrade/prune.ts';
import { type PackedSet, readPackedSet } from '../../../src/cache/upgrade/read-packed.ts';
import { packageOf, packedObjects, platform } from './packed.ts';
import { type SetServer, startSetServer } from './set-server.ts';

let server: SetServer;
beforeEach(async () => {
  server = await startSetServer();
});
afterEach(() => server.close());

const common = () => ({
  api: server.api,
  holder: 'me',
  pauseMs: 0,
  now: () => 1_000_000,
  wait: async () => {},
});
const apply = (packed: PackedSet) => applySet(packed, { ...common(), manager: 'test', force: false });
const request: PruneRequest = { namespace: 'crossplane-system', set: 'platform', all: false, uninstall: false };
const prune = (more: Partial<PruneRequest> = {}, options: Partial<PruneOptions> = {}) =>
  pruneSet({ ...request, ...more }, { ...common(), confirmed: true, ...options });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (isCacheError(error) ? `${error.code} ${error.message}` : String(error)),
  );

/** What is left, without the Lease. */
const left = () => [...server.objects.keys()].map((path) => path.split('/').slice(-2).join('/')).sort();
const digestOf = (name: string, version: string) => packageOf(name, version).digest;

/** Says that a package is installed, by one of its revisions. */
function install(name: string, version: string, { active = true, dependencies = [] as string[] } = {}): void {
  const source = `registry.example.com/acme/${name}`;
  const revision = `acme-${name}-${version.replaceAll('.', '-')}`;
  server.put(`/apis/pkg.crossplane.io/v1/configurationrevisions/${revision}`, {
    metadata: { name: revision, labels: { 'pkg.crossplane.io/package': `acme-${name}` } },
    spec: { image: `${source}:${version}`, desiredState: active ? 'Active' : 'Inactive' },
    status: { resolvedImage: `${source}@${digestOf(name, version)}` },
  });
  if (!active) return;
  const path = `/apis/pkg.crossplane.io/v1/configurations/acme-${name}`;
  const configuration = server.objects.get(path);
  if (configuration) server.put(path, { ...configuration, status: { currentRevision: revision } });
  const lock = server.objects.get('/apis/pkg.crossplane.io/v1beta1/locks/lock');
  const packages = Array.isArray(lock?.packages) ? lock.packages : [];
  const locked = { name: revision, source, dependencies: dependencies.map((each) => ({ package: each })) };
  server.put('/apis/pkg.crossplane.io/v1beta1/locks/lock', {
    metadata: { name: 'lock' },
    packages: [...packages, locked],
  });
}

describe('after an upgrade', () => {
  beforeEach(async () => {
    await apply(platform('v1.0.0'));
    await apply(platform('v2.0.0'));
  });

  test('the objects of only the old version are removed, once that is confirmed', async () => {
    const before = left();
    const plan = await prune({}, { confirmed: false });
    expect(left()).toEqual(before);
    expect(plan).toMatchObject({ current: 'v2.0.0', removed: [] });
    const done = await prune();
    expect(done.removed.map(nameObject)).toEqual(plan.remove.map(nameObject));
    expect(done.removed.map(({ set }) => set.version)).toEqual(done.removed.map(() => 'v1.0.0'));
    expect(new Set(left())).toEqual(
      new Set(platform('v2.0.0').objects.map(({ kind, name }) => `${kind.toLowerCase()}s/${name}`)),
    );
    expect((await prune()).remove).toEqual([]);
  });

  test.each([true, false])(
    'a revision of the old version keeps what it is installed from (active: %s)',
    async (active) => {
      install('a', 'v1.0.0', { active });
      const { removed, keep } = await prune();
      expect(removed).toEqual([]);
      expect(new Set(keep.map(({ object }) => object.kind))).toEqual(new Set(['ConfigMap', 'ImageConfig']));
      const why = active ? 'the active ' : 'needs it for a rollback; delete the revision';
      for (const { reason } of keep) expect(reason).toContain(`ConfigurationRevision acme-a-v1-0-0`);
      for (const { reason } of keep) expect(reason).toContain(why);
    },
  );

  test('an object that another set shares is kept', async () => {
    const shared = [packageOf('a', 'v1.0.0', { size: 6_000 })];
    await apply(readPackedSet(packedObjects(shared, { name: 'other', version: 'v1' }), 'b.yaml'));
    // Platform v1 is applied again, so the labels of what is shared are those of platform.
    await apply(platform('v1.0.0'));
    await apply(platform('v2.0.0'));
    const { removed, keep } = await prune();
    expect(removed).toEqual([]);
    expect(keep.every(({ reason }) => reason === 'the set other v1 needs it')).toBe(true);
  });

  test('a set without a record prevents pruning, since its needs are unknown', async () => {
    await apply(readPackedSet(packedObjects([packageOf('c', 'v1.0.0')], { name: 'other', version: 'v1' }), 'b.yaml'));
    server.objects.delete('/api/v1/namespaces/crossplane-system/configmaps/package-set-other');
    expect(await codeOf(prune())).toMatch(/^INCOMPLETE .*the set other needs/);
  });

  test('an object that another operator changes after planning is kept', async () => {
    server.fault = (method, path) => (method === 'DELETE' && path.includes('configmaps') ? { status: 409 } : undefined);
    const { removed, changed } = await prune();
    expect(changed.every(({ kind }) => kind === 'ConfigMap')).toBe(true);
    expect(removed.map(({ kind }) => kind)).toEqual(['ImageConfig']);
  });

  test('a refusal in the middle is reported, and the next run continues', async () => {
    let count = 0;
    const isOfSet = (path: string) => !path.includes('leases');
    server.fault = (method, path) =>
      method === 'DELETE' && isOfSet(path) && ++count > 2 ? { status: 403 } : undefined;
    const first = await prune();
    expect(first.removed).toHaveLength(2);
    expect(first.failure?.message).toMatch(/403/);
    server.fault = undefined;
    expect((await prune()).removed.length).toBe(first.remove.length - 2);
  });

  test('nothing is removed while another program changes the set', async () => {
    server.put('/apis/coordination.k8s.io/v1/namespaces/crossplane-system/leases/package-set-platform', {
      metadata: { name: 'package-set-platform' },
      spec: { holderIdentity: 'alice', renewTime: new Date(1_000_000).toISOString(), leaseDurationSeconds: 60 },
    });
    const before = left();
    expect(await codeOf(prune())).toMatch(/^BUSY .*alice/);
    expect(left()).toEqual(before);
  });
});

test('after a rollback, the newer version is kept unless it is selected', async () => {
  await apply(platform('v2.0.0'));
  await apply(platform('v1.0.0'));
  const { remove, keep } = await prune();
  expect(remove).toEqual([]);
  expect(keep[0]?.reason).toBe('v2.0.0 is newer than the current version v1.0.0');
  const { removed } = await prune({ versions: ['v2.0.0'] });
  expect(removed.length).toBe(keep.length);
  expect(left()).toHaveLength(platform('v1.0.0').objects.length);
});

test('the version in use is not removed if it is selected', async () => {
  await apply(platform('v1.0.0'));
  expect(await prune({ versions: ['v1.0.0'] })).toMatchObject({ remove: [], keep: [] });
});

test('a partly applied set requires a selection of versions', async () => {
  await apply(platform('v1.0.0'));
  server.objects.delete('/api/v1/namespaces/crossplane-system/configmaps/package-set-platform');
  expect(await codeOf(prune())).toMatch(/^INCOMPLETE .*its record is missing/);
  await prune({ all: true, uninstall: true });
  expect(left()).toEqual([]);
});

test('a set that does not exist is refused with a similar name', async () => {
  await apply(platform('v1.0.0'));
  expect(await codeOf(prune({ set: 'platfrom' }))).toMatch(/^INVALID_OPTION .*did you mean platform\?/);
});

describe('a whole set', () => {
  beforeEach(async () => {
    await apply(platform('v1.0.0'));
    install('a', 'v1.0.0', { dependencies: ['registry.example.com/acme/b'] });
    install('b', 'v1.0.0');
  });

  test('is kept while its packages are installed', async () => {
    const before = left();
    const { keep, remove } = await prune({ all: true });
    expect(remove).toEqual([]);
    expect(left()).toEqual(before);
    expect(keep.filter(({ object }) => object.kind === 'Configuration')[0]?.reason).toContain('--uninstall');
  });

  test('is removed with its packages, the packages first and the record last', async () => {
    const { removed, keep } = await prune({ all: true, uninstall: true });
    expect(keep).toEqual([]);
    expect(removed.slice(0, 2).map(({ kind }) => kind)).toEqual(['Configuration', 'Configuration']);
    expect(removed.at(-1)?.name).toBe('package-set-platform');
    expect(left().filter((path) => !/revisions|locks/.test(path))).toEqual([]);
  });

  test('a package that another package outside of sets depends on is kept, with the objects that it needs', async () => {
    install('stranger', 'v9.0.0', { dependencies: ['registry.example.com/acme/b'] });
    const { keep, removed } = await prune({ all: true, uninstall: true });
    expect(keep.map(({ object, reason }) => [object.kind, reason])).toEqual([
      ['Configuration', 'acme-stranger-v9-0-0 depends on it'],
      ['ConfigMap', expect.stringContaining('ConfigurationRevision acme-b-v1-0-0')],
      ['ImageConfig', expect.stringContaining('ConfigurationRevision acme-b-v1-0-0')],
    ]);
    expect(removed.some(({ name }) => name === 'acme-a')).toBe(true);
    expect(left()).toContain('configmaps/package-set-platform');
  });
});
