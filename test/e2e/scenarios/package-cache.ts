import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { installTool } from '../../tools/index.ts';
import { applyClaim, applyNamespace, claimRef, composedOf, deleteClaim, readyClaim } from '../claims.ts';
import { CROSSPLANE_NAMESPACE } from '../control-plane/crossplane.ts';
import { startProviderKubernetes } from '../control-plane/provider-kubernetes.ts';
import { REGISTRY } from '../control-plane/registry.ts';
import { majorOf } from '../crossplane-version.ts';
import { example } from '../examples.ts';
import {
  conditionOf,
  hasConditions,
  type KubernetesObject,
  type ObjectRef,
  refOf,
  textAt,
  valueAt,
} from '../kubernetes/object.ts';
import { startLoader } from '../loader.ts';
import type { Program } from '../program.ts';
import type { Scenario } from '../scenario.ts';
import { carriers, pushBrokenWidgets, pushWidgets } from '../widgets.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'package-cache';
const SOURCE = `${REGISTRY}/acme/widgets`;
const CLAIM = claimRef(NAMESPACE, 'carrier');
const WIDGETS = { apiVersion: 'pkg.crossplane.io/v1', kind: 'Configuration' };
const CONFIGURATION = { ...WIDGETS, name: 'widgets' };
const WIDGET = { apiVersion: 'e2e.example.org/v1', kind: 'Widget', name: 'kept' };
const CONFIG_MAPS = { apiVersion: 'v1', kind: 'ConfigMap', namespace: CROSSPLANE_NAMESPACE };
const PROVIDER_CONFIG = 'in-cluster';
const COMPOSITION = { apiVersion: 'apiextensions.crossplane.io/v1', kind: 'Composition' };

/** The whole life of a package in a cluster. */
export const packageCache: Scenario = {
  name: 'package-cache',
  title:
    'a package is fetched, stored in ConfigMaps, loaded, installed without a registry, updated, kept while registry and function are down and after changes to its claim, and removed with onRemoval: Uninstall',
  prepare: async (version) => {
    if (majorOf(version) === 1) await installTool('provider-kubernetes');
  },
  async run(world) {
    const { cluster, registry } = world;
    await pushWidgets(world, SOURCE, 'v1.0.0');
    await applyNamespace(cluster, NAMESPACE);
    const provider = await startProvider(world);
    await applyComposition(world);
    const loader = await startLoader(world);
    try {
      await carry(world);
      const first = await carried(world, 'v1.0.0');
      await loaded(world, loader, first);

      await registry.stop();
      await carry(world, { kind: 'Configuration', name: 'widgets' });
      await installed(world, 'v1.0.0');

      await registry.start();
      await pushWidgets(world, SOURCE, 'v1.1.0');
      const second = await carried(world, 'v1.1.0');
      assert.notEqual(second, first);
      await installed(world, 'v1.1.0');

      await registry.stop();
      const before = await configMaps(world);
      await world.function.stop();
      await world.function.start();
      await composeAgain(world);
      assert.match(revisionOf(await cluster.read(CLAIM)) ?? '', /^v1\.1\.0@/);
      assert.deepEqual(await configMaps(world), before, 'no ConfigMap was deleted or made anew');
      await installed(world, 'v1.1.0');

      await keptThrough(world);
      await removedOnPurpose(world);
      await unloaded(world, loader);
      return { 'cache entry': first };
    } finally {
      // Claims without a Composition could select this one.
      await cluster.remove({ ...COMPOSITION, name: NAMESPACE });
      await loader.stop();
      await provider?.stop();
      await registry.stop();
      await registry.start();
    }
  },
};

