import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { composite, objectAt } from '../../call.ts';
import { type Cluster, conditionOf, objectsIn, startCluster } from '../cluster.ts';
import { HOST, type StubRegistry, stubRegistry } from '../stub-registry.ts';

const CAPABILITIES = [1, 2, 3, 4, 5];

let registry: StubRegistry;
let cluster: Cluster;

beforeEach(() => {
  registry = stubRegistry();
  registry.push('acme/cfg', 'v1', 'one');
  cluster = startCluster(registry.artifacts);
  cluster.capabilities = CAPABILITIES;
  cluster.input = { allowedRegistries: [HOST] };
  cluster.sources = [source()];
});

function source(over: JsonObject = {}): JsonObject {
  return {
    name: 'cfg',
    url: `oci://${HOST}/acme/cfg`,
    ref: { tag: 'v1' },
    install: { kind: 'Configuration' },
    ...over,
  };
}

async function rounds(count = 3): Promise<void> {
  for (let round = 0; round < count; round += 1) await cluster.reconcile();
}

/** `kind/name image uid` of each package in the cluster. */
function packages(): string[] {
  return [...cluster.observed.values()]
    .filter(({ kind }) => ['Configuration', 'Provider', 'Function'].includes(String(kind)))
    .map((one) => `${one.kind}/${objectAt(one, 'metadata').name} ${objectAt(one, 'spec').package}`)
    .sort();
}

const ofKind = (kind: string) => [...cluster.observed.values()].filter((one) => one.kind === kind);
const isOfCfg = (manifest: unknown) => String(manifest).includes(`"${HOST}/acme/cfg"`);
const uidOf = (object: JsonObject | undefined) => objectAt(object ?? {}, 'metadata').uid;
const messageOf = ({ conditions }: Awaited<ReturnType<Cluster['reconcile']>>, type: string) =>
  conditions.find((one) => one.type === type)?.message;
const INSTALLED = `Configuration/acme-cfg ${HOST}/acme/cfg:v1`;

/** The same cluster as an earlier version of the function left it: the composed names come from the source. */
function asBefore(name: string): void {
  for (const [composedName, object] of [...cluster.observed]) {
    const part = { Configuration: 'package', ImageConfig: 'imageconfig' }[String(object.kind)];
    if (part === undefined && object.kind !== 'ClusterUsage') continue;
    cluster.observed.delete(composedName);
    if (part === undefined) continue;
    const metadata = objectAt(object, 'metadata');
    const owners = objectsIn(metadata.ownerReferences).filter(({ controller }) => controller);
    const before = { ...object, metadata: { ...metadata, annotations: {}, ownerReferences: owners } };
    cluster.observed.set(`package-cache-${name}-${part}`, before);
  }
}

