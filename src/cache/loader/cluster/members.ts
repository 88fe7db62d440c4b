import * as z from 'zod/mini';
import { CacheError, isCacheError } from '../../errors.ts';
import { LABELS } from '../../sets/config-map.ts';
import { type KubernetesApi, METADATA_LIST } from './kubernetes-api.ts';

/** A ConfigMap's metadata: the loader fetches data only when it places something. */
export interface Member {
  readonly namespace: string;
  readonly name: string;
  /** `metadata.resourceVersion`; empty when the API server sent none. */
  readonly version: string;
  /** The labels that the loader reads. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The ConfigMaps of the package cache in one namespace. */
export interface NamespaceMembers {
  readonly namespace: string;
  readonly members: readonly Member[];
  /** True when the namespace has more than {@link MAX_MEMBERS}. The others are not read. */
  readonly truncated: boolean;
  /** The reason why the namespace cannot be read. */
  readonly problem?: string | undefined;
}

/** The maximum number of ConfigMaps of one namespace: users of a namespace must not be able to exhaust the loader's memory. */
export const MAX_MEMBERS = 5_000;

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const PAGE_SIZE = 500;

const objectSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    resourceVersion: z._default(z.string(), ''),
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
): Promise<NamespaceMembers & { readonly resourceVersion: string }> {
  const path = pathOf(namespace);
  const members: Member[] = [];
  let limit = PAGE_SIZE;
  let next = '';
  for (;;) {
    const query = { labelSelector: selector, limit: String(limit), ...(next === '' ? {} : { continue: next }) };
    const page = await getPage(api, path, { query, accept: METADATA_LIST, signal });
    if (page === undefined && limit > 1) {
      // Metadata includes annotations, up to 256 KiB for each object.
      limit = Math.ceil(limit / 8);
      continue;
    }
    const { metadata, items } = parse(listSchema, page, path);
    for (const item of items) if (members.length < MAX_MEMBERS) members.push(toMember(item));
    next = metadata.continue ?? '';
    const truncated = members.length === MAX_MEMBERS && next !== '';
    if (next === '' || truncated) return { namespace, members, truncated, resourceVersion: metadata.resourceVersion };
  }
}

/** Gets one page of a list; undefined if it exceeds the size limit of responses. */
async function getPage(api: KubernetesApi, path: string, options: Parameters<KubernetesApi['get']>[1]) {
  try {
    return await api.get(path, options);
  } catch (error) {
    if (isCacheError(error, 'TOO_LARGE')) return undefined;
    throw error;
  }
}

/** A change of a ConfigMap. */
export interface Change {
  readonly kind: 'set' | 'deleted';
  readonly member: Member;
}

/** Yields the changes of ConfigMaps after `resourceVersion`. Returns when a new list is needed. Throws `API`. */
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

/** Fetches the data of a ConfigMap; undefined if it was deleted. Throws `API`. */
export async function fetchData(api: KubernetesApi, { namespace, name }: Member) {
  const path = `${pathOf(namespace)}/${encodeURIComponent(name)}`;
  const object = await api.get(path);
  return object === undefined ? undefined : parse(dataSchema, object, path);
}

function pathOf(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
}

function toMember({ metadata: { namespace, name, resourceVersion, labels } }: z.infer<typeof objectSchema>): Member {
  const own = Object.values(LABELS).flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return { namespace, name, version: resourceVersion, labels: Object.fromEntries(own) };
}

function parse<T>(schema: z.ZodMiniType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CacheError('API', `cannot read ${path} from the Kubernetes API: the response is invalid`);
}
