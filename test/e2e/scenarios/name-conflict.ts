import assert from 'node:assert/strict';
import { applyClaim, applyNamespace, claimRef, composedOf, deleteClaim, deletedInEcr, readyClaim } from '../claims.ts';
import { putImage } from '../images.ts';
import { conditionOf, hasConditions } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';

// Workload a-b in namespace c, and a in b-c, would have repositories of the same name.
const FIRST = claimRef('c', 'a-b');
const SECOND = claimRef('b-c', 'a');
const NAME = 'e2e/a-b-c';

/** Two claims whose repositories would have the same name. */
export const nameConflict: Scenario = {
  name: 'name-conflict',
  title:
    'of two claims whose repositories would have the same name, the second gets an error with the name of the first, changes nothing of it, and gets the repositories after its deletion',
  async run({ cluster, emulator }) {
    for (const namespace of ['c', 'b-c']) await applyNamespace(cluster, namespace);
    await applyClaim(cluster, FIRST);
    await readyClaim(cluster, FIRST);
    await putImage(emulator.ecr, NAME);

    await applyClaim(cluster, SECOND);
    await cluster.until(SECOND, 'says who has the name', (object) => {
      const { reason, message = '' } = (object && conditionOf(object, 'ParametersValid')) ?? {};
      return reason === 'NameConflict' && message.includes(`"${NAME}", which claim c/a-b already has`);
    });
    assert.equal((await composedOf(cluster, SECOND)).size, 0, 'nothing is composed for the second');
    await deleteClaim(cluster, SECOND);
    assert.deepEqual(await emulator.namesWith(NAME), [NAME, `${NAME}-bundle`]);
    assert.ok(hasConditions(await cluster.read(FIRST), 'Ready', 'Synced'));

    await applyClaim(cluster, SECOND);
    await deleteClaim(cluster, FIRST);
    await deletedInEcr(cluster, FIRST);
    await readyClaim(cluster, SECOND);
    await deleteClaim(cluster, SECOND);
    await deletedInEcr(cluster, SECOND);
    return {};
  },
};
