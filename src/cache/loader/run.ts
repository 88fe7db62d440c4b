import type { CacheError } from '../errors.ts';
import { formatManifest } from '../sets/manifest.ts';
import { listMembers, type Member, readMembers } from './config-maps.ts';
import { readDirectories } from './directories.ts';
import { follow } from './follow.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { type LoadSummary, load } from './load.ts';
import { readRecords } from './records.ts';
import { namedByRevisions } from './revisions.ts';
import { openTarget, type Target } from './target.ts';

/** Where to, and how much. */
export interface LoaderOptions {
  readonly into: string;
  /** Most bytes of all files in the directory together. */
  readonly maxBytes: number;
}

/** Loads from directories, once. What they no longer hold is removed: directories know nothing of package revisions. */
export async function loadDirectories(
  directories: readonly string[],
  { into, maxBytes }: LoaderOptions,
): Promise<LoadSummary> {
  const target = await openTarget(into);
  return load({ into, target, maxBytes, found: await readDirectories(directories) });
}

/** Which ConfigMaps to load. */
export interface ClusterOptions extends LoaderOptions {
  readonly api: KubernetesApi;
  readonly namespaces: readonly string[];
  readonly selector: string;
  /** Told when the cluster does not let the loader see package revisions: then nothing is removed. */
  readonly onForbidden: (error: CacheError) => void;
}

/** Loads from a cluster, once. */
export async function loadCluster(options: ClusterOptions): Promise<LoadSummary> {
  const pass = await clusterPass(options);
  const members: Member[] = [];
  for (const namespace of options.namespaces) {
    members.push(...(await listMembers(options.api, namespace, options.selector)).members);
  }
  return pass(members);
}

/** What a run that goes on is told of. */
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
    onMembers: async (members) => {
      try {
        options.onSummary(await pass(members));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        options.onError(error);
      }
    },
  });
}

async function clusterPass(options: ClusterOptions): Promise<(members: readonly Member[]) => Promise<LoadSummary>> {
  const { api, into, maxBytes, onForbidden } = options;
  const target: Target = await openTarget(into);
  // The name of a set is made of its manifest, so what is on disk need not be fetched to be known.
  const known = new Map(
    [...(await readRecords(into)).values()].map(({ set, manifest }) => [set, formatManifest(manifest)]),
  );
  return async (members) => {
    const found = await readMembers(api, members, known);
    return load({ into, target, maxBytes, found, namedByRevisions: () => namedByRevisions(api, onForbidden) });
  };
}
