import { resolve } from 'node:path';
import { realPath } from '../../internal/files/real-path.ts';
import { CacheError, isCacheError } from '../errors.ts';
import { isEntryName } from '../sets/cache-name.ts';
import { isNamedAfter } from '../sets/chunks.ts';
import type { SetManifest } from '../sets/manifest.ts';
import { type Candidate, isCandidate, type Rejection } from './candidate.ts';
import { follow } from './cluster/follow.ts';
import type { KubernetesApi } from './cluster/kubernetes-api.ts';
import { listMembers, type NamespaceMembers } from './cluster/members.ts';
import { readSets, type SetReader } from './cluster/read-sets.ts';
import { type DirectoryOptions, readDirectories } from './directories.ts';
import { planLinks } from './links.ts';
import { type LoadSummary, load, loadMemory } from './load.ts';
import { allowedRevisions, type IsNeeded, isFirstCrossplane, neededByRevisions } from './revisions.ts';
import { keepLinks } from './target/links.ts';
import { type PlacementRecord, readRecords } from './target/records.ts';
import { openTarget } from './target/target.ts';
import type { TrustedNamespace } from './trust.ts';

/** Options of a loader. */
export interface LoaderOptions {
  readonly into: string;
  /** The maximum total size of the directory, in bytes. */
  readonly maxBytes: number;
  /** The directory for images and layers, and its maximum size. Default: they are not loaded, as Crossplane's cache is for packages. */
  readonly layers?: { readonly into: string; readonly maxBytes: number } | undefined;
  /** The owner of the placed files. Default: one for each namespace or directory. */
  readonly owner?: string | undefined;
}

/** Loads from directories once. Removes files that they no longer contain, even if package revisions need them. */
export async function loadDirectories(
  directories: readonly string[],
  { references, ...options }: LoaderOptions & Pick<DirectoryOptions, 'references'>,
): Promise<LoadSummary> {
  const ownerOf = (directory: string) => options.owner ?? `directory ${resolve(directory)}`;
  const loader = await openLoader(options, new Set(directories.map(ownerOf)));
  const except = [options.into, ...(options.layers === undefined ? [] : [options.layers.into])];
  return loader(await readDirectories(directories, { ownerOf, references, except }));
}

type Loader = (
  found: readonly (Candidate | Rejection)[],
  neededByRevisions?: () => Promise<IsNeeded>,
) => Promise<LoadSummary>;

/** Opens the directories to load into, and returns a function that makes a pass. */
async function openLoader({ into, maxBytes, layers }: LoaderOptions, owners: ReadonlySet<string>): Promise<Loader> {
  if (layers !== undefined && (await realPath(resolve(layers.into))) === (await realPath(resolve(into)))) {
    throw new CacheError(
      'INVALID_OPTION',
      `cannot load images and layers into ${into}: it must not be the package cache`,
    );
  }
  const target = await openTarget(into, owners);
  const layersTarget = layers && (await openTarget(layers.into, owners));
  const [memory, layersMemory] = [loadMemory(), loadMemory()];
  return async (found, neededByRevisions) => {
    const rejections = found.filter((item) => !isCandidate(item));
    const [entries, others] = [true, false].map((isEntry) =>
      found.filter(isCandidate).filter(({ manifest }) => isEntryName(manifest.file) === isEntry),
    );
    const packages = [...rejections, ...(entries ?? [])];
    const summary = await load({ into, target, maxBytes, found: packages, memory, neededByRevisions });
    const notes = found.flatMap((item) => (isCandidate(item) && item.note !== undefined ? [item.note] : []));
    const withNotes = notes.length > 0 ? { ...summary, notes } : summary;
    if (layersTarget === undefined || layers === undefined) {
      const skipped = (others ?? []).map(({ manifest }) => manifest.file);
      return skipped.length > 0 ? { ...withNotes, skipped } : withNotes;
    }
    const rest = [...rejections, ...(others ?? [])];
    const pass = await load({ ...layers, target: layersTarget, found: rest, memory: layersMemory });
    // Report an unreadable namespace once.
    return { ...withNotes, layers: { ...pass, refused: pass.refused.filter((one) => !summary.refused.includes(one)) } };
  };
}