describe('a package stays', () => {
  let uid: unknown;
  beforeEach(async () => {
    await rounds();
    uid = uidOf(ofKind('Configuration')[0]);
    expect(packages()).toEqual([INSTALLED]);
  });

  const changes: { name: string; make: () => void; says?: RegExp }[] = [
    { name: 'when its source is renamed', make: () => rename('other') },
    {
      name: 'when its source is renamed while the registry is down, and a new pod knows nothing',
      make: () => {
        rename('other');
        registry.down = true;
        cluster.restart(registry.artifacts);
      },
    },
    {
      name: 'when its source is renamed and the status is lost',
      make: () => {
        rename('other');
        cluster.status = {};
      },
    },
    {
      name: 'when two sources change names',
      make: () => {
        registry.push('acme/second', 'v1', 'two');
        const second = source({ name: 'cfg', url: `oci://${HOST}/acme/second`, install: undefined });
        cluster.sources = [second, source({ name: 'second' })];
      },
    },
    {
      name: 'when its install is removed',
      make: () => keepOnly(source({ install: undefined })),
      says: /remains installed/,
    },
    { name: 'when its source is removed', make: () => keepOnly(), says: /onRemoval: Uninstall/ },
    {
      name: 'when its source is removed and another one is there',
      make: () => {
        registry.push('acme/second', 'v1', 'two');
        keepOnly(source({ name: 'second', url: `oci://${HOST}/acme/second`, install: undefined }));
      },
      says: /remains installed/,
    },
    {
      name: 'when its source moves to another repository',
      make: () => {
        registry.push('acme/second', 'v1', 'two');
        keepOnly(source({ url: `oci://${HOST}/acme/second`, install: undefined }));
      },
      says: /remains installed/,
    },
    {
      name: 'when its source is no longer allowed',
      make: () => {
        cluster.input = { ...cluster.input, allowedRegistries: [] };
      },
    },
    { name: 'when its source is suspended', make: () => keepOnly(source({ suspend: true })) },
    {
      name: 'when another source asks for it, too',
      make: () => keepOnly(source({ name: 'first' }), source()),
    },
  ];

  test.each(changes)('$name', async ({ make, says }) => {
    make();
    for (let round = 0; round < 4; round += 1) {
      const answer = await cluster.reconcile();
      expect(packages().filter((one) => one.startsWith('Configuration/acme-cfg'))).toEqual([INSTALLED]);
      expect(uidOf(ofKind('Configuration').find((one) => objectAt(one, 'metadata').name === 'acme-cfg'))).toBe(uid);
      expect(ofKind('ImageConfig').length).toBeGreaterThan(0);
      const maps = ofKind('ConfigMap').filter((map) => Object.values(objectAt(map, 'data')).some(isOfCfg));
      expect(maps.length).toBeGreaterThan(0);
      if (says) expect(messageOf(answer, 'PackageCacheReady')).toMatch(says);
    }
    const kept = objectsIn(cluster.status.keptPackages).map(({ name }) => name);
    expect(kept).toEqual(says ? ['acme-cfg'] : []);
  });

  test.each(changes)('$name, installed by an earlier version', async ({ make }) => {
    asBefore('cfg');
    make();
    await rounds(4);
    expect(packages()).toContain(INSTALLED);
    expect(uidOf(ofKind('Configuration').find((one) => objectAt(one, 'metadata').name === 'acme-cfg'))).toBe(uid);
    expect(cluster.observed.has('package-cache-cfg-package')).toBe(true);
    expect(cluster.observed.has('package-cache-configuration.acme-cfg')).toBe(false);
  });

  test('when the composite is deleted, with all that it needs, until somebody deletes it', async () => {
    cluster.remove();
    expect([...new Set([...cluster.observed.values()].map(({ kind }) => kind))].sort()).toEqual([
      'ConfigMap',
      'Configuration',
      'ImageConfig',
    ]);
    const [name] = [...cluster.observed].find(([, { kind }]) => kind === 'Configuration') ?? [];
    cluster.observed.delete(name ?? '');
    cluster.remove();
    expect(cluster.observed.size).toBe(0);
  });

  test('under its name when install asks for another one, and the claim is told the way out', async () => {
    cluster.sources = [source({ install: { kind: 'Configuration', name: 'renamed' } })];
    const answer = await cluster.reconcile();
    expect(packages()).toEqual([INSTALLED]);
    expect(answer.conditions.find(({ type }) => type === 'SettingsApplied')).toMatchObject({
      reason: 'CannotChange',
      message: expect.stringMatching(/Configuration acme-cfg keeps its name; to install it as renamed, set/),
    });
  });

  test('when it is installed anew by the name that it has', async () => {
    cluster.sources = [source({ install: { kind: 'Configuration', name: 'acme-cfg' } })];
    const answer = await cluster.reconcile();
    expect(messageOf(answer, 'SettingsApplied')).toBeUndefined();
    expect(packages()).toEqual([INSTALLED]);
  });

  function rename(name: string): void {
    cluster.sources = [source({ name })];
  }
  function keepOnly(...sources: JsonObject[]): void {
    cluster.sources = sources;
  }
});

test('two sources that install the same package: the one that has it keeps it, and the other is told', async () => {
  registry.push('acme/cfg', 'v2', 'two');
  cluster.sources = [source()];
  await rounds();
  cluster.sources = [source({ name: 'edge', ref: { tag: 'v2' } }), source()];
  const answer = await cluster.reconcile();
  expect(conditionOf(answer)).toBe('false Conflict');
  expect(messageOf(answer, 'PackageCacheReady')).toMatch(
    /^edge: the source cfg already installs Configuration acme-cfg/,
  );
  await rounds();
  expect(packages()).toEqual([INSTALLED]);
});

