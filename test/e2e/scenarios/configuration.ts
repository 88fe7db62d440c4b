import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdFolder } from '../../tools/index.ts';
import { runProgram } from '../../tools/run-program.ts';
import {
  applyClaim,
  applyNamespace,
  claimRef,
  composedOf,
  deleteClaim,
  deletedInEcr,
  readyClaim,
  refusedDeletion,
} from '../claims.ts';
import { applyClaimApi } from '../examples.ts';
import { configurationPackage, MIRROR, PLATFORM, PROGRAM, pushFunctionPackage } from '../function-package.ts';
import { DEPENDENCY, deploymentOf, makeAvailable, runFunction } from '../function-runtime.ts';
import { deleteImage, imagesIn, putImage } from '../images.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { hasConditions, type ObjectRef, textAt, valueAt } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'configuration';
const PACKAGES = 'pkg.crossplane.io/v1';
const CONFIGURATION = { apiVersion: PACKAGES, kind: 'Configuration', name: 'configuration-workload-ecr' };
const PROVIDER = { apiVersion: PACKAGES, kind: 'Provider', name: 'mirror-provider-aws' };
const FUNCTION = { apiVersion: PACKAGES, kind: 'Function', name: DEPENDENCY.name };
const COMPOSITION = { apiVersion: 'apiextensions.crossplane.io/v1', kind: 'Composition', name: 'workloadecrrepo' };

/** The Configuration as a platform installs it from a private registry. */
export const configuration: Scenario = {
  name: 'configuration',
  title:
    'a Configuration, installed from a registry, installs the function and the provider; its claims become ready, and images are kept after their deletion',
  async run(world) {
    const { cluster, kubelet } = world;
    await pushFunctionPackage(PLATFORM);
    await pushProviderPackage(world);
    const reference = `${PLATFORM}/${CONFIGURATION.name}:v0.1.0`;
    await runProgram(process.execPath, [PROGRAM, 'xpkg', 'push', '-f', configurationPackage(), reference]);
    const { apiVersion, kind, name } = CONFIGURATION;
    try {
      await cluster.apply({ apiVersion, kind, metadata: { name }, spec: { package: reference } });
      const [, runtime] = await Promise.all([
        deploymentOf(cluster, 'provider', PROVIDER.name).then((deployment) => makeAvailable(cluster, deployment)),
        runFunction(kubelet, DEPENDENCY),
      ]);
      for (const ref of [PROVIDER, FUNCTION, CONFIGURATION]) {
        await cluster.until(ref, 'is healthy', (object) => hasConditions(object, 'Installed', 'Healthy'));
      }
      assert.equal(
        textAt(await cluster.read(COMPOSITION), 'spec', 'pipeline', 0, 'functionRef', 'name'),
        DEPENDENCY.name,
      );

      await applyNamespace(cluster, NAMESPACE);
      const claim = claimRef(NAMESPACE, 'shop');
      await applyClaim(cluster, claim);
      await readyClaim(cluster, claim);
      assert.ok((await runtime.metrics())('function_workload_ecr_request_bytes_count') > 0);
      await keepsImages(world, claim);
      await runtime.stop();
      return {};
    } finally {
      await leave(cluster);
    }
  },
};

/** Shows that a claim's deletion keeps images, and that the repository is deleted after the last of them. */
async function keepsImages({ cluster, emulator }: World, claim: ObjectRef): Promise<void> {
  const repository = `e2e/${claim.name}-${NAMESPACE}`;
  const image = (await composedOf(cluster, claim)).get('imagerepo');
  assert.ok(image);
  assert.notEqual(valueAt(image, 'spec', 'forProvider', 'forceDelete'), true);
  await putImage(emulator.ecr, repository);
  await deleteClaim(cluster, claim);
  await refusedDeletion(cluster, image);
  assert.equal((await imagesIn(emulator.ecr, repository)).length, 1);
  await deleteImage(emulator.ecr, repository);
  await deletedInEcr(cluster, claim);
}

/** Pushes a package of the provider that the harness already runs, with the CRD of repositories. */
async function pushProviderPackage({ folder }: World): Promise<void> {
  const root = join(folder, 'provider-aws');
  mkdirSync(root);
  const file = 'ecr.aws.crossplane.io_repositories.yaml';
  cpSync(join(crdFolder('provider-aws'), file), join(root, file));
  writeFileSync(
    join(root, 'crossplane.yaml'),
    'apiVersion: meta.pkg.crossplane.io/v1\nkind: Provider\nmetadata: {name: provider-aws}\n',
  );
  const archive = `${root}.xpkg`;
  await runProgram(process.execPath, [PROGRAM, 'xpkg', 'build', '--package-file', archive], { cwd: root });
  await runProgram(process.execPath, [PROGRAM, 'xpkg', 'push', '-f', archive, `${MIRROR}/provider-aws:v0.58.0`]);
}

/** Removes the Configuration, and restores its XRD and Composition for the other scenarios. */
async function leave(cluster: Cluster): Promise<void> {
  await cluster.remove(CONFIGURATION, 'Orphan');
  await cluster.until(CONFIGURATION, 'is gone', (object) => object === undefined);
  const revisions = { apiVersion: PACKAGES, kind: 'ConfigurationRevision' };
  for (const { metadata } of await cluster.list(revisions)) {
    if (metadata.labels?.['pkg.crossplane.io/package'] !== CONFIGURATION.name) continue;
    const revision = { ...revisions, name: metadata.name };
    await cluster.remove(revision, 'Orphan');
    await cluster.until(revision, 'is gone', (object) => object === undefined);
  }
  await applyClaimApi(cluster);
}