/** Selects the ConfigMaps to load. */
export interface ClusterOptions extends LoaderOptions {
  readonly api: KubernetesApi;
  readonly trusted: readonly TrustedNamespace[];
  readonly selector: string;
  /** Called when the loader has no permission to list package revisions: then nothing is removed. */
  readonly onForbidden: (error: CacheError) => void;
}

/** Loads from a cluster once. */
export async function loadCluster(options: ClusterOptions): Promise<LoadSummary> {
  const pass = await clusterPass(options);
  const listed: NamespaceMembers[] = [];
  for (const { namespace } of options.trusted) listed.push(await tryToList(options, namespace));
  const [first] = listed;
  // If every list failed, the problem is not a single namespace.
  if (first?.problem !== undefined && listed.every(({ problem }) => problem !== undefined)) {
    throw new CacheError('API', first.problem);
  }
  return pass.run(listed);
}

async function tryToList({ api, selector }: ClusterOptions, namespace: string): Promise<NamespaceMembers> {
  try {
    return await listMembers(api, namespace, selector);
  } catch (error) {
    if (!isCacheError(error)) throw error;
    return { namespace, members: [], truncated: false, problem: error.message };
  }
}

/** Options of {@link watchCluster}. */
export interface WatchOptions extends ClusterOptions {
  readonly signal: AbortSignal;
  readonly onSummary: (summary: LoadSummary) => void;
  /** Called when a pass or a read from the cluster fails; both are retried. */
  readonly onError: (error: Error) => void;
}

const RESYNC_MS = 60_000;
/** Package revisions are not watched. Where links depend on them, they are listed more often. */
const LINKS_RESYNC_MS = 5_000;

/** Loads from a cluster after each change until `signal` aborts. Throws if the cache directory does not exist at the start. */
export async function watchCluster(options: WatchOptions): Promise<void> {
  const pass = await clusterPass(options);
  await follow({
    ...options,
    namespaces: options.trusted.map(({ namespace }) => namespace),
    resyncMs: () => (pass.makesLinks() ? LINKS_RESYNC_MS : RESYNC_MS),
    onMembers: async (listed) => {
      try {
        options.onSummary(await pass.run(listed));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        options.onError(error);
      }
    },
  });
}

interface Pass {
  run(listed: readonly NamespaceMembers[]): Promise<LoadSummary>;
  /** Returns true once the cluster is known to have a Crossplane that finds entries by links. */
  makesLinks(): boolean;
}

async function clusterPass(options: ClusterOptions): Promise<Pass> {
  const { api, trusted, selector, into, owner, onForbidden } = options;
  const ownerOf = (namespace: string) => owner ?? `namespace ${namespace}, selector ${selector}`;
  const loader = await openLoader(options, new Set(trusted.map(({ namespace }) => ownerOf(namespace))));
  const known = manifestsOf([...(await readRecords(into)).values()].flat());
  const reader: SetReader = { api, trusted, ownerOf, memory: { manifests: known, rejections: new Map() } };
  let isFirst: boolean | undefined;
  return {
    makesLinks: () => isFirst === true,
    async run(listed) {
      const summary = await loader(await readSets(reader, listed), () => neededByRevisions(api, onForbidden));
      isFirst ??= await isFirstCrossplane(api);
      return isFirst ? withLinks(summary, options) : summary;
    },
  };
}

/**
 * Updates the links by which Crossplane v1 finds the files in place. Without permission to list package revisions, they are not changed.
 */
async function withLinks(summary: LoadSummary, { api, into, onForbidden }: ClusterOptions): Promise<LoadSummary> {
  const revisions = await allowedRevisions(api, onForbidden);
  if (revisions === undefined) return summary;
  const records = [...(await readRecords(into)).values()].flat();
  const planned = planLinks(
    revisions,
    records.map(({ manifest }) => manifest),
  );
  const { linked, unlinked, refused } = await keepLinks(into, planned.links);
  return {
    ...summary,
    ...(linked.length > 0 && { linked }),
    ...(unlinked.length > 0 && { unlinked }),
    refused: [...summary.refused, ...planned.refused, ...refused],
  };
}

/** Returns the manifests of sets on disk by set name. They need not be fetched: the name of a set is derived from its manifest. */
function manifestsOf(records: readonly PlacementRecord[]): Map<string, SetManifest> {
  const named = records.filter(({ set, manifest }) => isNamedAfter(set, manifest));
  return new Map(named.map(({ set, manifest }) => [set, manifest]));
}
