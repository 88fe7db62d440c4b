import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { applyClaim, applyNamespace, claimRef, composedOf, deleteClaim, readyClaim } from '../claims.ts';
import { CROSSPLANE_NAMESPACE } from '../control-plane/crossplane.ts';
import { REGISTRY } from '../control-plane/registry.ts';
import { example } from '../examples.ts';
import { PROGRAM } from '../function-package.ts';
import { hasConditions, type KubernetesObject, refOf, textAt, valueAt } from '../kubernetes/object.ts';
import type { Program } from '../program.ts';
import type { Scenario } from '../scenario.ts';
import { carriers, pushWidgets } from '../widgets.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'package-cache';
const SOURCE = `${REGISTRY}/acme/widgets`;
const CLAIM = claimRef(NAMESPACE, 'carrier');
const WIDGETS = { apiVersion: 'pkg.crossplane.io/v1', kind: 'Configuration' };
const CONFIG_MAPS = { apiVersion: 'v1', kind: 'ConfigMap', namespace: CROSSPLANE_NAMESPACE };
const COMPOSITION = { apiVersion: 'apiextensions.crossplane.io/v1', kind: 'Composition' };

/** A package's whole way into a cluster and out of it. */
export const packageCache: Scenario = {
  name: 'package-cache',
  title:
    'a package is fetched, carried in ConfigMaps, loaded, installed with no registry, renewed, kept while registry and function are down, unloaded',
  async run(world) {
    const { cluster, registry, folder } = world;
    await pushWidgets(folder, SOURCE, 'v1.0.0');
    await applyNamespace(cluster, NAMESPACE);
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
      await pushWidgets(folder, SOURCE, 'v1.1.0');
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

      await deleteClaim(cluster, CLAIM);
      await cluster.follow(
        CONFIG_MAPS,
        'no ConfigMap of the set is left',
        (objects) => carriers(objects.values()).length === 0,
      );
      await unloaded(world, loader);
      return { 'cache entry': first };
    } finally {
      // Claims that name no Composition could get this one.
      await cluster.remove({ ...COMPOSITION, name: NAMESPACE });
      await loader.stop();
      await registry.stop();
      await registry.start();
    }
  },
};

/** The example's Composition, allowed to fetch from the registry on loopback. */
async function applyComposition({ cluster }: World): Promise<void> {
  const composition = structuredClone(example('claim/composition.yaml'));
  const input = {
    apiVersion: 'workload-ecr.fn.crossplane.io/v1beta1',
    kind: 'Input',
    defaults: { deletion: 'Force' },
    packageCache: { allowedRegistries: [REGISTRY], allowLocalAddresses: true, allowInsecure: true },
    allowed: { install: { kinds: ['Configuration'], names: ['widgets'] } },
  };
  const step = { step: 'repositories', functionRef: { name: 'function-workload-ecr' }, input };
  await cluster.apply({
    ...composition,
    metadata: { name: NAMESPACE },
    spec: { ...Object(composition.spec), pipeline: [step] },
  });
}

/** Makes or changes the claim; with `install` it is to install what it carries. */
function carry({ cluster }: World, install?: unknown): Promise<void> {
  const source = {
    name: 'widgets',
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

/** Starts the loader as a sidecar beside Crossplane. */
async function startLoader({ crossplane, kubeconfig, programs, logFolder }: World): Promise<Program> {
  const places = ['--namespace', CROSSPLANE_NAMESPACE, '--into', crossplane.cacheFolder];
  return programs.start({
    name: 'cache-loader',
    file: process.execPath,
    args: [PROGRAM, 'cache', 'load', ...places, '--watch', '--http-address', '127.0.0.3:8081'],
    env: { KUBECONFIG: kubeconfig },
    logFolder,
  });
}

/** Waits until an entry is in Crossplane's cache. */
async function loaded({ crossplane }: World, loader: Program, file: string): Promise<void> {
  const entries = () => readdirSync(crossplane.cacheFolder);
  while (!entries().includes(file)) await loader.prints(/"placed":\["/);
}

/** Waits until nothing that the loader placed is left in Crossplane's cache. */
async function unloaded({ crossplane }: World, loader: Program): Promise<void> {
  const entries = () => readdirSync(crossplane.cacheFolder).filter((file) => file.includes('acme-widgets'));
  while (entries().length > 0) await loader.prints(/"removed":\["/);
}

/** Waits until Crossplane has installed a version, healthy, with its XRD established. */
async function installed({ cluster }: World, version: string): Promise<void> {
  await cluster.follow(WIDGETS, `a Configuration of ${SOURCE}:${version} is healthy`, (objects) =>
    [...objects.values()].some(
      (each) =>
        textAt(each, 'spec', 'package') === `${SOURCE}:${version}` && hasConditions(each, 'Installed', 'Healthy'),
    ),
  );
  const xrd = {
    apiVersion: 'apiextensions.crossplane.io/v2',
    kind: 'CompositeResourceDefinition',
    name: 'widgets.e2e.example.org',
  };
  await cluster.until(xrd, `is that of ${version}`, (object) => {
    const schema = valueAt(object, 'spec', 'versions', 0, 'schema', 'openAPIV3Schema');
    return hasConditions(object, 'Established') && textAt(schema, 'description') === version;
  });
}

async function configMaps({ cluster }: World): Promise<unknown> {
  return carriers(await cluster.list(CONFIG_MAPS)).map(({ metadata }) => [metadata.name, metadata.uid]);
}

/** Changes the claim, and waits until the function has answered to that. */
async function composeAgain({ cluster }: World): Promise<void> {
  await cluster.patch(CLAIM, { spec: { parameters: { deletion: 'IfEmpty' } } });
  const repository = (await composedOf(cluster, CLAIM)).get('imagerepo');
  assert.ok(repository);
  await cluster.until(refOf(repository), 'is no longer deleted by force', (object) => {
    const forProvider = valueAt(object, 'spec', 'forProvider');
    return forProvider !== undefined && valueAt(forProvider, 'forceDelete') !== true;
  });
}
