import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { toolPath } from '../../tools/index.ts';
import { runProgram } from '../../tools/run-program.ts';
import { applyNamespace, claimRef, deletedInEcr, readyClaim } from '../claims.ts';
import { example, exampleFile, exampleObjects } from '../examples.ts';
import { hasConditions, type KubernetesObject, refOf, valueAt } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const WORKLOAD_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'workloads.carto.run' },
  spec: {
    group: 'carto.run',
    names: { kind: 'Workload', plural: 'workloads' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const CONTROLLER = 'kyverno-background-controller';
const NAMESPACE = 'kyverno';

/** From a Workload to its repositories, with only Kyverno in between. */
export const kyverno: Scenario = {
  name: 'kyverno',
  title:
    "Kyverno's policy creates the claim of a Workload, with the permissions of its ClusterRole, and both are deleted together",
  async run(world) {
    const { cluster, emulator } = world;
    const crd = await cluster.apply(WORKLOAD_CRD);
    await cluster.until(refOf(crd), 'is established', (object) => hasConditions(object, 'Established'));
    await applyNamespace(cluster, NAMESPACE);
    await grantRights(world);
    const workload = await cluster.apply({
      ...example('kyverno/workload.yaml'),
      metadata: { name: 'shop', namespace: NAMESPACE },
    });

    await createAs(world, await generated(world, workload));
    const claim = claimRef(NAMESPACE, 'shop-ecr-repos');
    const ready = await readyClaim(cluster, claim);
    assert.equal(valueAt(ready, 'metadata', 'ownerReferences', 0, 'uid'), workload.metadata.uid);
    const names = [`tap/workloads/shop-${NAMESPACE}`, `tap/workloads/shop-${NAMESPACE}-bundle`];
    assert.deepEqual(await emulator.namesWith(`shop-${NAMESPACE}`), names);

    await cluster.remove(refOf(workload));
    await cluster.until(claim, 'is gone', (object) => object === undefined);
    await deletedInEcr(cluster, claim);
    assert.deepEqual(await emulator.namesWith(`shop-${NAMESPACE}`), []);
    return {};
  },
};

/** Grants the user of Kyverno's controller the roles of the example, as Kyverno's aggregated roles would. */
async function grantRights({ cluster }: World): Promise<void> {
  for (const role of exampleObjects('kyverno/rbac.yaml')) {
    await cluster.apply(role);
    await cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: role.metadata.name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: CONTROLLER }],
    });
  }
}

/** The objects that the policy of the example generates for a Workload, in a file. */
async function generated({ folder }: World, workload: KubernetesObject): Promise<string> {
  const work = mkdtempSync(join(folder, 'kyverno-'));
  const resource = join(work, 'workload.yaml');
  writeFileSync(resource, stringify(workload));
  await runProgram(toolPath('kyverno'), [
    'apply',
    exampleFile('kyverno/workload-policy.yaml'),
    `--resource=${resource}`,
    `--values-file=${exampleFile('kyverno/namespaces.yaml')}`,
    `--output=${work}/`,
  ]);
  return join(work, 'create-workload-ecr-repos-generated.yaml');
}

function createAs({ kubeconfig }: World, file: string): Promise<string> {
  assert.match(readFileSync(file, 'utf8'), /kind: WorkloadECRRepo/);
  return runProgram(toolPath('kubectl'), [`--kubeconfig=${kubeconfig}`, `--as=${CONTROLLER}`, 'create', '-f', file]);
}
