import assert from 'node:assert/strict';
import { applyClaim, applyNamespace, claimRef, deleteClaim, deletedInEcr, readyClaim } from '../claims.ts';
import { applyClaimApi, example } from '../examples.ts';
import { hasConditions, refOf, valueAt } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';

const NAMESPACE = 'original-xrd';
/** An XRD without a status schema, as it is for Compositions with patches. */
export const originalXrd: Scenario = {
  name: 'original-xrd',
  title: "a claim of an XRD without a status schema becomes ready; only the function's status is missing",
  async run({ cluster, emulator }) {
    const xrd = example('migration/xrd.yaml');
    const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: xrd.metadata.name };
    const hasStatus = (object: unknown) =>
      valueAt(
        object,
        'spec',
        'versions',
        0,
        'schema',
        'openAPIV3Schema',
        'properties',
        'status',
        'properties',
        'repositories',
      ) !== undefined;
    await applyNamespace(cluster, NAMESPACE);
    await cluster.apply(xrd);
    try {
      await cluster.until(crd, 'has no status of ours', (object) => !hasStatus(object));
      const claim = claimRef(NAMESPACE, 'example');
      await applyClaim(cluster, claim);
      const ready = await readyClaim(cluster, claim);
      assert.ok(hasConditions(ready, 'ParametersValid', 'RepositoriesReady'), 'the conditions need no schema');
      assert.deepEqual(await emulator.namesWith(`-${NAMESPACE}`), [
        `e2e/example-${NAMESPACE}`,
        `e2e/example-${NAMESPACE}-bundle`,
      ]);
      await deleteClaim(cluster, claim);
      await deletedInEcr(cluster, claim);
    } finally {
      await applyClaimApi(cluster);
      await cluster.until(crd, 'has its status again', hasStatus);
    }
    assert.ok(hasConditions(await cluster.read(refOf(xrd)), 'Established', 'Offered'));
    return {};
  },
};
