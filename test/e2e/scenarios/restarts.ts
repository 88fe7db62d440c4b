import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { applyClaim, applyNamespace, claimRef, composedOf, deleteClaim, deletedInEcr, readyClaim } from '../claims.ts';
import { CERTIFICATES } from '../function-runtime.ts';
import { hasConditions, type ObjectRef, textAt } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'restarts';

/** Each component is restarted once. */
export const restarts: Scenario = {
  name: 'restarts',
  title:
    'after a restart of the function, a renewal of its certificates and a restart of Crossplane, new claims become ready and nothing is lost',
  async run(world) {
    const { cluster, emulator, crossplane } = world;
    await applyNamespace(cluster, NAMESPACE);
    const [standing, afterStop, afterRenewal, afterRestart] = [
      'standing',
      'after-stop',
      'after-renewal',
      'after-restart',
    ].map((name) => claimRef(NAMESPACE, name));
    assert.ok(standing && afterStop && afterRenewal && afterRestart);
    await applyClaim(cluster, standing);
    await readyClaim(cluster, standing);
    const before = await uidsOf(world, standing);

    await world.function.stop();
    await applyClaim(cluster, afterStop);
    await applyClaim(cluster, standing, { deletion: 'Retain' });
    await cluster
      .until(afterStop, 'has a composite', (object) => textAt(object, 'spec', 'resourceRef', 'name'))
      .finally(world.function.start);
    await readyClaim(cluster, afterStop);

    await renewCertificates(world);
    await applyClaim(cluster, afterRenewal);
    await readyClaim(cluster, afterRenewal);

    await crossplane.stop();
    await applyClaim(cluster, afterRestart).finally(crossplane.start);
    await readyClaim(cluster, afterRestart);

    await cluster.until(standing, 'is ready', (object) =>
      hasConditions(object, 'Ready', 'Synced', 'RepositoriesReady'),
    );
    assert.deepEqual(await uidsOf(world, standing), before);
    assert.deepEqual(
      (await emulator.changes(`-${NAMESPACE}`)).filter((change) => !change.startsWith('CreateRepository')),
      [],
      'no repository was deleted',
    );
    for (const claim of [afterStop, afterRenewal, afterRestart]) await deleteClaim(cluster, claim);
    for (const claim of [afterStop, afterRenewal, afterRestart]) await deletedInEcr(cluster, claim);
    return {};
  },
};

async function uidsOf({ cluster }: World, claim: ObjectRef): Promise<unknown> {
  return [...(await composedOf(cluster, claim))].map(([name, { metadata }]) => [name, metadata.uid]);
}

/** Makes Crossplane renew the function's certificates, and waits until the function uses them. */
async function renewCertificates({ cluster, function: runtime }: World): Promise<void> {
  const former = await runtime.shownCertificate();
  await cluster.remove(CERTIFICATES);
  const renewed = await cluster.until(CERTIFICATES, 'is made anew', (secret) => {
    const certificate = textAt(secret, 'data', 'tls.crt');
    return certificate && new X509Certificate(Buffer.from(certificate, 'base64')).fingerprint256;
  });
  assert.notEqual(renewed, former);
  await runtime.renewCertificates();
  assert.equal(await runtime.shownCertificate(), renewed);
}
