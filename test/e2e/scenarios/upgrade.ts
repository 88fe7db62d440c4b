import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { applyClaim, applyNamespace, COMPOSITES, claimRef, deleteClaims, isClaimedIn, readyClaims } from '../claims.ts';
import { REGISTRY } from '../control-plane/registry.ts';
import { pushFunctionPackage } from '../function-package.ts';
import { HarnessError } from '../harness-error.ts';
import { conditionsOf, type KubernetesObject } from '../kubernetes/object.ts';
import { buildPreviousPackage, previousPackage } from '../previous-package.ts';
import { changed, settledVersions } from '../resource-versions.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'upgrade';
const COUNT = 50;
/** Crossplane reconciles each composite about once a minute. */
const ALL_CALLED_SECONDS = 240;
/** Longer than the upgrade and all waits for it. */
const FOLLOWED_MS = 1_200_000;

/** The function's package replaced by a newer one. */
export const upgrade: Scenario = {
  name: 'upgrade',
  onDemand: true,
  title: `with ${COUNT} claims present, the package before the last change of the program is upgraded to this one: once each was composed by it, no repository has another resource version`,
  prepare: buildPreviousPackage,
  async run(world) {
    const { cluster, emulator, function: runtime } = world;
    const previous = previousPackage();
    await runtime.replaceBy(await pushFunctionPackage(REGISTRY, previous));
    await applyNamespace(cluster, NAMESPACE);
    const names = Array.from({ length: COUNT }, (_, index) => `app-${index}`);
    await Promise.all(names.map((name) => applyClaim(cluster, claimRef(NAMESPACE, name))));
    await readyClaims(cluster, NAMESPACE, names);
    const before = await settledVersions(cluster);
    const composites = await cluster.list(COMPOSITES);
    const changes = await emulator.changes(NAMESPACE);
    assert.equal(changes.length, 2 * COUNT);

    const said = failuresOfComposites(world);
    await runtime.replaceBy(await pushFunctionPackage(REGISTRY));
    await allCalled(world);
    const after = await settledVersions(cluster);
    const moved = changed(before, after);
    assert.deepEqual(
      moved.filter((name) => name.startsWith('Repository ')),
      [],
      'no repository has changed',
    );
    assert.deepEqual(await emulator.changes(NAMESPACE), changes, 'no repository is made or deleted in ECR');
    await readyClaims(cluster, NAMESPACE, names);
    const fields = changedFields(composites, await cluster.list(COMPOSITES));
    said.stop();
    await deleteClaims(cluster, NAMESPACE);
    return {
      from: previous.commit,
      'other objects changed': moved.length,
      'in composites': fields || 'nothing',
      'said of composites meanwhile': (await said.messages()).join('; ') || 'nothing',
    };
  },
};

/** Waits until the new package has been called for every composite. */
async function allCalled({ cluster, function: runtime }: World): Promise<void> {
  const composites = (await cluster.list(COMPOSITES)).map(({ metadata }) => metadata.name);
  assert.ok(composites.length >= COUNT);
  for (let second = 0; second < ALL_CALLED_SECONDS; second++) {
    const called = runtime.composites();
    if (composites.every((name) => called.has(name))) return;
    await delay(1000);
  }
  throw new HarnessError('NOT_REACHED', `not all composites were composed anew in ${ALL_CALLED_SECONDS} s`);
}

/**
 * Watches the claims' composites until none is left, and returns the conditions that were not True before `stop`. Crossplane 2 reports
 * for a moment that the Composition has no valid pipeline: the new revision is active before its capabilities are known.
 */
function failuresOfComposites({ cluster }: World) {
  const seen = new Set<string>();
  let isOver = false;
  const followed = cluster.follow(
    COMPOSITES,
    'no composite of the claims is left',
    (objects) => {
      const own = [...objects.values()].filter((each) => isClaimedIn(NAMESPACE, each));
      if (isOver) return own.length === 0;
      for (const { type, status, reason = '', message = '' } of own.flatMap(conditionsOf)) {
        if (status !== 'True') seen.add(`${type} ${status} ${reason}: ${message}`);
      }
      return false;
    },
    FOLLOWED_MS,
  );
  // If the scenario fails earlier, nothing waits for it.
  followed.catch(() => undefined);
  return {
    stop: () => {
      isOver = true;
    },
    messages: async () => {
      await followed;
      return [...seen].sort();
    },
  };
}

/** The changed fields of some of these objects, except those that change at each write, such as `status.conditions.0.reason`. */
function changedFields(before: readonly KubernetesObject[], after: readonly KubernetesObject[]): string {
  const former = new Map(before.map((each) => [each.metadata.name, leavesOf(each)]));
  const fields = after.flatMap((each) => {
    const was = former.get(each.metadata.name) ?? new Map();
    const is = leavesOf(each);
    return [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path));
  });
  return [...new Set(fields)].sort().join(' ');
}

function leavesOf(value: unknown, path = ''): Map<string, unknown> {
  if (/^metadata\.(managedFields|resourceVersion)/.test(path)) return new Map();
  if (typeof value !== 'object' || value === null) return new Map([[path, value]]);
  return new Map(
    Object.entries(value).flatMap(([key, each]) => [...leavesOf(each, path === '' ? key : `${path}.${key}`)]),
  );
}
