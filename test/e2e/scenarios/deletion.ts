import assert from 'node:assert/strict';
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
import { deleteImage, imagesIn, putImage } from '../images.ts';
import type { ObjectRef } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'deletion';

/** The effect of a claim's deletion on repositories with images. */
export const deletion: Scenario = {
  name: 'deletion',
  title:
    'Retain keeps repositories and their images, and a new claim adopts them; IfEmpty waits until the last image is deleted, Force does not wait',
  async run(world) {
    const { cluster, emulator } = world;
    await applyNamespace(cluster, NAMESPACE);
    const [retain, ifEmpty, force] = ['retain', 'if-empty', 'force'].map((name) => claimRef(NAMESPACE, name));
    assert.ok(retain && ifEmpty && force);
    await applyClaim(cluster, retain, { deletion: 'Retain' });
    await applyClaim(cluster, ifEmpty, { deletion: 'IfEmpty' });
    await applyClaim(cluster, force, { deletion: 'Force' });
    for (const claim of [retain, force, ifEmpty]) {
      await readyClaim(cluster, claim);
      await putImage(emulator.ecr, `e2e/${claim.name}-${NAMESPACE}`);
      await deleteClaim(cluster, claim);
    }

    const waiting = (await composedOf(cluster, ifEmpty)).get('imagerepo');
    assert.ok(waiting, 'the repository with an image is still there');
    await refusedDeletion(cluster, waiting);
    await deleteImage(emulator.ecr, `e2e/if-empty-${NAMESPACE}`);
    for (const claim of [retain, force, ifEmpty]) await deletedInEcr(cluster, claim);

    assert.deepEqual(await emulator.namesWith(`-${NAMESPACE}`), [
      `e2e/retain-${NAMESPACE}`,
      `e2e/retain-${NAMESPACE}-bundle`,
    ]);
    await takesBack(world, retain);
    return {};
  },
};

/** Creates a claim again whose repositories exist in ECR, as after the loss of a cluster: they are adopted by their names. */
async function takesBack({ cluster, emulator }: World, claim: ObjectRef): Promise<void> {
  const changes = () => emulator.changes(`${claim.name}-${NAMESPACE}`);
  const name = `e2e/${claim.name}-${NAMESPACE}`;
  const before = await changes();
  const images = await imagesIn(emulator.ecr, name);
  await applyClaim(cluster, claim, { deletion: 'Force' });
  await readyClaim(cluster, claim);
  assert.deepEqual(await changes(), before, 'no repository is made a second time');
  assert.equal(images.length, 1);
  assert.deepEqual(await imagesIn(emulator.ecr, name), images);
  await deleteClaim(cluster, claim);
  await deletedInEcr(cluster, claim);
}
