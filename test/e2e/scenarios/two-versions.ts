import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseYaml } from '../../../src/yaml/index.ts';
import { startRegistry } from '../../oci/registry-server.ts';
import { CROSSPLANE_NAMESPACE } from '../control-plane/crossplane.ts';
import { REGISTRY } from '../control-plane/registry.ts';
import { PROGRAM } from '../function-package.ts';
import { hasConditions, type ObjectRef, textAt, valueAt } from '../kubernetes/object.ts';
import { startLoader } from '../loader.ts';
import type { Program } from '../program.ts';
import type { Scenario } from '../scenario.ts';
import { pushWidgets } from '../widgets.ts';
import type { World } from '../world.ts';

const SET = 'two-versions';
const SET_LABEL = 'workload-ecr.fn.crossplane.io/package-set';
const PACKAGES = { apiVersion: 'pkg.crossplane.io/v1', kind: 'Configuration' };
const REVISIONS = { ...PACKAGES, kind: 'ConfigurationRevision' };
const IMAGE_CONFIGS = { apiVersion: 'pkg.crossplane.io/v1beta1', kind: 'ImageConfig' };
const CONFIG_MAPS = { apiVersion: 'v1', kind: 'ConfigMap', namespace: CROSSPLANE_NAMESPACE };
const LEASES = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: CROSSPLANE_NAMESPACE };

/** The definition in the package. */
function definitionOf({ crossplane: { major } }: World): ObjectRef {
  const apiVersion = `apiextensions.crossplane.io/v${major}`;
  return { apiVersion, kind: 'CompositeResourceDefinition', name: 'widgets.e2e.example.org' };
}

/** An operator's commands for two versions of a set, from a registry that the cluster never sees to its removal. */
export const twoVersions: Scenario = {
  name: 'two-versions',
  title:
    'a set of packages is bundled in a connected network, transferred as one file, pushed to the local registry, applied, loaded, installed, upgraded, rolled back, pruned and removed; nothing remains',
  async run(world) {
    const sizes = await bundleInTheOpen(world);
    const loader = await startLoader(world);
    try {
      const first = await bringIn(world, sizes.source, 'v1.0.0');
      await cache(world, 'apply', first);
      await installed(world, sizes.source, 'v1.0.0');
      const second = await bringIn(world, sizes.source, 'v2.0.0');
      assert.equal((await exitOf(world, 'diff', 'cluster', second)).code, 1);
      await cache(world, 'apply', second);
      await installed(world, sizes.source, 'v2.0.0');
      assert.equal((await exitOf(world, 'diff', 'cluster', second, '-o', 'json')).code, 1, 'v1 is still there');

      await cache(world, 'apply', first);
      await installed(world, sizes.source, 'v1.0.0');
      await pruned(world);
      assert.equal((await exitOf(world, 'diff', 'cluster', first)).code, 0, 'nothing but v1 is left');
      await removed(world, loader);
      return { 'bytes of a bundle': sizes.bytes };
    } finally {
      await loader.stop();
    }
  },
};

/** Packs and bundles both versions, and closes their registry. */
async function bundleInTheOpen(world: World): Promise<{ readonly source: string; readonly bytes: number }> {
  const open = await startRegistry();
  const source = `${open.host}/acme/widgets`;
  let bytes = 0;
  for (const version of ['v1.0.0', 'v2.0.0']) {
    await pushWidgets(world, source, version);
    const files = { lock: lockOf(world, version), bundle: bundleOf(world, version) };
    const pack = ['--resolve', '--with-dependencies', '--lock', files.lock, '-o', '/dev/null'];
    await cache(world, 'pack', `${source}:${version}`, ...pack);
    await cache(world, 'bundle', '-o', files.bundle, '--lock', files.lock);
    bytes = readFileSync(files.bundle).length;
  }
  await open.close();
  return { source, bytes };
}

/** Pushes a bundle to the local registry, and packs its packages from there. Returns the file to apply. */
async function bringIn(world: World, source: string, version: string): Promise<string> {
  const mirror = join(world.folder, 'mirror');
  const lock = lockOf(world, version);
  const to = [`${REGISTRY}/mirror`, '--lock', lock, '--mirror-dir', mirror];
  await cache(world, 'bundle', 'push', bundleOf(world, version), ...to);
  const yaml = readFileSync(join(mirror, 'image-configs.yaml'), 'utf8');
  for (const { value } of parseYaml(yaml, 'image-configs.yaml')) await world.cluster.apply(value);
  const file = join(world.folder, `${SET}-${version}.yaml`);
  const { digest } = JSON.parse(readFileSync(lock, 'utf8')).packages[0];
  const host = source.slice(0, source.indexOf('/'));
  const pack = ['--set', SET, '--with-dependencies', '--lock', join(world.folder, 'local.lock.json'), '-o', file];
  await cache(world, 'pack', `${source}:${version}@${digest}`, ...pack, '--rewrite', `${host}=${REGISTRY}/mirror`);
  return file;
}

