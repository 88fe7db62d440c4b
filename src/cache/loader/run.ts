import { resolve } from 'node:path';
import type { CacheError } from '../errors.ts';
import { isNamedAfter } from '../sets/chunks.ts';
import type { SetManifest } from '../sets/manifest.ts';
import { readDirectories } from './directories.ts';
import { follow } from './follow.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { type LoadSummary, load, loadMemory } from './load.ts';
import { listMembers, type NamespaceMembers } from './members.ts';
import { readSets, type SetReader } from './read-sets.ts';
import { type Record, readRecords } from './records.ts';
import { namedByRevisions } from './revisions.ts';
import { openTarget } from './target.ts';
import type { TrustedNamespace } from './trust.ts';

/** Where to, and how much. */
export interface LoaderOptions {
  readonly into: string;
  /** Most bytes of all files in the directory together. */
  readonly maxBytes: number;
  /** Whose the placed files are. Default: that of the namespace or directory that they came from. */
  readonly owner?: string | undefined;
}

/** Loads from directories, once. What they no longer hold is removed: directories know nothing of package revisions. */
export async function loadDirectories(
  directories: readonly string[],
  { into, maxBytes, owner }: LoaderOptions,
): Promise<LoadSummary> {
  const ownerOf = (directory: string) => owner ?? `directory ${resolve(directory)}`;
  const target = await openTarget(into, new Set(directories.map(ownerOf)));
  return load({ into, target, maxBytes, found: await readDirectories(directories, ownerOf), memory: loadMemory() });
}

/** Which ConfigMaps to load. */
export interface ClusterOptions extends LoaderOptions {
  readonly api: KubernetesApi;
  readonly trusted: readonly TrustedNamespace[];
  readonly selector: string;
  /** Called when the cluster does not let the loader see package revisions: then nothing is removed. */
  readonly onForbidden: (error: CacheError) => void;
}

/** Loads from a cluster, once. */
export async function loadCluster(options: ClusterOptions): Promise<LoadSummary> {
  const pass = await clusterPass(options);
  const listed: NamespaceMembers[] = [];
  for (const { namespace } of options.trusted) listed.push(await listMembers(options.api, namespace, options.selector));
  return pass(listed);
}

/** What a run that goes on reports to. */
export interface WatchOptions extends ClusterOptions {
  readonly signal: AbortSignal;
  readonly onSummary: (summary: LoadSummary) => void;
  /** A pass or a reading of the cluster failed; it is tried again. */
  readonly onError: (error: Error) => void;
  readonly resyncMs?: number;
}

/** Keeps loading from a cluster until `signal` aborts. Throws when the cache directory is not there at the start. */
export async function watchCluster(options: WatchOptions): Promise<void> {
  const pass = await clusterPass(options);
  await follow({
    ...options,
    namespaces: options.trusted.map(({ namespace }) => namespace),
    onMembers: async (listed) => {
      try {
        options.onSummary(await pass(listed));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        options.onError(error);
      }
    },
  });
}

type Pass = (listed: readonly NamespaceMembers[]) => Promise<LoadSummary>;

async function clusterPass(options: ClusterOptions): Promise<Pass> {
  const { api, trusted, selector, into, maxBytes, owner, onForbidden } = options;
  const ownerOf = (namespace: string) => owner ?? `namespace ${namespace}, selector ${selector}`;
  const target = await openTarget(into, new Set(trusted.map(({ namespace }) => ownerOf(namespace))));
  const known = manifestsOf([...(await readRecords(into)).values()].flat());
  const reader: SetReader = { api, trusted, ownerOf, memory: { manifests: known, refusals: new Map() } };
  const memory = loadMemory();
  return async (listed) => {
    const found = await readSets(reader, listed);
    return load({ into, target, maxBytes, found, memory, namedByRevisions: () => namedByRevisions(api, onForbidden) });
  };
}

/** The manifests of sets on disk, which need not be fetched: the name of a set is made of its manifest. */
function manifestsOf(records: readonly Record[]): Map<string, SetManifest> {
  const named = records.filter(({ set, manifest }) => isNamedAfter(set, manifest));
  return new Map(named.map(({ set, manifest }) => [set, manifest]));
}