describe('a package of another kind than install asks for', () => {
  const both =
    /install\.kind must be Provider, the type of the package, not Configuration; set install\.kind: Provider/;

  test('is not installed, and the condition names both kinds', async () => {
    registry.push('acme/cfg', 'v1', 'provider', 'Provider');
    for (let round = 0; round < 3; round += 1) {
      const answer = await cluster.reconcile();
      expect(conditionOf(answer)).toBe('false InvalidArtifact');
      expect(messageOf(answer, 'PackageCacheReady')).toMatch(both);
    }
    expect(packages()).toEqual([]);
  });

  test('does not replace the one that is there', async () => {
    await rounds();
    const maps = ofKind('ConfigMap').map(({ binaryData }) => binaryData);
    registry.push('acme/cfg', 'v1', 'provider', 'Provider');
    for (let round = 0; round < 3; round += 1)
      expect(conditionOf(await cluster.reconcile())).toBe('false InvalidArtifact');
    expect(packages()).toEqual([INSTALLED]);
    expect(ofKind('ConfigMap').map(({ binaryData }) => binaryData)).toEqual(maps);
  });

  test.each(['Keep', 'Uninstall'])(
    'leaves what is there when install is changed, with onRemoval: %s',
    async (onRemoval) => {
      await rounds();
      cluster.input = { ...cluster.input, onRemoval };
      cluster.sources = [source({ install: { kind: 'Provider' } })];
      for (const down of [false, true, false]) {
        registry.down = down;
        cluster.restart(registry.artifacts);
        const answer = await cluster.reconcile();
        expect(messageOf(answer, 'PackageCacheReady')).toMatch(
          down ? /Configuration/ : /must be Configuration, the type of the package, not Provider/,
        );
        expect(packages()).toEqual([INSTALLED]);
        expect(objectsIn(cluster.status.keptPackages)).toMatchObject([{ kind: 'Configuration', name: 'acme-cfg' }]);
      }
    },
  );

  test('is installed by its digest beside one that is pinned by the same tag', async () => {
    await rounds();
    const digest = registry.push('acme/cfg', 'v1', 'provider', 'Provider');
    cluster.sources = [source({ install: { kind: 'Provider' } })];
    await rounds(4);
    expect(packages()).toEqual([INSTALLED, `Provider/acme-cfg ${HOST}/acme/cfg@${digest}`]);
    expect(ofKind('ImageConfig')).toHaveLength(1);
  });

  test('is replaced once the new kind is there, where the Input says Uninstall', async () => {
    await rounds();
    cluster.input = { ...cluster.input, onRemoval: 'Uninstall' };
    registry.push('acme/cfg', 'v1', 'provider', 'Provider');
    cluster.sources = [source({ install: { kind: 'Provider' } })];
    await rounds(1);
    expect(packages()).toEqual([INSTALLED]);
    await rounds(4);
    expect(packages()).toEqual([`Provider/acme-cfg ${HOST}/acme/cfg:v1`]);
    expect(ofKind('ImageConfig')).toHaveLength(1);
    expect(cluster.status.keptPackages).toBeUndefined();
  });
});

describe('a package goes where the Input says Uninstall', () => {
  beforeEach(async () => {
    cluster.input = { ...cluster.input, onRemoval: 'Uninstall' };
  });

  const removals: { name: string; sources: JsonObject[] }[] = [
    { name: 'its install is removed', sources: [source({ install: undefined })] },
    { name: 'its source is removed', sources: [] },
  ];
  test.each(removals)('once $name', async ({ sources }) => {
    await rounds();
    cluster.sources = sources;
    const answer = await cluster.reconcile();
    expect(objectsIn(cluster.status.keptPackages)).toMatchObject(
      [{ name: 'acme-cfg', message: /removed/ }].map(matching),
    );
    expect(answer.meta.ttlSeconds).toBeLessThanOrEqual(3);
    await rounds();
    expect(packages()).toEqual([]);
    expect(ofKind('ImageConfig')).toEqual([]);
    expect(cluster.status.keptPackages).toBeUndefined();
  });

  test('after its protection, where it had one', async () => {
    cluster.input = { ...cluster.input, onRemoval: 'Keep' };
    await rounds();
    expect(ofKind('ClusterUsage')).toHaveLength(1);
    cluster.input = { ...cluster.input, onRemoval: 'Uninstall' };
    cluster.sources = [];
    await cluster.reconcile();
    expect([ofKind('ClusterUsage').length, packages().length]).toEqual([0, 1]);
    await cluster.reconcile();
    expect(packages()).toEqual([]);
  });

  test('with the composite', async () => {
    await rounds();
    cluster.remove();
    expect(cluster.observed.size).toBe(0);
  });

  test('with the composite, also when another one kept it before', async () => {
    cluster.input = { ...cluster.input, onRemoval: 'Keep' };
    await rounds();
    cluster.remove();
    for (const [name, object] of [...cluster.observed]) {
      if (object.kind !== 'Configuration') cluster.observed.delete(name);
      else {
        const metadata = objectAt(object, 'metadata');
        const ownerReferences = objectsIn(metadata.ownerReferences).map((owner) => ({ ...owner, foreign: true }));
        cluster.observed.set(name, { ...object, metadata: { ...metadata, ownerReferences } });
      }
    }
    cluster.status = {};
    cluster.input = { ...cluster.input, onRemoval: 'Uninstall' };
    await rounds(4);
    expect(packages()).toEqual([INSTALLED]);
    cluster.remove();
    expect(cluster.observed.size).toBe(0);
  });

  test('but not when its source is renamed', async () => {
    await rounds();
    const uid = uidOf(ofKind('Configuration')[0]);
    cluster.sources = [source({ name: 'other' })];
    await rounds();
    expect(uidOf(ofKind('Configuration')[0])).toBe(uid);
  });

  test('but not as long as it is not known what its source installs', async () => {
    await rounds();
    cluster.sources = [source({ url: undefined })];
    await rounds();
    expect(packages()).toEqual([INSTALLED]);
  });
});