const lockOf = ({ folder }: World, version: string) => join(folder, `${SET}-${version}.lock.json`);
const bundleOf = ({ folder }: World, version: string) => join(folder, `${SET}-${version}.tar`);

/** Shows that the version before a rollback is kept for its revision, and removed after it. v1 changes a single revision instead. */
async function pruned(world: World): Promise<void> {
  const { cluster, crossplane } = world;
  const prune = ['prune', '--set', SET, '--set-version', 'v2.0.0', '--yes'];
  if (crossplane.major === 1) {
    assert.match(await cache(world, ...prune), /removed ConfigMap/);
    return;
  }
  const before = await labelled(world);
  assert.match(await cache(world, ...prune), /kept ConfigMap .* needs it for a rollback/);
  assert.deepEqual(await labelled(world), before);
  const inactive = (await cluster.list(REVISIONS)).filter((one) => textAt(one, 'spec', 'desiredState') === 'Inactive');
  for (const { metadata } of inactive) await cluster.remove({ ...REVISIONS, name: metadata.name });
  await cluster.follow(REVISIONS, 'the revision of v2 is gone', (all) =>
    [...all.values()].every((one) => textAt(one, 'spec', 'desiredState') === 'Active'),
  );
  assert.match(await cache(world, ...prune), /removed ConfigMap/);
}

/** Removes the set, and shows that no object of it remains. */
async function removed(world: World, loader: Program): Promise<void> {
  const { cluster, crossplane } = world;
  await cache(world, 'prune', '--set', SET, '--all', '--uninstall', '--yes');
  await cluster.follow(PACKAGES, 'the package is gone', (all) => ofSet(all.values()).length === 0);
  assert.deepEqual(await labelled(world), []);
  await cluster.until(
    definitionOf(world),
    'is gone or going',
    (object) => object?.metadata.deletionTimestamp !== undefined || !object,
  );
  const entries = () => readdirSync(crossplane.cacheFolder).filter((file) => file.includes('acme-widgets'));
  while (entries().length > 0) await loader.prints(/"removed":\["/);
  const leases = (await cluster.list(LEASES)).filter(({ metadata }) => metadata.name.startsWith('package-set-'));
  assert.deepEqual(leases, []);
  for (const { metadata } of await cluster.list(IMAGE_CONFIGS)) {
    if (metadata.name.startsWith('mirror-')) await cluster.remove({ ...IMAGE_CONFIGS, name: metadata.name });
  }
}

function ofSet<T extends { metadata: { labels?: Record<string, string> | undefined } }>(objects: Iterable<T>): T[] {
  return [...objects].filter(({ metadata }) => metadata.labels?.[SET_LABEL] === SET);
}

/** The objects of the set, by kind and name. */
async function labelled({ cluster }: World): Promise<string[]> {
  const found = await Promise.all([CONFIG_MAPS, IMAGE_CONFIGS, PACKAGES].map((collection) => cluster.list(collection)));
  return ofSet(found.flat()).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

/** Waits until Crossplane has installed a version, healthy, with its XRD established. */
async function installed(world: World, source: string, version: string): Promise<void> {
  const { cluster } = world;
  await cluster.follow(PACKAGES, `${source}:${version} is healthy`, (all) =>
    [...all.values()].some(
      (one) => textAt(one, 'spec', 'package') === `${source}:${version}` && hasConditions(one, 'Installed', 'Healthy'),
    ),
  );
  await cluster.until(definitionOf(world), `is that of ${version}`, (object) => {
    const schema = valueAt(object, 'spec', 'versions', 0, 'schema', 'openAPIV3Schema');
    return hasConditions(object, 'Established') && textAt(schema, 'description') === version;
  });
}

/** Runs a command of `cache` and returns its output. */
async function cache(world: World, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await exitOf(world, ...args);
  assert.equal(code, 0, `cache ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

async function exitOf({ kubeconfig, folder }: World, ...args: string[]) {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const env = { PATH: process.env.PATH, KUBECONFIG: kubeconfig, HOME: home };
  return promisify(execFile)(process.execPath, [PROGRAM, 'cache', ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}
