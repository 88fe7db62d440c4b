import assert from 'node:assert/strict';
import { applyClaim, applyNamespace, claimRef, composedOf, deleteClaim, deletedInEcr, readyClaim } from '../claims.ts';
import { deleteImage, putImage } from '../images.ts';
import { conditionOf, refOf } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';

const NAMESPACE = 'deletion';

/** What a claim's deletion does to repositories with images in them. */
export const deletion: Scenario = {
  name: 'deletion',
  title: 'Retain keeps repositories and their images, IfEmpty waits for the last image, Force waits for nothing',
  async run({ cluster, emulator }) {
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
    await cluster.until(refOf(waiting), 'is refused its deletion', (object) =>
      /RepositoryNotEmpty|not empty|contains images/i.test((object && conditionOf(object, 'Synced')?.message) ?? ''),
    );
    await deleteImage(emulator.ecr, `e2e/if-empty-${NAMESPACE}`);
    for (const claim of [retain, force, ifEmpty]) await deletedInEcr(cluster, claim);

    assert.deepEqual(await emulator.namesWith(`-${NAMESPACE}`), [
      `e2e/retain-${NAMESPACE}`,
      `e2e/retain-${NAMESPACE}-bundle`,
    ]);
    return {};
  },
};
