import { setTimeout as delay } from 'node:timers/promises';
import { COMPOSITES, claims, REPOSITORIES } from './claims.ts';
import { HarnessError } from './harness-error.ts';
import type { Cluster } from './kubernetes/cluster.ts';

/** The resource versions of objects, by kind, namespace and name. */
export type Versions = ReadonlyMap<string, string | undefined>;

/** The resource versions of all claims, composites and repositories. */
export async function versionsOf(cluster: Cluster): Promise<Versions> {
  const lists = await Promise.all([claims(), COMPOSITES, REPOSITORIES].map(cluster.list));
  return new Map(
    lists
      .flat()
      .map(({ kind, metadata }) => [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, metadata.resourceVersion]),
  );
}

/** The names of objects that were created, changed or deleted in between. */
export function changed(before: Versions, after: Versions): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

const QUIET_MS = 15_000;
const QUIET_TRIES = 12;

/** Waits until none of these objects has changed for 15 seconds, and returns their versions. */
export async function settledVersions(cluster: Cluster): Promise<Versions> {
  let before = await versionsOf(cluster);
  for (let tries = 1; ; tries++) {
    await delay(QUIET_MS);
    const after = await versionsOf(cluster);
    const changes = changed(before, after);
    if (changes.length === 0) return after;
    if (tries === QUIET_TRIES) throw new HarnessError('NOT_REACHED', `these go on changing: ${changes.join(', ')}`);
    before = after;
  }
}
