import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { upjetCrds } from '../../function/schemas/upjet.ts';
import { runProgram } from '../../tools/run-program.ts';
import { applyNamespace, statusOf } from '../claims.ts';
import { REGISTRY } from '../control-plane/registry.ts';
import { example } from '../examples.ts';
import { PROGRAM } from '../function-package.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import {
  conditionOf,
  hasConditions,
  type KubernetesObject,
  parseObject,
  refOf,
  textAt,
  valueAt,
} from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';
import { provide } from '../upjet.ts';
import { carriers, pushWidgets } from '../widgets.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'namespaced';
// The claims' CRD on this control plane has the same name as the CRD of the example's XRD.
const GROUP = 'namespaced.e2e.example.org';
const TYPE = { apiVersion: `${GROUP}/v1alpha1`, kind: 'WorkloadECRRepo' };
const COMPOSITE = { ...TYPE, name: 'example-app-repos', namespace: NAMESPACE };
const RIVAL = { ...COMPOSITE, name: 'rival' };
const REPOSITORIES = { apiVersion: 'ecr.aws.m.upbound.io/v1beta1', kind: 'Repository', namespace: NAMESPACE };
const CONFIG_MAPS = { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE };
const SOURCE = `${REGISTRY}/acme/namespaced-widgets`;
const IMAGE = `tap/workloads/example-app-${NAMESPACE}`;
const BUNDLE = `${IMAGE}-bundle`;

/** A namespaced composite of Crossplane v2. */
export const namespaced: Scenario = {
  name: 'namespaced',
  title:
    'a composite in a namespace has its repositories and its package in that namespace and owns them; another one cannot have the same names',
  async run(world) {
    const { cluster } = world;
    await pushWidgets(world, SOURCE, 'v1.0.0');
    await applyNamespace(cluster, NAMESPACE);
    await applyApi(cluster);
    const { metadata } = await applyComposite(cluster, COMPOSITE.name);

    const repositories = await composedRepositories(cluster);
    for (const each of repositories) {
      assert.equal(valueAt(each, 'metadata', 'ownerReferences', 0, 'uid'), metadata.uid);
      assert.deepEqual(valueAt(each, 'spec', 'providerConfigRef'), {
        kind: 'ClusterProviderConfig',
        name: 'aws-provider',
      });
    }
    assert.ok(!hasConditions(await cluster.read(COMPOSITE), 'Ready'), 'it waits for the provider');
    for (const each of repositories) await provide(cluster, each);
    const ready = await cluster.until(
      COMPOSITE,
      'is ready',
      (object) =>
        hasConditions(object, 'Ready', 'Synced', 'ParametersValid', 'RepositoriesReady', 'PackageCacheReady') && object,
    );
    assert.deepEqual(valueAt(ready, 'status', 'repositories'), { image: statusOf(IMAGE), bundle: statusOf(BUNDLE) });

    await applyComposite(cluster, RIVAL.name);
    await cluster.until(RIVAL, 'is refused the names', (object) => {
      const condition = object && conditionOf(object, 'ParametersValid');
      return condition?.reason === 'NameConflict' && condition.message?.includes(`composite ${COMPOSITE.name}`);
    });
    assert.equal((await cluster.list(REPOSITORIES)).length, 2);

    const entry = textAt(ready, 'status', 'packageCache', 'widgets', 'cacheKey');
    assert.ok(entry);
    assert.deepEqual(
      carriers(await cluster.list(CONFIG_MAPS)).map((each) => valueAt(each, 'metadata', 'ownerReferences', 0, 'uid')),
      [metadata.uid],
      'its one ConfigMap is composed as it is',
    );
    assert.deepEqual(await load(world), [entry]);

    for (const ref of [RIVAL, COMPOSITE]) await cluster.remove(ref);
    await withoutComposed(cluster);
    assert.equal(await cluster.read(COMPOSITE), undefined);
    return {};
  },
};

/** Applies the XRD and the Composition of examples/namespaced in a separate group, and the CRD of their repositories. */
async function applyApi(cluster: Cluster): Promise<void> {
  const crd = upjetCrds.map(parseObject).find(({ metadata }) => metadata.name === 'repositories.ecr.aws.m.upbound.io');
  assert.ok(crd);
  await cluster.apply(crd);
  const xrd = example('namespaced/xrd.yaml');
  const { apiVersion, kind } = xrd;
  const applied = await cluster.apply({
    apiVersion,
    kind,
    metadata: { name: `workloadecrrepos.${GROUP}` },
    spec: { ...Object(xrd.spec), group: GROUP },
  });
  const composition = example('namespaced/composition.yaml');
  const step = valueAt(composition, 'spec', 'pipeline', 0);
  const packageCache = { allowedRegistries: [REGISTRY], allowLocalAddresses: true, allowInsecure: true };
  const input = { ...Object(valueAt(step, 'input')), packageCache };
  const pipeline = [{ ...Object(step), input }];
  await cluster.apply({ ...composition, spec: { ...Object(composition.spec), compositeTypeRef: TYPE, pipeline } });
  for (const each of [crd, applied]) {
    await cluster.until(refOf(each), 'is established', (object) => hasConditions(object, 'Established'));
  }
}

/** Creates a composite like the example's, with a package. */
function applyComposite(cluster: Cluster, name: string): Promise<KubernetesObject> {
  const { spec } = example('namespaced/workload.yaml');
  const source = { name: 'widgets', url: `oci://${SOURCE}`, ref: { semver: '>=1.0.0' } };
  const parameters = { ...Object(valueAt(spec, 'parameters')), packageCache: { sources: [source] } };
  return cluster.apply({ ...TYPE, metadata: { name, namespace: NAMESPACE }, spec: { parameters } });
}

function composedRepositories(cluster: Cluster): Promise<KubernetesObject[]> {
  return cluster.follow(
    REPOSITORIES,
    'both Repositories are composed',
    (objects) => objects.size === 2 && [...objects.values()],
  );
}

/** Loads the content of the namespace's ConfigMaps into an empty cache, and returns the names of its entries. */
async function load({ folder, kubeconfig }: World): Promise<string[]> {
  const into = join(folder, 'namespaced-cache');
  mkdirSync(into);
  await runProgram(process.execPath, [PROGRAM, 'cache', 'load', '--namespace', NAMESPACE, '--into', into], {
    env: { KUBECONFIG: kubeconfig },
  });
  return readdirSync(into).filter((file) => file.endsWith('.gz'));
}

async function withoutComposed(cluster: Cluster): Promise<void> {
  await cluster.follow(REPOSITORIES, 'no Repository is left', (objects) => objects.size === 0);
  await cluster.follow(
    CONFIG_MAPS,
    'no ConfigMap with a package is left',
    (objects) => carriers(objects.values()).length === 0,
  );
}
