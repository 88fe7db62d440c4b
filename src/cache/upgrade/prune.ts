import { nearest } from '../../internal/did-you-mean.ts';
import { listed } from '../../internal/quote.ts';
import { CacheError, isCacheError } from '../errors.ts';
import type { KubernetesApi } from '../loader/cluster/kubernetes-api.ts';
import { listRevisions } from '../loader/revisions.ts';
import type { SetRecord } from '../sets/package-set.ts';
import { fetchRecord, type ListedObject, listSetObjects } from './cluster.ts';
import { fetchInstalled } from './installed.ts';
import { takeLease } from './lease.ts';
import { isPackageKind, nameObject, objectPath } from './objects.ts';
import { type PrunePlan, type PruneRequest, type PruneState, planPrune } from './plan-prune.ts';
import { createWriter, type WriterOptions } from './writer.ts';

/** Options of {@link pruneSet}. */
export interface PruneOptions extends WriterOptions {
  /** If false, the result is only a plan. */
  readonly confirmed: boolean;
  /** Identifies this program to others that change the same set. */
  readonly holder: string;
  /** Returns the milliseconds since the epoch. */
  readonly now: () => number;
}

/** The outcome of {@link pruneSet}. */
export interface PruneOutcome extends PrunePlan {
  readonly removed: readonly ListedObject[];
  /** Objects that were changed after planning, such as by another operator, and are therefore kept. */
  readonly changed: readonly ListedObject[];
  /** The error that ended the run. The same command continues from there. */
  readonly failure?: CacheError | undefined;
}

/**
 * Plans which objects of a set to remove and, if confirmed, removes them. Throws `BUSY`, `INCOMPLETE` and `API` if nothing has been removed,
 * and `INVALID_OPTION` for a set that does not exist.
 */
export async function pruneSet(request: PruneRequest, options: PruneOptions): Promise<PruneOutcome> {
  const { api, confirmed, holder, now, signal } = options;
  if (!confirmed) return { ...planPrune(request, await readPruneState(api, request)), removed: [], changed: [] };
  // Check the request before acquiring the Lease. Plan afterwards, so that the plan includes changes of other programs.
  const { namespace, set } = request;
  await readPruneState(api, request);
  const writer = createWriter(options);
  const lease = await takeLease({ api, writer, namespace, set, holder, now });
  const removed: ListedObject[] = [];
  const changed: ListedObject[] = [];
  let plan: PrunePlan | undefined;
  try {
    plan = planPrune(request, await readPruneState(api, request));
    for (const object of plan.remove) {
      await lease.renew();
      const path = objectPath(object);
      const body = JSON.stringify({ propagationPolicy: 'Background', preconditions: preconditionsOf(object) });
      const { status } = await writer.send(
        `delete ${nameObject(object)}`,
        path,
        { method: 'DELETE', body },
        [404, 409],
      );
      if (status === 409) changed.push(object);
      else removed.push(object);
    }
    return { ...plan, removed, changed };
  } catch (error) {
    if (!isCacheError(error) || plan === undefined || removed.length === 0) throw error;
    return { ...plan, removed, changed, failure: error };
  } finally {
    await lease.end(signal);
  }
}

/** Returns the preconditions for deleting an object: it must be unchanged, except for packages, whose status Crossplane updates often. */
function preconditionsOf({ kind, uid, resourceVersion }: ListedObject): object {
  return isPackageKind(kind) ? { uid } : { uid, resourceVersion };
}

/** Reads the state for planning. Throws `API`, and `INVALID_OPTION` for a set that does not exist. */
async function readPruneState(api: KubernetesApi, { namespace, set }: PruneRequest): Promise<PruneState> {
  const objects = await listSetObjects(api, namespace);
  const names = [...new Set(objects.map((object) => object.set.name))].sort();
  if (!names.includes(set)) {
    const meant = nearest(set, names);
    const hint =
      meant !== undefined
        ? `did you mean ${meant}?`
        : names.length > 0
          ? `the sets are ${listed(names)}`
          : 'the namespace has no sets';
    throw new CacheError('INVALID_OPTION', `cannot prune: set ${set} not found; ${hint}`);
  }
  const records = new Map<string, SetRecord | undefined>();
  for (const name of names) records.set(name, await fetchRecord(api, namespace, name));
  const { installed, pins } = await fetchInstalled(api);
  return { objects, records, revisions: await listRevisions(api), installed, pins };
}
