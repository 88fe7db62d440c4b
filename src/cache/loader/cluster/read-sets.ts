import { sha256Hex } from '../../../internal/bytes/hash.ts';
import { CacheError } from '../../errors.ts';
import { chunkFile, manifestFile, readSetManifest } from '../../sets/chunks.ts';
import { type ChunkPosition, LABELS, readChunkPosition } from '../../sets/config-map.ts';
import type { SetManifest } from '../../sets/manifest.ts';
import { assemble, type Candidate, type ChunkSource, isCandidate, type Rejection, rejectionOf } from '../candidate.ts';
import { checkTrust, type TrustedNamespace, trustOf } from '../trust.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { fetchData, MAX_MEMBERS, type Member, type NamespaceMembers } from './members.ts';

/** The maximum number of sets of one namespace that are read: each needs a request for its manifest. */
const MAX_SETS = 1_000;

/** The state of a loader between passes, bounded by the sets of the latest pass. */
export interface SetMemory {
  /** The manifests of complete sets by name, which is derived from the manifest. */
  manifests: Map<string, SetManifest>;
  /** The rejections of sets, by the names and versions of their ConfigMaps: unchanged ones are not fetched again. */
  rejections: Map<string, Rejection[]>;
}

/** Options of {@link readSets}. */
export interface SetReader {
  readonly api: KubernetesApi;
  readonly trusted: readonly TrustedNamespace[];
  readonly ownerOf: (namespace: string) => string;
  readonly memory: SetMemory;
}

type PositionedMember = Member & ChunkPosition;

/** Assembles candidates from ConfigMaps. All ConfigMaps of a set are in one namespace. */
export async function readSets(
  reader: SetReader,
  namespaces: readonly NamespaceMembers[],
): Promise<(Candidate | Rejection)[]> {
  const next: SetMemory = { manifests: new Map(), rejections: new Map() };
  const found: (Candidate | Rejection)[] = [];
  for (const trusted of reader.trusted) {
    const listed = namespaces.find(({ namespace }) => namespace === trusted.namespace);
    if (listed) found.push(...(await readNamespace(reader, trusted, listed, next)));
  }
  Object.assign(reader.memory, next);
  return found;
}

async function readNamespace(
  reader: SetReader,
  trusted: TrustedNamespace,
  { namespace, members, truncated, problem }: NamespaceMembers,
  next: SetMemory,
): Promise<(Candidate | Rejection)[]> {
  const found: (Candidate | Rejection)[] = [];
  const sets = new Map<string, PositionedMember[]>();
  for (const member of members) {
    const where = `${member.namespace}/${member.name}`;
    try {
      const place = readChunkPosition(member.labels, where);
      const same = sets.get(place.set);
      if (same) same.push({ ...member, ...place });
      else sets.set(place.set, [{ ...member, ...place }]);
    } catch (error) {
      found.push(rejectionOf(where, where, error));
    }
  }
  const hides = originOf(namespace);
  if (problem !== undefined) found.push({ name: namespace, where: hides, code: 'API', message: problem, hides });
  if (truncated) found.push(tooMany(namespace, MAX_MEMBERS, 'ConfigMaps', hides));
  if (sets.size > MAX_SETS) found.push(tooMany(namespace, MAX_SETS, 'sets', hides));
  for (const name of [...sets.keys()].sort().slice(0, MAX_SETS)) {
    found.push(...(await readSet(reader, trusted, name, sets.get(name) ?? [], next)));
  }
  return found;
}

function originOf(namespace: string): string {
  return `namespace ${namespace}`;
}

function tooMany(namespace: string, most: number, what: string, hides: string): Rejection {
  const message = `cannot read all of namespace ${namespace}: it has more than ${most} ${what} of the package cache; the others are not loaded`;
  return { name: namespace, where: hides, code: 'TOO_LARGE', message, hides };
}

async function readSet(
  reader: SetReader,
  trusted: TrustedNamespace,
  name: string,
  members: readonly PositionedMember[],
  next: SetMemory,
): Promise<(Candidate | Rejection)[]> {
  const signature = signatureOf(trusted.namespace, members);
  const refusedBefore = signature === undefined ? undefined : reader.memory.rejections.get(signature);
  const found = refusedBefore ?? (await tryReadSet(reader, trusted, name, members, signature));
  const candidate = found.find(isCandidate);
  if (candidate) next.manifests.set(name, candidate.manifest);
  else if (signature !== undefined && !found.some((item) => 'code' in item && item.code === 'API')) {
    next.rejections.set(
      signature,
      found.flatMap((item) => (isCandidate(item) ? [] : [item])),
    );
  }
  return found;
}

async function tryReadSet(
  { api, ownerOf, memory }: SetReader,
  trusted: TrustedNamespace,
  name: string,
  members: readonly PositionedMember[],
  signature: string | undefined,
): Promise<(Candidate | Rejection)[]> {
  const { namespace } = trusted;
  const where = originOf(namespace);
  try {
    const manifest = memory.manifests.get(name) ?? (await fetchManifest(api, name, members));
    checkTrust(manifest, trusted, name);
    const agreeing = new Map<number, PositionedMember[]>();
    const refused: Rejection[] = [];
    for (const member of members) {
      if (member.count !== manifest.chunks.length) refused.push(disagrees(member, manifest));
      else agreeing.set(member.index, [...(agreeing.get(member.index) ?? []).slice(0, 1), member]);
    }
    const chunksAt = (index: number) =>
      (agreeing.get(index) ?? []).map((member) => toPart(api, member, chunkFile(name, manifest, index)));
    const origin = { origin: where, trust: trustOf(trusted), owner: ownerOf(namespace), signature };
    return [...refused, assemble({ name, where, manifest, chunksAt, ...origin })];
  } catch (error) {
    return [rejectionOf(name, where, error)];
  }
}

async function fetchManifest(
  api: KubernetesApi,
  name: string,
  members: readonly PositionedMember[],
): Promise<SetManifest> {
  const first = members.find(({ index }) => index === 0);
  const text = first && (await fetchData(api, first))?.data[manifestFile(name)];
  if (first !== undefined && text !== undefined) {
    return readSetManifest(name, text, `of ${name} in namespace ${first.namespace}`);
  }
  throw new CacheError('INCOMPLETE', `cannot join ${name}: its manifest is missing; the ConfigMap with chunk 0 has it`);
}

function disagrees({ namespace, name, set, count }: PositionedMember, { chunks }: SetManifest): Rejection {
  const where = `${namespace}/${name}`;
  const message = `cannot use the ConfigMap ${where}: its label ${LABELS.count} is ${count}, and the manifest of ${set} lists ${chunks.length} chunks`;
  return { name: where, where, code: 'INVALID_MEMBER', message };
}

/** Returns a hash that changes whenever a ConfigMap of the set changes; undefined if the API server returned no versions. */
function signatureOf(namespace: string, members: readonly PositionedMember[]): string | undefined {
  if (members.some(({ version }) => version === '')) return undefined;
  const parts = members.map(({ name, version, set, index, count }) => `${name} ${version} ${set} ${index} ${count}`);
  return sha256Hex([namespace, ...parts.sort()].join('\n'));
}

function toPart(api: KubernetesApi, member: Member, file: string): ChunkSource {
  const where = `${member.namespace}/${member.name}`;
  return {
    where,
    async *open() {
      const base64 = (await fetchData(api, member))?.binaryData[file];
      if (base64 === undefined) {
        throw new CacheError(
          'INCOMPLETE',
          `cannot read ${file}: the ConfigMap ${where} was deleted or does not contain it`,
        );
      }
      yield Buffer.from(base64, 'base64');
    },
  };
}
