import { CacheError, isCacheError } from '../errors.ts';
import { type KubernetesApi, METADATA_LIST } from '../loader/cluster/kubernetes-api.ts';
import { LABELS } from '../sets/config-map.ts';
import { type ListedObject, listSetConfigMaps } from './cluster.ts';
import { takeLease } from './lease.ts';
import { collectionPath, nameObject, objectPath, type SetObject } from './objects.ts';
import type { PackedSet } from './read-packed.ts';
import { type ChangeWriter, createWriter, type WriterOptions } from './writer.ts';

/** Options of {@link applySet}. */
export interface ApplyOptions extends Omit<WriterOptions, 'api'> {
  readonly api: KubernetesApi;
  /** The field manager of server-side apply. */
  readonly manager: string;
  /** Forces conflicts: takes over fields that another manager owns. */
  readonly force: boolean;
  /** Identifies this program to others that change the same set. */
  readonly holder: string;
  /** Returns the milliseconds since the epoch. */
  readonly now: () => number;
  /** Called before each object, with the number of objects that are done. */
  readonly onProgress?: (done: number, total: number, object: string) => void;
}

/** The outcome of {@link applySet}. */
export interface ApplySummary {
  readonly set: string;
  readonly version: string;
  /** The objects that were applied, in order. */
  readonly applied: readonly string[];
  /** The number of ConfigMaps that did not change. */
  readonly unchanged: number;
  /** The error that ended the run. The same command continues from there. */
  readonly failure?: CacheError | undefined;
}

/**
 * Applies a set: first the contents, then the objects that install them, the record last. Skips ConfigMaps that this manager has already
 * applied. Throws `BUSY` and `API` if nothing has been changed.
 */
export async function applySet(packed: PackedSet, options: ApplyOptions): Promise<ApplySummary> {
  const { api, now, holder, onProgress, signal } = options;
  const { set, namespace, objects } = packed;
  await checkKinds(api, packed);
  const writer = createWriter(options);
  const lease = await takeLease({ api, writer, namespace, set: set.name, holder, now });
  const applied: string[] = [];
  let unchanged = 0;
  const summary = (failure?: CacheError) => ({ set: set.name, version: set.version, applied, unchanged, failure });
  try {
    const live = new Map((await listSetConfigMaps(api, namespace)).map((one) => [one.name, one]));
    await tryWithoutChange(packed, writer, options);
    for (const object of objects) {
      onProgress?.(applied.length + unchanged, objects.length, nameObject(object));
      if (isApplied(object, live.get(object.name), options.manager)) {
        unchanged += 1;
        continue;
      }
      await lease.renew();
      await writer.send(`apply ${nameObject(object)}`, objectPath(object), patchOf(object, options));
      applied.push(nameObject(object));
    }
    onProgress?.(objects.length, objects.length, '');
    return summary();
  } catch (error) {
    if (!isCacheError(error) || applied.length === 0) throw error;
    return summary(error);
  } finally {
    await lease.end(signal);
  }
}

/**
 * Applies all objects except contents as a dry run, so that a rejection, such as a conflict with another manager, occurs before anything is
 * changed. Contents cannot conflict: their names are unique to them.
 */
async function tryWithoutChange({ objects }: PackedSet, writer: ChangeWriter, options: ApplyOptions): Promise<void> {
  for (const object of objects) {
    if (object.labels[LABELS.set] !== undefined) continue;
    const { query, ...patch } = patchOf(object, options);
    const dryRun = { ...patch, query: { ...query, dryRun: 'All' } };
    await writer.send(`apply ${nameObject(object)}`, objectPath(object), dryRun);
  }
}

function patchOf({ value }: SetObject, { manager, force }: ApplyOptions) {
  return {
    method: 'PATCH',
    query: { fieldManager: manager, ...(force ? { force: 'true' } : {}) },
    contentType: 'application/apply-patch+yaml',
    body: JSON.stringify(value),
  } as const;
}

/** Checks that the cluster has all kinds before anything is changed. */
async function checkKinds(api: KubernetesApi, { objects, namespace }: PackedSet): Promise<void> {
  for (const kind of new Set(objects.map((object) => object.kind))) {
    const found = await api.get(collectionPath(kind, namespace), { query: { limit: '1' }, accept: METADATA_LIST });
    if (found !== undefined) continue;
    throw new CacheError(
      'API',
      `cannot apply the set: the cluster does not have the kind ${kind}; install Crossplane first (ImageConfig requires v1.18 or later)`,
    );
  }
}

/**
 * True for a ConfigMap with a chunk that is already applied: its name is derived from its content, it is immutable, and its labels,
 * annotations and manager are the same.
 */
function isApplied({ labels, annotations }: SetObject, live: ListedObject | undefined, manager: string): boolean {
  if (live === undefined || labels[LABELS.set] === undefined || !live.managers.includes(manager)) return false;
  return isWithin(labels, live.labels) && isWithin(annotations, live.annotations);
}

function isWithin(wanted: Readonly<Record<string, string>>, live: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, text]) => live[key] === text);
}
