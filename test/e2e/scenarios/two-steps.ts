import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  applyClaim,
  applyNamespace,
  COMPOSITES,
  claimRef,
  composedOf,
  deleteClaim,
  deletedInEcr,
  readyClaim,
} from '../claims.ts';
import { example } from '../examples.ts';
import {
  conditionOf,
  conditionsOf,
  hasConditions,
  type KubernetesObject,
  refOf,
  textAt,
  valueAt,
} from '../kubernetes/object.ts';
import { changed, settledVersions, versionsOf } from '../resource-versions.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const REPOSITORIES = ['bundlerepo', 'imagerepo', 'west-bundlerepo', 'west-imagerepo'];

const NAME = 'two-steps';
const QUIET_SECONDS = 300;
const QUIET_TRIES = 3;

/** The function in two steps of one pipeline, and a long check for alternating changes while the second is broken. */
export const twoSteps: Scenario = {
  name: NAME,
  title:
    'with two steps that run the function, the claim reports a failing one, the other keeps its resources, and calls change nothing for five minutes',
  onDemand: true,
  async run(world) {
    const { cluster } = world;
    const claim = claimRef(NAME, 'twice');
    const composition = example('two-regions/composition.yaml');
    const spec = { compositionRef: { name: composition.metadata.name } };
    await applyNamespace(cluster, NAME);
    await cluster.apply(composition);
    await applyClaim(cluster, claim, {}, spec);
    const ready = await readyClaim(cluster, claim);
    assert.deepEqual(Object.keys(Object(valueAt(ready, 'status', 'repositories'))).sort(), [
      'bundle',
      'image',
      'west-bundle',
      'west-image',
    ]);
    const before = await composedOf(cluster, claim);
    assert.deepEqual([...before.keys()].sort(), REPOSITORIES);

    const findings: Record<string, number> = {};
    for (const [what, change, type, message] of [
      ['an invalid Input', { ttl: 'never' }, 'ParametersValid', /^west-: input\.ttl: /],
      [
        'another region, in which repositories that exist cannot be',
        { enforced: { region: 'eu-central-1' } },
        'SettingsApplied',
        /^west-: /,
      ],
    ] as const) {
      await cluster.apply(withSecondInput(composition, change));
      await awake(world, ready, () =>
        cluster.until(claim, `says ${message}`, (object) => {
          const said = object && conditionOf(object, type);
          return said?.status === 'False' && message.test(said.message ?? '');
        }),
      );
      const own = await composedOf(cluster, claim);
      assert.deepEqual(uids(own), uids(before), 'the same objects are composed');
      const untouched = ['bundlerepo', 'imagerepo'];
      assert.deepEqual(
        untouched.map((each) => own.get(each)?.metadata.resourceVersion),
        untouched.map((each) => before.get(each)?.metadata.resourceVersion),
        'the healthy step is left alone',
      );
      findings[`calls in ${QUIET_SECONDS} s with ${what}`] = await quiet(world, ready, QUIET_SECONDS);
    }

    await cluster.apply(composition);
    await awake(world, ready, () =>
      cluster.until(claim, 'has recovered', (object) =>
        hasConditions(object, 'Ready', 'Synced', 'ParametersValid', 'SettingsApplied', 'RepositoriesReady'),
      ),
    );
    assert.deepEqual(uids(await composedOf(cluster, claim)), uids(before));
    await deleteClaim(cluster, claim);
    await deletedInEcr(cluster, claim);
    // A claim without a Composition selects any.
    await cluster.remove(refOf(composition));
    return findings;
  },
};

/**
 * Changes the composite repeatedly while something is waited for. Creating four repositories takes more than the hundred consecutive
 * changes of an object after which Crossplane 2 checks it only twice a minute, and then only after another change.
 */
async function awake<T>({ cluster }: World, claim: KubernetesObject, wait: () => Promise<T>): Promise<T> {
  const name = textAt(claim, 'spec', 'resourceRef', 'name') ?? '';
  const nudge = () =>
    void cluster.patch({ ...COMPOSITES, name }, { metadata: { annotations: { 'e2e/nudge': String(Date.now()) } } });
  const timer = setInterval(nudge, 5_000);
  try {
    return await wait();
  } finally {
    clearInterval(timer);
  }
}

/**
 * Checks that calls change nothing for the given time: neither the status of composite and claim nor any other object. Returns the number
 * of calls of the function in that time. A lost connection to the emulator, which the provider reports in the repository's status, may
 * disturb one attempt; an alternating change disturbs all.
 */
async function quiet(world: World, claim: KubernetesObject, seconds: number): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const { changes, calls } = await poke(world, claim, seconds);
    if (changes.length > 0 && tries < QUIET_TRIES) continue;
    assert.deepEqual(changes, [], `nothing changes in one time of ${QUIET_TRIES}`);
    // Crossplane only processes one change in half a minute after the many changes during the repositories' creation.
    assert.ok(calls >= (2 * seconds) / 30, `both steps are called, not ${calls} times in all`);
    return calls;
  }
}

/** Causes a call every ten seconds by an annotation of the composite, until something else changes. */
async function poke({ cluster, function: runtime }: World, claim: KubernetesObject, seconds: number) {
  const composite = { ...COMPOSITES, name: textAt(claim, 'spec', 'resourceRef', 'name') ?? '' };
  const statuses = () => Promise.all([refOf(claim), composite].map(async (one) => statusOf(await cluster.read(one))));
  const others = async () =>
    new Map([...(await versionsOf(cluster))].filter(([key]) => !key.endsWith(`/${composite.name}`)));
  await settledVersions(cluster);
  const [versions, before] = [await others(), await statuses()];
  const calls = async () => (await runtime.metrics())('function_workload_ecr_request_bytes_count');
  const callsBefore = await calls();
  const changes: string[] = [];
  for (let second = 0; second < seconds && changes.length === 0; second += 10) {
    await cluster.patch(composite, { metadata: { annotations: { 'e2e/poke': String(second) } } });
    await delay(10_000);
    changes.push(...changed(versions, await others()));
    if (!isDeepStrictEqual(await statuses(), before)) changes.push('the status of the claim or its composite');
  }
  return { changes, calls: (await calls()) - callsBefore };
}

/** The status, without Crossplane's condition of its watches: after that many changes, it may change at any time. */
function statusOf(object: KubernetesObject | undefined): unknown {
  const conditions = object === undefined ? [] : conditionsOf(object);
  return { ...Object(object?.status), conditions: conditions.filter(({ type }) => type !== 'Responsive') };
}

function withSecondInput(composition: KubernetesObject, change: object): unknown {
  const pipeline = valueAt(composition, 'spec', 'pipeline');
  assert.ok(Array.isArray(pipeline));
  const [first, second] = pipeline;
  return {
    ...composition,
    spec: { ...Object(composition.spec), pipeline: [first, { ...second, input: { ...second.input, ...change } }] },
  };
}

function uids(objects: ReadonlyMap<string, KubernetesObject>): Record<string, unknown> {
  return Object.fromEntries(REPOSITORIES.map((name) => [name, objects.get(name)?.metadata.uid]));
}
