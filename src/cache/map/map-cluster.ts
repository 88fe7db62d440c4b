import { maxUnpackedBytes } from '../../internal/expansion.ts';
import { isOciError, readAll } from '../../oci/index.ts';
import { type ContentReport, inspectContent, MAX_PACKAGE_BYTES } from '../../xpkg/index.ts';
import { unzipEntry } from '../entry-gzip.ts';
import { isCacheError } from '../errors.ts';
import { type Candidate, isCandidate, type Rejection } from '../loader/candidate.ts';
import type { KubernetesApi } from '../loader/cluster/kubernetes-api.ts';
import { listMembers } from '../loader/cluster/members.ts';
import { readSets } from '../loader/cluster/read-sets.ts';
import { planLinks } from '../loader/links.ts';
import { isNeededBy, listRevisions, type Revision } from '../loader/revisions.ts';
import { isEntryName } from '../sets/cache-name.ts';
import { joinChunks } from '../sets/chunks.ts';
import { DEFAULT_SELECTOR, readChunkPosition } from '../sets/config-map.ts';
import { type CacheMap, cacheMap, type MappedContent } from './cache-map.ts';

/** Builds a map of the sets in the ConfigMaps of namespaces. Throws `API`. */
export async function mapCluster(
  api: KubernetesApi,
  namespaces: readonly string[],
  maxBytes: number,
): Promise<CacheMap> {
  const revisions = await listRevisions(api);
  const mapped: MappedSet[] = [];
  for (const namespace of namespaces) mapped.push(...(await mapNamespace(api, namespace, maxBytes, revisions)));
  const manifests = mapped.flatMap(({ candidate }) => candidate?.manifest ?? []);
  const { refused } = planLinks(revisions, manifests);
  const contents = mapped.map(({ content }) => content);
  const conflicts = refused.map(({ message }) => message);
  return cacheMap(`namespace ${namespaces.join(', ')}`, maxBytes, contents, conflicts);
}

/** A set, with its candidate if it can be loaded. */
interface MappedSet {
  readonly candidate: Candidate | undefined;
  readonly content: MappedContent;
}

async function mapNamespace(
  api: KubernetesApi,
  namespace: string,
  maxBytes: number,
  revisions: readonly Revision[],
): Promise<MappedSet[]> {
  const listed = await listMembers(api, namespace, DEFAULT_SELECTOR);
  const reader = {
    api,
    trusted: [{ namespace }],
    ownerOf: () => namespace,
    memory: { manifests: new Map(), rejections: new Map() },
  };
  const found = await readSets(reader, [listed]);
  const chunks = presentChunks(listed.members);
  const mapped: MappedSet[] = [];
  for (const item of found) {
    const common = { set: item.name, where: namespace, chunks: chunks.get(item.name) ?? [], links: [] };
    const candidate = isCandidate(item) ? item : undefined;
    const details = isCandidate(item) ? await mapCandidate(item, maxBytes, revisions) : mapRejection(item);
    mapped.push({ candidate, content: { ...common, ...details } });
  }
  return mapped;
}

type Details = Omit<MappedContent, 'set' | 'where' | 'chunks' | 'links'>;

function mapRejection({ message }: Rejection): Details {
  return { file: undefined, bytes: 0, artifact: undefined, content: undefined, revisions: [], problem: message };
}

async function mapCandidate(candidate: Candidate, maxBytes: number, revisions: readonly Revision[]): Promise<Details> {
  const { file, size, artifact } = candidate.manifest;
  const needing = revisions.filter((revision) => isNeededBy(candidate, revision)).map(({ image }) => image);
  const known = { file, bytes: size, artifact, revisions: [...new Set(needing)] };
  if (!isEntryName(file)) return { ...known, content: undefined, problem: undefined };
  if (size > maxBytes)
    return { ...known, content: undefined, problem: `${file} is larger than the limit of the cache` };
  try {
    return { ...known, content: await readContent(candidate), problem: undefined };
  } catch (error) {
    if (!isCacheError(error) && !isOciError(error)) throw error;
    return { ...known, content: undefined, problem: error.message };
  }
}

/** Reads the package of a candidate, and verifies it against the candidate's manifest. */
async function readContent({ manifest, parts }: Candidate): Promise<ContentReport> {
  const { file, size } = manifest;
  const chunks: Uint8Array[] = [];
  for (const part of parts) chunks.push(await readAll(part.open(), manifest.chunkSize, part.where));
  const bytes = joinChunks(manifest, chunks);
  return inspectContent(await readAll(unzipEntry(once(bytes), file), maxUnpackedBytes(size, MAX_PACKAGE_BYTES), file));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** Returns for each set which of the chunks that its labels count exist. Invalid labels are reported by the set's rejection. */
function presentChunks(
  members: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[],
): ReadonlyMap<string, readonly boolean[]> {
  const sets = new Map<string, boolean[]>();
  for (const { name, labels } of members) {
    try {
      const { set, index, count } = readChunkPosition(labels, name);
      const chunks = sets.get(set) ?? Array.from({ length: count }, () => false);
      chunks[index] = true;
      sets.set(set, chunks);
    } catch (error) {
      if (!isCacheError(error)) throw error;
    }
  }
  return sets;
}