/** Shows that the package, its XRD and a custom resource are kept after changes of the source and the artifact and without the claim. */
async function keptThrough(world: World): Promise<void> {
  const { cluster, registry } = world;
  const install = { kind: 'Configuration', name: 'widgets' };
  const { apiVersion, kind, ...metadata } = WIDGET;
  await cluster.apply({ apiVersion, kind, metadata, spec: {} });
  const before = await installedObjects(world);

  await carry(world, install, 'gadgets');
  await cluster.until(CLAIM, 'installs what the renamed source carries', (object) => {
    const status = valueAt(object, 'status', 'packageCache');
    return valueAt(status, 'widgets') === undefined && valueAt(status, 'gadgets', 'install', 'healthy') === true;
  });
  assert.deepEqual(await installedObjects(world), before, 'a renamed source');

  await registry.start();
  await pushBrokenWidgets(SOURCE, 'v1.2.0');
  await cluster.until(CLAIM, 'refuses an artifact that is no package', isReason('InvalidArtifact'));
  await installed(world, 'v1.1.0');
  assert.deepEqual(await installedObjects(world), before, 'a broken artifact');
  await pushWidgets(world, SOURCE, 'v1.2.1');
  // After a permanent failure, the next check would be minutes later.
  await cluster.patch(CLAIM, { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } } });
  await cluster.until(CLAIM, 'has looked at its source', (object) => {
    return textAt(object, 'status', 'packageCache', 'gadgets', 'lastHandledReconcileAt') === 'now';
  });
  await installed(world, 'v1.2.1');
  await cluster.until(CLAIM, 'is as asked for again', isReason('Available'));

  await carry(world, undefined, 'gadgets');
  await cluster.until(CLAIM, 'tells of the package that stays', (object) => {
    return textAt(object, 'status', 'keptPackages', 0, 'name') === 'widgets';
  });
  assert.deepEqual(await installedObjects(world), before, 'install removed');

  await carry(world, install, 'gadgets');
  await cluster.until(CLAIM, 'installs it again', (object) => {
    return valueAt(object, 'status', 'packageCache', 'gadgets', 'install', 'healthy') === true;
  });
  await deleteClaim(cluster, CLAIM);
  await cluster.until(CONFIGURATION, 'has no owner but itself', (object) => {
    return isDeepStrictEqual(ownersOf(object), ['Configuration widgets']);
  });
  // By then, the garbage collector has processed all of them: deleted ones have a mark.
  assert.deepEqual(await installedObjects(world), before, 'the claim deleted');
  if (!usesObjects(world)) {
    assert.ok((await configMaps(world)).length > 0, 'what the package is installed from stays');
  }
}

/** Shows that a claim adopts the existing package, and removes it with onRemoval: Uninstall. */
async function removedOnPurpose(world: World): Promise<void> {
  const { cluster } = world;
  await applyComposition(world, { onRemoval: 'Uninstall' });
  await carry(world, { kind: 'Configuration', name: 'widgets' });
  await carried(world, 'v1.2.1');
  await installed(world, 'v1.2.1');
  await cluster.until(CONFIGURATION, 'is no longer an owner of itself', (object) => {
    return ownersOf(object).includes('XWorkloadECRRepo') && !ownersOf(object).includes('Configuration widgets');
  });
  await deleteClaim(cluster, CLAIM);
  await cluster.until(CONFIGURATION, 'is gone', (object) => object === undefined);
  // Crossplane waits until the last custom resource of an XRD is deleted.
  await cluster.until(
    xrdOf(world),
    'is gone or going',
    (object) => object?.metadata.deletionTimestamp !== undefined || !object,
  );
  await cluster.follow(
    CONFIG_MAPS,
    'no ConfigMap of a set is left',
    (objects) => carriers(objects.values()).length === 0,
  );
}

/** The package, its XRD and a custom resource of it, each by its uid; an object that is being deleted is omitted. */
async function installedObjects(world: World): Promise<unknown[]> {
  const found = await Promise.all([CONFIGURATION, xrdOf(world), WIDGET].map((ref) => world.cluster.read(ref)));
  return found.map((object) => (object?.metadata.deletionTimestamp === undefined ? object?.metadata.uid : 'deleted'));
}

/** The owners of an object: `kind name`, and of composites, whose names are made up, the kind. */
function ownersOf(object: KubernetesObject | undefined): string[] {
  const owners = object === undefined ? [] : valueAt(object, 'metadata', 'ownerReferences');
  const all: unknown[] = Array.isArray(owners) ? owners : [];
  return all.map((owner) => {
    const kind = textAt(owner, 'kind') ?? '';
    return kind === 'Configuration' ? `${kind} ${textAt(owner, 'name')}` : kind;
  });
}

function isReason(reason: string) {
  return (object: KubernetesObject | undefined) =>
    object !== undefined && conditionOf(object, 'PackageCacheReady')?.reason === reason;
}

/** The example's Composition, with permission to fetch from the registry on loopback. */
async function applyComposition(world: World, packageCache: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const composition = structuredClone(example('claim/composition.yaml'));
  const input = {
    apiVersion: 'workload-ecr.fn.crossplane.io/v1beta1',
    kind: 'Input',
    defaults: { deletion: 'Force' },
    packageCache: {
      allowedRegistries: [REGISTRY],
      allowLocalAddresses: true,
      allowInsecure: true,
      ...(usesObjects(world) && { objects: { providerConfigName: PROVIDER_CONFIG } }),
      ...packageCache,
    },
    allowed: { install: { kinds: ['Configuration'], names: ['widgets'] } },
  };
  const step = { step: 'repositories', functionRef: { name: 'function-workload-ecr' }, input };
  await world.cluster.apply({
    ...composition,
    metadata: { name: NAMESPACE },
    spec: { ...Object(composition.spec), pipeline: [step] },
  });
}

