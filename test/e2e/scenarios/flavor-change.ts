import assert from 'node:assert/strict';
import { upjetCrds } from '../../function/schemas/upjet.ts';
import {
  applyClaim,
  applyNamespace,
  claimRef,
  composedOf,
  deleteClaim,
  readyClaim,
  statusOf,
  withoutComposed,
} from '../claims.ts';
import { example } from '../examples.ts';
import { imagesIn, putImage } from '../images.ts';
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

const NAMESPACE = 'flavor-change';
const NAMES = [`e2e/moving-${NAMESPACE}`, `e2e/moving-${NAMESPACE}-bundle`];
const UPJET = { flavor: 'ecr.aws.upbound.io' };
const UPJET_REPOSITORIES = { apiVersion: 'ecr.aws.upbound.io/v1beta2', kind: 'Repository' };

/** The steps of "Between providers" in examples/reference/migration.md. */
export const flavorChange: Scenario = {
  name: 'flavor-change',
  title:
    'repositories move from provider-aws to provider-upjet-aws by a change of the Input alone: nothing is deleted in ECR, and no resource of the old provider remains',
  async run({ cluster, emulator }) {
    await applyCrds(cluster);
    await applyNamespace(cluster, NAMESPACE);
    const claim = claimRef(NAMESPACE, 'moving');
    const composition = await applyComposition(cluster, {});
    await applyClaim(cluster, claim, {}, { compositionRef: { name: composition.metadata.name } });
    await readyClaim(cluster, claim);
    for (const name of NAMES) await putImage(emulator.ecr, name);

    const before = await composedOf(cluster, claim);
    await applyComposition(cluster, { provider: UPJET });
    const moved = await cluster.follow(UPJET_REPOSITORIES, 'both are resources of the other provider', (objects) => {
      const own = [...objects.values()].filter((each) => NAMES.includes(externalName(each)));
      return own.length === 2 && own;
    });
    for (const each of before.values()) {
      await cluster.until(refOf(each), 'stays, and may not delete anything', (object) => {
        return textAt(object, 'spec', 'deletionPolicy') === 'Orphan';
      });
    }
    await cluster.until(claim, 'says that it moves', (object) => {
      return (object && conditionOf(object, 'RepositoriesReady'))?.reason === 'Moving';
    });
    assert.deepEqual(moved.map(externalName).sort(), NAMES);
    for (const each of moved) await provide(cluster, each);
    await withoutComposed(cluster, claim);
    const ready = await readyClaim(cluster, claim);
    const [image, bundle] = NAMES.map(statusOf);
    assert.deepEqual(valueAt(ready, 'status', 'repositories'), { image, bundle });

    const changes = await emulator.changes(`moving-${NAMESPACE}`);
    assert.deepEqual(
      changes,
      NAMES.map((name) => `CreateRepository ${name}`),
      'nothing is deleted, or made again',
    );
    for (const name of NAMES) assert.equal((await imagesIn(emulator.ecr, name)).length, 1, 'the images stay');
    await deleteClaim(cluster, claim);
    // A claim without a Composition selects any.
    await cluster.remove(refOf(composition));
    return {};
  },
};

async function applyCrds(cluster: Cluster): Promise<void> {
  const own = upjetCrds.map(parseObject).filter(({ metadata }) => metadata.name.endsWith('.ecr.aws.upbound.io'));
  for (const crd of own) await cluster.apply(crd);
  for (const crd of own)
    await cluster.until(refOf(crd), 'is established', (object) => hasConditions(object, 'Established'));
}

async function applyComposition(cluster: Cluster, change: object): Promise<KubernetesObject> {
  const { metadata, spec, ...type } = example('claim/composition.yaml');
  const pipeline = valueAt(spec, 'pipeline');
  assert.ok(Array.isArray(pipeline));
  const [step] = pipeline;
  const { defaults: _, ...input } = step.input;
  return cluster.apply({
    ...type,
    metadata: { ...metadata, name: NAMESPACE },
    spec: { ...Object(spec), pipeline: [{ ...step, input: { ...input, ...change } }] },
  });
}

function externalName({ metadata }: KubernetesObject): string {
  return metadata.annotations?.['crossplane.io/external-name'] ?? '';
}