describe('what is missing is looked for again within 30 seconds, whatever the ttl is', () => {
  const missing: { name: string; over: JsonObject }[] = [
    { name: 'a Secret with credentials', over: { secretRef: { name: 'pull' } } },
    { name: 'a ServiceAccount', over: { serviceAccountName: 'builder' } },
    { name: 'a Secret with a CA', over: { certSecretRef: { name: 'ca' } } },
    { name: 'a Secret with a proxy', over: { proxySecretRef: { name: 'proxy' } } },
    { name: 'a Secret with keys', over: { verify: { secretRef: { name: 'keys' } } } },
    { name: 'the URI of the bundle repository', over: { url: undefined } },
  ];
  test.each(missing)('$name', async ({ over }) => {
    cluster.ttl = '24h';
    cluster.sources = [source(over)];
    for (let round = 0; round < 2; round += 1) {
      const { meta } = await cluster.reconcile();
      expect(meta.ttlSeconds).toBeGreaterThan(0);
      expect(meta.ttlSeconds).toBeLessThanOrEqual(30);
    }
  });

  test('the health of a package', async () => {
    cluster.ttl = '24h';
    await rounds();
    expect((await cluster.reconcile()).meta.ttlSeconds).toBeLessThanOrEqual(30);
  });
});

describe('protection', () => {
  test('is a ClusterUsage where Crossplane has them, once the package is there', async () => {
    await rounds(2);
    expect(ofKind('ClusterUsage')).toEqual([]);
    await rounds(1);
    expect(ofKind('ClusterUsage')).toMatchObject([
      {
        metadata: { name: 'keep-configuration-acme-cfg' },
        spec: { of: { apiVersion: 'pkg.crossplane.io/v1', kind: 'Configuration', resourceRef: { name: 'acme-cfg' } } },
      },
    ]);
  });

  test('is none that Crossplane does not know', async () => {
    cluster.capabilities = undefined;
    await rounds();
    expect(ofKind('ClusterUsage')).toEqual([]);
    cluster.remove();
    expect(packages()).toEqual([INSTALLED]);
  });

  test('is not needed on Crossplane v1, where lookups have another name', async () => {
    cluster.capabilities = undefined;
    cluster.isFirst = true;
    await rounds();
    expect(packages()).toEqual([INSTALLED]);
  });

  test.each<[string, readonly number[] | undefined, string]>([
    ['by its digest on Crossplane before 2.2, which would find the earlier content at the tag', undefined, '@sha256:'],
    ['by its tag on later versions', CAPABILITIES, ':v2'],
  ])('a later revision is installed %s', async (_, capabilities, reference) => {
    cluster.capabilities = capabilities;
    await rounds();
    expect(packages()).toEqual([INSTALLED]);
    registry.push('acme/cfg', 'v2', 'two');
    cluster.sources = [source({ ref: { tag: 'v2' } })];
    await rounds();
    expect(packages()).toEqual([expect.stringContaining(`${HOST}/acme/cfg${reference}`)]);
    expect(ofKind('ImageConfig')).toHaveLength(capabilities ? 1 : 0);
    const [before] = packages();
    await rounds();
    expect(packages()).toEqual([before]);
  });

  test('a tag that moved is installed by its digest on Crossplane before 2.2', async () => {
    cluster.capabilities = undefined;
    await rounds();
    registry.push('acme/cfg', 'v1', 'two');
    cluster.annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
    await rounds();
    expect(packages()).toEqual([expect.stringContaining(`${HOST}/acme/cfg@sha256:`)]);
  });

  test('is not for a claim to decide', async () => {
    const own = { ...composite(), spec: { claimRef: { namespace: 'default' } } };
    cluster = startCluster(registry.artifacts, own);
    cluster.input = { allowedRegistries: [HOST] };
    cluster.sources = [{ ...source(), onRemoval: 'Uninstall' }];
    const { results } = await cluster.reconcile();
    expect(results.at(-1)).toMatchObject({ severity: 1, message: expect.stringMatching(/onRemoval: unknown field/) });
  });
});

function matching({ name, message }: { name: string; message: RegExp }) {
  return { name, message: expect.stringMatching(message) };
}
