import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { applyClaim, applyNamespace, COMPOSITES, claimRef, claims, isClaimedIn } from '../claims.ts';
import { hasConditions } from '../kubernetes/object.ts';
import { changed, versionsOf } from '../resource-versions.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'many-claims';
/** The gate has few; `E2E_CLAIMS=300 npm run test:e2e -- many-claims` shows what hundreds do. */
const COUNT = Number(process.env.E2E_CLAIMS ?? 50);
const QUIET_SECONDS = 60;
const QUIET_TRIES = 5;
/** Two processors need about five minutes for everything that runs here with 300 claims. */
const ALL_READY_MS = 900_000;

/** Many claims at the same time, and the quiet after them. */
export const manyClaims: Scenario = {
  name: 'many-claims',
  title: `${COUNT} claims made at once become ready, and then nothing in the cluster changes for a minute`,
  async run(world) {
    const { cluster, emulator } = world;
    await applyNamespace(cluster, NAMESPACE);
    const before = await use(world);
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    const names = Array.from({ length: COUNT }, (_, index) => `app-${index}`);
    await Promise.all(names.map((name) => applyClaim(cluster, claimRef(NAMESPACE, name))));
    const accepted = seconds();
    await cluster.follow(
      claims(NAMESPACE),
      `${COUNT} claims are ready`,
      (objects) =>
        objects.size === COUNT && [...objects.values()].every((each) => hasConditions(each, 'Ready', 'Synced')),
      ALL_READY_MS,
    );
    const ready = seconds();
    const busy = await use(world);
    const written = await writesOf(world, names);
    assert.equal((await emulator.namesWith(`-${NAMESPACE}`)).length, 2 * COUNT);

    const quiet = await quietMinute(world);
    return {
      'claims accepted after': `${accepted.toFixed(1)} s`,
      'all ready after': `${ready.toFixed(1)} s`,
      'calls until then, a claim': ((busy.calls - before.calls) / COUNT).toFixed(1),
      'writes of a composite until then': written.composites.toFixed(1),
      'writes of a claim until then': written.claims.toFixed(1),
      'events of a composite until then': written.compositeEvents.toFixed(1),
      'events of a claim until then': written.claimEvents.toFixed(1),
      'CPU of the function until then': `${(busy.cpuSeconds - before.cpuSeconds).toFixed(2)} s`,
      'CPU a call': `${(((busy.cpuSeconds - before.cpuSeconds) / (busy.calls - before.calls)) * 1000).toFixed(2)} ms`,
      'resident memory': `${(busy.residentBytes / 2 ** 20).toFixed(0)} MiB`,
      'calls in the quiet minute': quiet.calls,
      'CPU of the function in the quiet minute': `${quiet.cpuSeconds.toFixed(2)} s`,
    };
  },
};

async function use({ function: runtime }: World) {
  const metric = await runtime.metrics();
  return {
    calls: metric('function_workload_ecr_request_bytes_count'),
    cpuSeconds: metric('process_cpu_seconds_total'),
    residentBytes: metric('process_resident_memory_bytes'),
  };
}

/** How often each claim and its composite were written, and events about them, on average. */
async function writesOf({ cluster, writes }: World, names: readonly string[]) {
  const own = (await cluster.list(COMPOSITES)).filter((each) => isClaimedIn(NAMESPACE, each));
  const composites = new Set(own.map(({ metadata }) => metadata.name));
  const all = (await writes()).map(({ resource, namespace, name }) => {
    // An event is called after its object, such as `app-1.17b2`.
    return { resource, namespace, name: resource === 'events' ? name.slice(0, name.lastIndexOf('.')) : name };
  });
  const ofClaims = all.filter(({ namespace, name }) => namespace === NAMESPACE && names.includes(name));
  const ofComposites = all.filter(({ namespace, name }) => namespace !== NAMESPACE && composites.has(name));
  const average = (list: typeof all, isEvent: boolean) =>
    list.filter(({ resource }) => (resource === 'events') === isEvent).length / COUNT;
  return {
    claims: average(ofClaims, false),
    claimEvents: average(ofClaims, true),
    composites: average(ofComposites, false),
    compositeEvents: average(ofComposites, true),
  };
}

/**
 * Waits for a minute in which nothing changes, and gives the function's use in it. A minute may be spoiled by what happens last or by an
 * answer that the emulator spoils; a loop would spoil every one.
 */
async function quietMinute(world: World) {
  for (let tries = 1; ; tries++) {
    const use0 = await use(world);
    const versions = await versionsOf(world.cluster);
    await delay(QUIET_SECONDS * 1000);
    const changes = changed(versions, await versionsOf(world.cluster));
    if (changes.length > 0 && tries < QUIET_TRIES) continue;
    assert.deepEqual(changes, [], `nothing changes in one minute of ${QUIET_TRIES}`);
    const use1 = await use(world);
    return { calls: use1.calls - use0.calls, cpuSeconds: use1.cpuSeconds - use0.cpuSeconds };
  }
}
