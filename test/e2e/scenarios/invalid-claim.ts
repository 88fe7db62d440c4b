import assert from 'node:assert/strict';
import {
  applyClaim,
  applyNamespace,
  claimRef,
  claims,
  composedOf,
  deleteClaim,
  deletedInEcr,
  readyClaim,
} from '../claims.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { conditionOf, hasConditions, type ObjectRef, textAt } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';

const NAMESPACE = 'invalid-claim';

/** A claim with a setting that ECR does not allow. */
export const invalidClaim: Scenario = {
  name: 'invalid-claim',
  title: 'an invalid claim gets a condition and an event, keeps its resources, and recovers after a correction',
  async run({ cluster, emulator }) {
    await applyNamespace(cluster, NAMESPACE);
    const [fresh, changed] = ['fresh', 'changed'].map((name) => claimRef(NAMESPACE, name));
    assert.ok(fresh && changed);

    await applyClaim(cluster, changed);
    await readyClaim(cluster, changed);
    const before = await composedOf(cluster, changed);
    await applyClaim(cluster, fresh, { workloadName: 'two..dots' });
    await applyClaim(cluster, changed, { workloadName: 'UPPER' });
    await says(cluster, fresh, /"e2e\/two..dots-invalid-claim" of the image repository: must have one of .* not ".."/);
    await says(
      cluster,
      changed,
      /"e2e\/UPPER-invalid-claim" of the image repository: must not have upper-case letters/,
    );

    assert.equal((await composedOf(cluster, fresh)).size, 0, 'nothing is composed for what is refused');
    const after = await composedOf(cluster, changed);
    assert.deepEqual(
      [...after].map(([name, { metadata }]) => [name, metadata.uid]),
      [...before].map(([name, { metadata }]) => [name, metadata.uid]),
    );
    assert.deepEqual(await emulator.namesWith(`-${NAMESPACE}`), [
      `e2e/changed-${NAMESPACE}`,
      `e2e/changed-${NAMESPACE}-bundle`,
    ]);

    await applyClaim(cluster, fresh);
    await applyClaim(cluster, changed);
    for (const claim of [fresh, changed]) {
      await cluster.until(claim, 'has recovered', (object) =>
        hasConditions(object, 'Ready', 'Synced', 'ParametersValid'),
      );
      await deleteClaim(cluster, claim);
      await deletedInEcr(cluster, claim);
    }
    return {};
  },
};

/** Waits for the condition and the event that report the error. */
async function says(cluster: Cluster, claim: ObjectRef, message: RegExp): Promise<void> {
  await cluster.until(claim, `says ${message}`, (object) => {
    const condition = object && conditionOf(object, 'ParametersValid');
    return (
      condition?.status === 'False' && condition.reason === 'InvalidParameters' && message.test(condition.message ?? '')
    );
  });
  await cluster.follow(
    { apiVersion: 'v1', kind: 'Event', namespace: NAMESPACE },
    `an event on ${claims().kind} ${claim.name} says ${message}`,
    (events) =>
      [...events.values()].some(
        (event) =>
          textAt(event, 'involvedObject', 'kind') === claim.kind &&
          textAt(event, 'involvedObject', 'name') === claim.name &&
          textAt(event, 'type') === 'Warning' &&
          message.test(textAt(event, 'message') ?? ''),
      ),
  );
}
