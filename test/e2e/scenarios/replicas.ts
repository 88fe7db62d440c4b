import assert from 'node:assert/strict';
import { applyClaim, applyNamespace, claimRef, claims, deleteClaims, readyClaims } from '../claims.ts';
import { FUNCTION_HOSTS, withReplica } from '../function-runtime.ts';
import { resolveHosts } from '../isolation.ts';
import { hasConditions, textAt } from '../kubernetes/object.ts';
import { changed, settledVersions } from '../resource-versions.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'replicas';
const REPLICA = '127.0.0.5';
const STANDING = 10;
const LOAD = 40;
/** The number of ready new claims at which the replica is killed: the others are in progress. */
const READY_AT_KILL = 5;
const CALLS = 'function_workload_ecr_request_bytes_count';

/** Two pods of the function behind its headless Service, one of which fails. */
export const replicas: Scenario = {
  name: 'replicas',
  onDemand: true,
  title: `of two replicas, one is killed while ${LOAD} claims are on their way: all become ready, and nothing changes of those that were`,
  async run(world) {
    const { cluster, crossplane, function: runtime } = world;
    await applyNamespace(cluster, NAMESPACE);
    const standing = await make(world, 'standing', STANDING);
    await readyClaims(cluster, NAMESPACE, standing);
    // Crossplane resolves the Service's addresses when it connects.
    await crossplane.stop();
    resolveHosts(withReplica(REPLICA));
    const replica = await runtime.startReplica(REPLICA);
    await crossplane.start();
    try {
      const before = await settledVersions(cluster);
      const callsBefore = (await runtime.metrics())(CALLS);
      const load = await make(world, 'load', LOAD);
      await cluster.follow(claims(NAMESPACE), 'the first new claims are ready', (objects) => {
        const ready = [...objects.values()].filter((each) => hasConditions(each, 'Ready', 'Synced'));
        return ready.length >= STANDING + READY_AT_KILL;
      });
      const callsOfReplica = (await replica.metrics())(CALLS);
      await replica.kill();
      const open = await unready(world);
      await readyClaims(cluster, NAMESPACE, load);

      assert.ok(callsOfReplica > 0, 'the replica had calls');
      assert.ok(open > 0, 'claims were on their way when it was killed');
      const after = await settledVersions(cluster);
      const known = changed(before, after).filter((name) => before.has(name));
      assert.deepEqual(known, [], 'nothing changes of what was there');
      const calls = (await runtime.metrics())(CALLS) - callsBefore;
      const failures = await failedCalls(world);
      await deleteClaims(cluster, NAMESPACE);
      return {
        'calls of the replica': callsOfReplica,
        'calls of the other one': calls,
        'claims on their way': open,
        'failed calls that Crossplane reported': failures,
      };
    } finally {
      resolveHosts(FUNCTION_HOSTS);
    }
  },
};

async function make({ cluster }: World, prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  await Promise.all(names.map((name) => applyClaim(cluster, claimRef(NAMESPACE, name))));
  return names;
}

async function unready({ cluster }: World): Promise<number> {
  return (await cluster.list(claims(NAMESPACE))).filter((each) => !hasConditions(each, 'Ready')).length;
}

/** The number of events of composites that report a failed call of the function. */
async function failedCalls({ cluster }: World): Promise<number> {
  const events = await cluster.list({ apiVersion: 'v1', kind: 'Event' });
  return events.filter((event) => {
    const name = textAt(event, 'involvedObject', 'name') ?? '';
    return /^(standing|load)-/.test(name) && /cannot run Function/i.test(textAt(event, 'message') ?? '');
  }).length;
}
