import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  applyClaim,
  applyNamespace,
  COMPOSITES,
  claimRef,
  claims,
  deleteClaims,
  isClaimedIn,
  REPOSITORIES,
} from '../claims.ts';
import { example } from '../examples.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { hasConditions, type KubernetesObject, refOf, textAt, valueAt } from '../kubernetes/object.ts';
import { formatProcessorTime, processorTime } from '../processor-time.ts';
import { changed, versionsOf } from '../resource-versions.ts';
import type { Findings, Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'many-claims';
/** The default is a few; `E2E_CLAIMS=300 npm run test:e2e -- many-claims` creates hundreds. */
const COUNT = Number(process.env.E2E_CLAIMS ?? 50);
const QUIET_SECONDS = 60;
const QUIET_TRIES = 5;
/** Two processors need about five minutes for everything that runs here with 300 claims. */
const ALL_READY_MS = 900_000;

/** The Composition to select, as Crossplane v1 selects a random one if a kind has several. */
const FUNCTION = 'workloadecrrepo';
const NATIVE = 'native';
const CONSTANT = 'constant';
const CONSTANT_FUNCTION = join(import.meta.dirname, '../constant-function.ts');

/** Many claims at the same time, and an idle period afterwards; on Crossplane v1 also with a Composition without a function. */
export const manyClaims: Scenario = {
  name: 'many-claims',
  title: `${COUNT} claims made at once become ready, and then nothing in the cluster changes for a minute`,
  async run(world) {
    const native = await ofNativeComposition(world);
    const constant = await ofConstantFunction(world);
    const { names, rows } = await makeClaims(world, NAMESPACE, FUNCTION);
    assert.equal((await world.emulator.namesWith(`-${NAMESPACE}`)).length, 2 * names.length);
    const quiet = await quietMinute(world);
    return {
      ...rows,
      'resident memory': `${(quiet.residentBytes / 2 ** 20).toFixed(0)} MiB`,
      'calls in the quiet minute': quiet.calls,
      'CPU of the function in the quiet minute': `${quiet.cpuSeconds.toFixed(2)} s`,
      ...labelled('constant function', constant),
      ...labelled('without a function', native),
    };
  },
};

function labelled(label: string, findings: Findings): Findings {
  return Object.fromEntries(Object.entries(findings).map(([row, value]) => [`${label}: ${row}`, value]));
}

/** Creates all claims at once and counts writes until they are ready. */
async function makeClaims(world: World, namespace: string, composition: string) {
  const { cluster } = world;
  await applyNamespace(cluster, namespace);
  const processor = processorTime();
  const before = await use(world);
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const names = Array.from({ length: COUNT }, (_, index) => `app-${index}`);
  const spec = { compositionRef: { name: composition } };
  await Promise.all(names.map((name) => applyClaim(cluster, claimRef(namespace, name), {}, spec)));
  const accepted = seconds();
  await cluster.follow(
    claims(namespace),
    `${COUNT} claims are ready`,
    (objects) =>
      objects.size === COUNT && [...objects.values()].every((each) => hasConditions(each, 'Ready', 'Synced')),
    ALL_READY_MS,
  );
  const ready = seconds();
  const processorUse = formatProcessorTime(processor, processorTime());
  const after = await use(world);
  const calls = after.calls - before.calls;
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  const rows = {
    'claims accepted after': accepted,
    'all ready after': ready,
    ...(await writesOf(world, namespace, names)),
    'calls until then, a claim': (calls / COUNT).toFixed(1),
    ...(calls > 0 && { 'CPU a call': `${((cpuSeconds / calls) * 1000).toFixed(2)} ms` }),
    'CPU until then': processorUse,
  };
  return { names, rows };
}

/** The same with the Composition of examples/migration, which no later version than v1 runs. */
async function ofNativeComposition(world: World): Promise<Findings> {
  if (world.crossplane.major !== 1) return {};
  return withComposition(world, NATIVE, example('migration/composition.yaml'));
}

/** The same with a function that returns constant responses: the writes of Crossplane and the provider by themselves. */
async function ofConstantFunction(world: World): Promise<Findings> {
  const { function: runtime } = world;
  const composition = example('claim/composition.yaml');
  const step = valueAt(composition, 'spec', 'pipeline', 0);
  // It would compose nothing before Crossplane has shown the other users of the names.
  const input = { ...Object(valueAt(step, 'input')), nameConflicts: 'Ignore' };
  await runtime.stop();
  await runtime.startScript(CONSTANT_FUNCTION);
  const spec = { ...Object(composition.spec), pipeline: [{ ...Object(step), input }] };
  const rows = await withComposition(world, CONSTANT, { ...composition, spec });
  await runtime.stop();
  await runtime.start();
  return rows;
}

/** Creates the claims with a separate Composition, and removes both. */
async function withComposition(world: World, name: string, composition: KubernetesObject): Promise<Findings> {
  const { cluster } = world;
  const renamed = { ...composition, metadata: { ...composition.metadata, name } };
  await cluster.apply(renamed);
  const namespace = `${NAMESPACE}-${name}`;
  const { rows } = await makeClaims(world, namespace, name);
  await deleteClaims(cluster, namespace);
  // The provider continues with deleted resources for half a minute.
  await cluster.follow(
    REPOSITORIES,
    `no Repository of ${namespace} is left`,
    (objects) => ![...objects.values()].some((each) => isClaimedIn(namespace, each)),
    ALL_READY_MS,
  );
  await cluster.remove(refOf(renamed));
  return rows;
}

async function use({ function: runtime }: World) {
  const metric = await runtime.metrics();
  return {
    calls: metric('function_workload_ecr_request_bytes_count'),
    cpuSeconds: metric('process_cpu_seconds_total'),
    residentBytes: metric('process_resident_memory_bytes'),
  };
}

/** The average number of writes of each claim and its composite, and of events about them. */
async function writesOf({ cluster, writes }: World, claimNamespace: string, names: readonly string[]) {
  const own = (await cluster.list(COMPOSITES)).filter((each) => isClaimedIn(claimNamespace, each));
  const composites = new Set(own.map(({ metadata }) => metadata.name));
  const all = (await writes()).map((write) => {
    const { resource, name } = write;
    // An event's name begins with that of its object, such as `app-1.17b2`.
    return resource === 'events' ? { ...write, name: name.slice(0, name.lastIndexOf('.')) } : write;
  });
  const row = (list: typeof all) => {
    const written = list.filter(({ resource }) => resource !== 'events');
    const changed = written.filter((write) => write.changed);
    return {
      writes: `${average(changed)}, and ${average(written.filter((write) => !write.changed))} that changed nothing`,
      events: average(list.filter(({ resource }) => resource === 'events')),
    };
  };
  const ofClaims = row(all.filter(({ namespace, name }) => namespace === claimNamespace && names.includes(name)));
  const ofComposites = row(all.filter(({ namespace, name }) => namespace !== claimNamespace && composites.has(name)));
  return {
    'writes of a composite until then': ofComposites.writes,
    'writes of a claim until then': ofClaims.writes,
    'events of a composite until then': ofComposites.events,
    'events of a claim until then': ofClaims.events,
  };
}

function average(list: readonly unknown[]): string {
  return (list.length / COUNT).toFixed(1);
}

/**
 * Waits for a minute without changes, and returns the function's use in it. The previous activity may disturb one such minute, a loop
 * every one. Changes are not counted if the provider could not read a response of the emulator.
 */
async function quietMinute(world: World) {
  const { cluster } = world;
  for (let tries = 1; ; tries++) {
    const use0 = await use(world);
    const versions = await versionsOf(cluster);
    const since = Date.now() - QUIET_SECONDS * 1000;
    await delay(QUIET_SECONDS * 1000);
    const spoiled = await notObserved(cluster, since);
    const changes = changed(versions, await versionsOf(cluster)).filter((name) => !spoiled.has(name));
    if (changes.length > 0 && tries < QUIET_TRIES) continue;
    assert.deepEqual(changes, [], `nothing changes in one minute of ${QUIET_TRIES}`);
    const use1 = await use(world);
    const { residentBytes } = use1;
    return { calls: use1.calls - use0.calls, cpuSeconds: use1.cpuSeconds - use0.cpuSeconds, residentBytes };
  }
}

/** The repositories that the provider could not observe since then, with their composites and claims, as {@link versionsOf} names them. */
async function notObserved(cluster: Cluster, since: number): Promise<ReadonlySet<string>> {
  const events = await cluster.list({ apiVersion: 'v1', kind: 'Event' });
  const failed = new Set(
    events
      .filter((event) => textAt(event, 'reason') === 'CannotObserveExternalResource')
      .filter((event) => Date.parse(textAt(event, 'lastTimestamp') ?? '') >= since)
      .map((event) => textAt(event, 'involvedObject', 'name')),
  );
  const repositories = (await cluster.list(REPOSITORIES)).filter(({ metadata }) => failed.has(metadata.name));
  return new Set(
    repositories.flatMap(({ kind, metadata: { name, labels = {} } }) => [
      `${kind} /${name}`,
      `${COMPOSITES.kind} /${labels['crossplane.io/composite']}`,
      `${claims().kind} ${labels['crossplane.io/claim-namespace']}/${labels['crossplane.io/claim-name']}`,
    ]),
  );
}
