import assert from 'node:assert/strict';
import { claimRef, composedOf, deleteClaim, readyClaim, statusOf, withoutComposed } from '../claims.ts';
import { example } from '../examples.ts';
import { putImage } from '../images.ts';
import { hasConditions, valueAt } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';

const CLAIM = claimRef('default', 'example-app-repos');
const IMAGE = 'tap/workloads/example-app-default';
const BUNDLE = `${IMAGE}-bundle`;

/** The claim of the seed, from creation to deletion. */
export const seedClaim: Scenario = {
  name: 'seed-claim',
  title:
    'the example claim, with a registry host in repoPrefix, creates its two repositories; its deletion deletes them and their images',
  async run({ cluster, emulator }) {
    const start = performance.now();
    await cluster.apply(example('claim/claim.yaml'));
    const claim = await readyClaim(cluster, CLAIM);
    const seconds = (performance.now() - start) / 1000;

    assert.ok(
      hasConditions(claim, 'ParametersValid', 'RepositoriesReady'),
      'the claim has the conditions of the function',
    );
    assert.deepEqual(valueAt(claim, 'status', 'repositories'), { image: statusOf(IMAGE), bundle: statusOf(BUNDLE) });
    const composed = await composedOf(cluster, CLAIM);
    for (const name of ['imagerepo', 'bundlerepo']) {
      const repository = composed.get(name);
      assert.equal(repository?.metadata.labels?.region, 'eu-west-2');
      assert.equal(valueAt(repository, 'spec', 'forProvider', 'forceDelete'), true);
      assert.equal(valueAt(repository, 'spec', 'providerConfigRef', 'name'), 'aws-provider');
    }
    const held = await emulator.repositories();
    assert.equal(held.get(IMAGE)?.repositoryArn, statusOf(IMAGE).arn);
    assert.equal(held.get(BUNDLE)?.repositoryArn, statusOf(BUNDLE).arn);

    await putImage(emulator.ecr, IMAGE);
    await deleteClaim(cluster, CLAIM);
    await withoutComposed(cluster, CLAIM);
    assert.deepEqual(await emulator.namesWith('tap/workloads/example-app'), []);
    assert.deepEqual(await emulator.changes('tap/workloads/example-app'), [
      `CreateRepository ${IMAGE}`,
      `CreateRepository ${BUNDLE}`,
      `DeleteRepository ${IMAGE}`,
      `DeleteRepository ${BUNDLE}`,
    ]);
    return { 'ready after': `${seconds.toFixed(1)} s` };
  },
};
