import * as z from 'zod/mini';
import { CacheError } from '../errors.ts';
import { chunkFile, manifestFile } from '../sets/chunks.ts';
import { type Place, readPlace } from '../sets/config-map.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { assemble, type Offer, type Part, type Refusal, refusalOf } from './offer.ts';

/** A ConfigMap's metadata: the loader fetches data only when it places something. */
export interface Member {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const PAGE = '500';

const objectSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    labels: z._default(z.record(z.string(), z.string()), {}),
  }),
});
const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.optional(z.string()) }),
  // The API server writes an empty list as null.
  items: z.pipe(
    z.nullable(z.array(objectSchema)),
    z.transform((items) => items ?? []),
  ),
});
const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const dataSchema = z.object({
  data: z._default(z.record(z.string(), z.string()), {}),
  binaryData: z._default(z.record(z.string(), z.string()), {}),
});

/** Lists the metadata of the ConfigMaps that `selector` selects, and the version to watch from. Throws `API`. */
export async function listMembers(
  api: KubernetesApi,
  namespace: string,
  selector: string,
  signal?: AbortSignal,
): Promise<{ members: Member[]; resourceVersion: string }> {
  const path = pathOf(namespace);
  const members: Member[] = [];
  let next = '';
  for (;;) {
    const query = { labelSelector: selector, limit: PAGE, ...(next === '' ? {} : { continue: next }) };
    const { metadata, items } = parse(listSchema, await api.get(path, { query, accept: METADATA_LIST, signal }), path);
    members.push(...items.map(toMember));
    next = metadata.continue ?? '';
    if (next === '') return { members, resourceVersion: metadata.resourceVersion };
  }
}

/** What happened to a ConfigMap. */
export interface Change {
  readonly kind: 'set' | 'deleted';
  readonly member: Member;
}

/** Tells what happens to the ConfigMaps after `resourceVersion`. It ends when a new list is needed. Throws `API`. */
export async function* watchMembers(
  api: KubernetesApi,
  namespace: string,
  selector: string,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<Change, void, undefined> {
  const path = pathOf(namespace);
  const query = { labelSelector: selector, resourceVersion, allowWatchBookmarks: 'true' };
  for await (const line of api.watch(path, { query, accept: METADATA, signal })) {
    const { type, object } = parse(eventSchema, line, path);
    if (type === 'BOOKMARK') continue;
    // The version is too old to watch from.
    if (type === 'ERROR') return;
    const member = toMember(parse(objectSchema, object, path));
    yield { kind: type === 'DELETED' ? 'deleted' : 'set', member };
  }
}

/**
 * Puts offers together from ConfigMaps. A set's ConfigMaps belong together within a namespace. Manifests in `known`, by name of the
 * set, are not fetched, and those that are get known.
 */
export async function readMembers(
  api: KubernetesApi,
  members: readonly Member[],
  known: Map<string, string>,
): Promise<(Offer | Refusal)[]> {
  const found: (Offer | Refusal)[] = [];
  const sets = new Map<string, (Member & Place)[]>();
  for (const member of members) {
    const where = `${member.namespace}/${member.name}`;
    try {
      const place = readPlace(member.labels, where);
      const key = `${member.namespace}/${place.set}`;
      sets.set(key, [...(sets.get(key) ?? []), { ...member, ...place }]);
    } catch (error) {
      found.push(refusalOf(where, where, error));
    }
  }
  for (const parts of sets.values()) found.push(await readSet(api, parts, known));
  return found;
}

async function readSet(
  api: KubernetesApi,
  members: readonly (Member & Place)[],
  known: Map<string, string>,
): Promise<Offer | Refusal> {
  const [{ set = '', namespace = '' } = {}] = members;
  const first = members.find(({ index }) => index === 0);
  const manifest = known.get(set) ?? (first && (await fetchData(api, first))?.data[manifestFile(set)]);
  const result = assemble({
    name: set,
    where: `namespace ${namespace}`,
    manifest,
    chunksAt: (index, of) =>
      members
        .filter((member) => member.index === index)
        .map((member) => toPart(api, member, chunkFile(set, of, index))),
  });
  if ('manifest' in result && manifest !== undefined) known.set(set, manifest);
  return result;
}

function toPart(api: KubernetesApi, member: Member, file: string): Part {
  const where = `${member.namespace}/${member.name}`;
  return {
    where,
    async *open() {
      const base64 = (await fetchData(api, member))?.binaryData[file];
      if (base64 === undefined) {
        throw new CacheError('INCOMPLETE', `cannot read ${file}: the ConfigMap ${where} is gone or does not hold it`);
      }
      yield Buffer.from(base64, 'base64');
    },
  };
}

async function fetchData(api: KubernetesApi, { namespace, name }: Member) {
  const path = `${pathOf(namespace)}/${name}`;
  const object = await api.get(path);
  return object === undefined ? undefined : parse(dataSchema, object, path);
}

function pathOf(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
}

function toMember({ metadata: { namespace, name, labels } }: z.infer<typeof objectSchema>): Member {
  return { namespace, name, labels };
}

function parse<T>(schema: z.ZodMiniType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CacheError('API', `cannot read ${path} from the Kubernetes API: its answer is not what it should be`);
}