/** Makes or changes the claim; with `install` it is to install what its source carries. */
function carry({ cluster }: World, install?: unknown, name = 'widgets'): Promise<void> {
  const source = {
    name,
    url: `oci://${SOURCE}`,
    ref: { semver: '>=1.0.0' },
    interval: '10s',
    ...(install ? { install } : {}),
  };
  return applyClaim(cluster, CLAIM, { packageCache: { sources: [source] } }, { compositionRef: { name: NAMESPACE } });
}

/** Waits until the claim says that it carries a version, and gives its entry's file name in Crossplane's cache. */
async function carried({ cluster }: World, version: string): Promise<string> {
  const claim = await cluster.until(
    CLAIM,
    `carries ${version}`,
    (object) => hasConditions(object, 'PackageCacheReady') && revisionOf(object)?.startsWith(`${version}@`) && object,
  );
  await readyClaim(cluster, CLAIM);
  return textAt(claim, 'status', 'packageCache', 'widgets', 'cacheKey') ?? '';
}

function revisionOf(claim: KubernetesObject | undefined): string | undefined {
  return textAt(claim, 'status', 'packageCache', 'widgets', 'revision');
}

/** True on Crossplane v1, which cannot compose ConfigMaps. */
function usesObjects({ crossplane }: World): boolean {
  return crossplane.major === 1;
}

/** Starts provider-kubernetes if ConfigMaps are composed as its Objects. */
async function startProvider(world: World): Promise<Program | undefined> {
  if (!usesObjects(world)) return undefined;
  const folder = join(world.folder, 'provider-kubernetes');
  mkdirSync(folder);
  return startProviderKubernetes({ ...world, folder, providerConfigName: PROVIDER_CONFIG });
}

function xrdOf({ crossplane }: World): ObjectRef {
  const apiVersion = `apiextensions.crossplane.io/v${crossplane.major}`;
  return { apiVersion, kind: 'CompositeResourceDefinition', name: 'widgets.e2e.example.org' };
}

/** Waits until an entry is in Crossplane's cache. */
async function loaded({ crossplane }: World, loader: Program, file: string): Promise<void> {
  const entries = () => readdirSync(crossplane.cacheFolder);
  while (!entries().includes(file)) await loader.prints(/"placed":\["/);
}

/** Waits until Crossplane's cache has no entries of the loader. */
async function unloaded({ crossplane }: World, loader: Program): Promise<void> {
  const entries = () => readdirSync(crossplane.cacheFolder).filter((file) => file.includes('acme-widgets'));
  while (entries().length > 0) await loader.prints(/"removed":\["/);
}

/** Waits until Crossplane has installed a version, healthy, with its XRD established. On v1, later versions have no tag. */
async function installed(world: World, version: string): Promise<void> {
  const { cluster, crossplane } = world;
  await cluster.follow(WIDGETS, `a Configuration of ${SOURCE}:${version} is healthy`, (objects) =>
    [...objects.values()].some((each) => {
      const image = textAt(each, 'spec', 'package');
      const isIt = image === `${SOURCE}:${version}` || (crossplane.major === 1 && image?.startsWith(`${SOURCE}@`));
      return isIt && hasConditions(each, 'Installed', 'Healthy');
    }),
  );
  await cluster.until(xrdOf(world), `is that of ${version}`, (object) => {
    const schema = valueAt(object, 'spec', 'versions', 0, 'schema', 'openAPIV3Schema');
    return hasConditions(object, 'Established') && textAt(schema, 'description') === version;
  });
}

async function configMaps({ cluster }: World): Promise<unknown[]> {
  return carriers(await cluster.list(CONFIG_MAPS)).map(({ metadata }) => [metadata.name, metadata.uid]);
}

/** Changes the claim, and waits until the function has processed the change. */
async function composeAgain({ cluster }: World): Promise<void> {
  await cluster.patch(CLAIM, { spec: { parameters: { deletion: 'IfEmpty' } } });
  const repository = (await composedOf(cluster, CLAIM)).get('imagerepo');
  assert.ok(repository);
  await cluster.until(refOf(repository), 'is no longer deleted by force', (object) => {
    const forProvider = valueAt(object, 'spec', 'forProvider');
    return forProvider !== undefined && valueAt(forProvider, 'forceDelete') !== true;
  });
}
