import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { objectAt } from '../../call.ts';
import { objectsIn } from '../cluster.ts';
import { HOST } from '../stub-registry.ts';
import { INSTALLED, installSetup, messageOf, source, uidOf } from './install-setup.ts';

const env = installSetup();
const { ofKind, packages, rounds } = env;

const isOfCfg = (manifest: unknown) => String(manifest).includes(`"${HOST}/acme/cfg"`);

/** The same cluster as an earlier version of the function left it: the composed names come from the source. */
function asBefore(name: string): void {
  for (const [composedName, object] of [...env.cluster.observed]) {
    const part = { Configuration: 'package', ImageConfig: 'imageconfig' }[String(object.kind)];
    if (part === undefined && object.kind !== 'ClusterUsage') continue;
    env.cluster.observed.delete(composedName);
    if (part === undefined) continue;
    const metadata = objectAt(object, 'metadata');
    const owners = objectsIn(metadata.ownerReferences).filter(({ controller }) => controller);
    const before = { ...object, metadata: { ...metadata, annotations: {}, ownerReferences: owners } };
    env.cluster.observed.set(`package-cache-${name}-${part}`, before);
  }
}

describe('a package is kept', () => {
  let uid: unknown;
  beforeEach(async () => {
    await rounds();
    uid = uidOf(ofKind('Configuration')[0]);
    expect(packages()).toEqual([INSTALLED]);
  });

  const changes: { name: string; make: () => void; says?: RegExp }[] = [
    { name: 'when its source is renamed', make: () => rename('other') },
    {
      name: 'when its source is renamed while the registry is down, after a restart',
      make: () => {
        rename('other');
        env.registry.down = true;
        env.cluster.restart(env.registry.artifacts);
      },
    },
    {
      name: 'when its source is renamed and the status is lost',
      make: () => {
        rename('other');
        env.cluster.status = {};
      },
    },
    {
      name: 'when two sources swap names',
      make: () => {
        env.registry.push('acme/second', 'v1', 'two');
        const second = source({ name: 'cfg', url: `oci://${HOST}/acme/second`, install: undefined });
        env.cluster.sources = [second, source({ name: 'second' })];
      },
    },
    {
      name: 'when its install is removed',
      make: () => keepOnly(source({ install: undefined })),
      says: /remains installed/,
    },
    { name: 'when its source is removed', make: () => keepOnly(), says: /onRemoval: Uninstall/ },
    {
      name: 'when its source is removed and another one exists',
      make: () => {
        env.registry.push('acme/second', 'v1', 'two');
        keepOnly(source({ name: 'second', url: `oci://${HOST}/acme/second`, install: undefined }));
      },
      says: /remains installed/,
    },
    {
      name: 'when its source changes to another repository',
      make: () => {
        env.registry.push('acme/second', 'v1', 'two');
        keepOnly(source({ url: `oci://${HOST}/acme/second`, install: undefined }));
      },
      says: /remains installed/,
    },
    {
      name: 'when its source is no longer allowed',
      make: () => {
        env.cluster.input = { ...env.cluster.input, allowedRegistries: [] };
      },
    },
    { name: 'when its source is suspended', make: () => keepOnly(source({ suspend: true })) },
    {
      name: 'when another source also installs it',
      make: () => keepOnly(source({ name: 'first' }), source()),
    },
  ];

  test.each(changes)('$name', async ({ make, says }) => {
    make();
    for (let round = 0; round < 4; round += 1) {
      const answer = await env.cluster.reconcile();
      expect(packages().filter((one) => one.startsWith('Configuration/acme-cfg'))).toEqual([INSTALLED]);
      expect(uidOf(ofKind('Configuration').find((one) => objectAt(one, 'metadata').name === 'acme-cfg'))).toBe(uid);
      expect(ofKind('ImageConfig').length).toBeGreaterThan(0);
      const maps = ofKind('ConfigMap').filter((map) => Object.values(objectAt(map, 'data')).some(isOfCfg));
      expect(maps.length).toBeGreaterThan(0);
      if (says) expect(messageOf(answer, 'PackageCacheReady')).toMatch(says);
    }
    const kept = objectsIn(env.cluster.status.keptPackages).map(({ name }) => name);
    expect(kept).toEqual(says ? ['acme-cfg'] : []);
  });

  test.each(changes)('$name, installed by an earlier version', async ({ make }) => {
    asBefore('cfg');
    make();
    await rounds(4);
    expect(packages()).toContain(INSTALLED);
    expect(uidOf(ofKind('Configuration').find((one) => objectAt(one, 'metadata').name === 'acme-cfg'))).toBe(uid);
    expect(env.cluster.observed.has('package-cache-cfg-package')).toBe(true);
    expect(env.cluster.observed.has('package-cache-configuration.acme-cfg')).toBe(false);
  });

  test('when the composite is deleted, with all that it needs, until the package is deleted', async () => {
    env.cluster.remove();
    expect([...new Set([...env.cluster.observed.values()].map(({ kind }) => kind))].sort()).toEqual([
      'ConfigMap',
      'Configuration',
      'ImageConfig',
    ]);
    const [name] = [...env.cluster.observed].find(([, { kind }]) => kind === 'Configuration') ?? [];
    env.cluster.observed.delete(name ?? '');
    env.cluster.remove();
    expect(env.cluster.observed.size).toBe(0);
  });

  test('with its name when install.name is another one, and the condition names a solution', async () => {
    env.cluster.sources = [source({ install: { kind: 'Configuration', name: 'renamed' } })];
    const answer = await env.cluster.reconcile();
    expect(packages()).toEqual([INSTALLED]);
    expect(answer.conditions.find(({ type }) => type === 'SettingsApplied')).toMatchObject({
      reason: 'CannotChange',
      message: expect.stringMatching(/Configuration acme-cfg keeps its name; to install it as renamed, set/),
    });
  });

  test('when install.name is the name that it has', async () => {
    env.cluster.sources = [source({ install: { kind: 'Configuration', name: 'acme-cfg' } })];
    const answer = await env.cluster.reconcile();
    expect(messageOf(answer, 'SettingsApplied')).toBeUndefined();
    expect(packages()).toEqual([INSTALLED]);
  });

  function rename(name: string): void {
    env.cluster.sources = [source({ name })];
  }
  function keepOnly(...sources: JsonObject[]): void {
    env.cluster.sources = sources;
  }
});
