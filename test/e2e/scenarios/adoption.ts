import assert from 'node:assert/strict';
import {
  applyClaim,
  applyNamespace,
  COMPOSITES,
  claimRef,
  composedOf,
  deleteClaim,
  deletedInEcr,
  REPOSITORIES,
  readyClaim,
} from '../claims.ts';
import { putImage } from '../images.ts';
import { hasConditions, type KubernetesObject, refOf, textAt } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'adoption';
const NAMES = { imagerepo: `e2e/history-${NAMESPACE}`, bundlerepo: `e2e/history-${NAMESPACE}-bundle` };

/** A claim whose repositories a patch-and-transform Composition made. */
export const adoption: Scenario = {
  name: 'adoption',
  title:
    'repositories of a patch-and-transform Composition are adopted: none is created again or deleted, and images are kept',
  async run(world) {
    const { cluster, emulator } = world;
    const claim = claimRef(NAMESPACE, 'history');
    await applyNamespace(cluster, NAMESPACE);
    await world.function.stop();
    const before = await makeHistory(world, claim.name);
    // In this order: calls that find no function delay the next one, with an exponential backoff.
    await world.function.start();
    await world.crossplane.start();
    await putImage(emulator.ecr, NAMES.imagerepo);

    const ready = await readyClaim(cluster, claim);
    assert.ok(hasConditions(ready, 'RepositoriesReady'));
    const after = await composedOf(cluster, claim);
    assert.deepEqual(uids(after), uids(before), 'the same objects are composed');
    assert.deepEqual(
      [...after.values()].map((each) => each.metadata.annotations?.['crossplane.io/external-name']).sort(),
      Object.values(NAMES).sort(),
    );
    assert.deepEqual(
      await emulator.changes(`-${NAMESPACE}`),
      Object.values(NAMES).map((name) => `CreateRepository ${name}`),
    );
    // On v1, a composite without any result is indistinguishable from one whose status the API server refuses.
    if (world.crossplane.major === 2) {
      assert.equal(textAt(ready, 'status', 'repositories', 'image', 'name'), NAMES.imagerepo);
    }

    await applyClaim(cluster, claim, { deletion: 'Force' });
    await cluster.until(refOf(ready), 'is ready', (object) => hasConditions(object, 'Ready', 'RepositoriesReady'));
    await deleteClaim(cluster, claim);
    await deletedInEcr(cluster, claim);
    return {};
  },
};

/** Creates the claim's composite and its composed resources as patches do, while no function runs, and stops Crossplane. */
async function makeHistory({ cluster, crossplane }: World, name: string): Promise<Map<string, KubernetesObject>> {
  const claim = claimRef(NAMESPACE, name);
  await applyClaim(cluster, claim);
  const composite = await cluster.until(claim, 'has a composite', (object) =>
    textAt(object, 'spec', 'resourceRef', 'name'),
  );
  const owner = await cluster.until({ ...COMPOSITES, name: composite }, 'exists', (object) => object);
  // It has already tried to compose, and would continue with its cached state.
  await crossplane.stop();
  const made = new Map<string, KubernetesObject>();
  for (const [composed, externalName] of Object.entries(NAMES)) {
    made.set(composed, await cluster.apply(patched(owner, composed, externalName)));
  }
  const resourceRefs = [...made.values()].map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata.name,
  }));
  await cluster.patch(refOf(owner), { spec: { resourceRefs } });
  for (const each of made.values()) {
    await cluster.until(refOf(each), 'is ready', (object) => hasConditions(object, 'Ready', 'Synced'));
  }
  return made;
}

/** A composed repository with all fields that the patches of such a Composition and Crossplane set. */
function patched({ apiVersion, kind, metadata }: KubernetesObject, composed: string, externalName: string) {
  return {
    ...REPOSITORIES,
    metadata: {
      name: `${metadata.name}-${composed.slice(0, 5)}`,
      generateName: `${metadata.name}-`,
      annotations: {
        'crossplane.io/composition-resource-name': composed,
        'crossplane.io/external-name': externalName,
      },
      labels: {
        'crossplane.io/composite': metadata.name,
        'crossplane.io/claim-name': 'history',
        'crossplane.io/claim-namespace': NAMESPACE,
        region: 'eu-west-2',
      },
      ownerReferences: [
        { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      forProvider: { forceDelete: true, region: 'eu-west-2' },
      providerConfigRef: { name: 'aws-provider' },
    },
  };
}

function uids(objects: ReadonlyMap<string, KubernetesObject>): Record<string, unknown> {
  return Object.fromEntries([...objects].map(([name, { metadata }]) => [name, metadata.uid]));
}
