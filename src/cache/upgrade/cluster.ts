import * as z from 'zod/mini';
import { CacheError } from '../errors.ts';
import { type KubernetesApi, METADATA_LIST } from '../loader/cluster/kubernetes-api.ts';
import {
  MAX_SET_OBJECTS,
  PACKAGE_SET_LABELS,
  type PackageSet,
  packageSetOf,
  readRecord,
  recordName,
  type SetRecord,
} from '../sets/package-set.ts';
import { CLUSTER_KINDS, collectionPath, objectPath, type SetKind } from './objects.ts';

/** The metadata of an object of a cluster that belongs to a package set. */
export interface ListedObject {
  readonly kind: SetKind;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly set: PackageSet;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The managers that applied the object. */
  readonly managers: readonly string[];
}

const PAGE_SIZE = 500;
/** The maximum number of listed objects: more than one set has, as objects may be created during paging. */
const MAX_OBJECTS = 4 * MAX_SET_OBJECTS;

const schema = z.object({
  metadata: z.object({ continue: z.optional(z.string()) }),
  items: z.pipe(
    z.nullable(
      z.array(
        z.object({
          metadata: z.object({
            name: z.string(),
            namespace: z._default(z.string(), ''),
            uid: z._default(z.string(), ''),
            resourceVersion: z._default(z.string(), ''),
            labels: z._default(z.record(z.string(), z.string()), {}),
            annotations: z._default(z.record(z.string(), z.string()), {}),
            managedFields: z._default(
              z.array(z.object({ manager: z._default(z.string(), ''), operation: z._default(z.string(), '') })),
              [],
            ),
          }),
        }),
      ),
    ),
    z.transform((items) => items ?? []),
  ),
});

/** Lists the ConfigMaps of all package sets of a namespace, by metadata. Throws `API`. */
export function listSetConfigMaps(api: KubernetesApi, namespace: string): Promise<ListedObject[]> {
  return listKind(api, 'ConfigMap', namespace);
}

/** Lists the objects of all package sets, by metadata; ConfigMaps are those of a namespace. Throws `API`. */
export async function listSetObjects(api: KubernetesApi, namespace: string): Promise<ListedObject[]> {
  const found = await listSetConfigMaps(api, namespace);
  for (const kind of CLUSTER_KINDS) found.push(...(await listKind(api, kind, namespace)));
  return found;
}

async function listKind(api: KubernetesApi, kind: SetKind, namespace: string): Promise<ListedObject[]> {
  const path = collectionPath(kind, namespace);
  const found: ListedObject[] = [];
  let next = '';
  do {
    const query = {
      labelSelector: PACKAGE_SET_LABELS.name,
      limit: String(PAGE_SIZE),
      ...(next === '' ? {} : { continue: next }),
    };
    const list = await api.get(path, { query, accept: METADATA_LIST });
    // A cluster without Crossplane does not have its kinds.
    if (list === undefined) return found;
    const parsed = schema.safeParse(list);
    if (!parsed.success)
      throw new CacheError('API', `cannot read ${path} from the Kubernetes API: the response is invalid`);
    for (const { metadata } of parsed.data.items) {
      const set = packageSetOf(metadata.labels);
      if (set === undefined) continue;
      const { name, namespace: inNamespace, uid, resourceVersion, labels, annotations, managedFields } = metadata;
      const managers = managedFields.flatMap(({ manager, operation }) => (operation === 'Apply' ? [manager] : []));
      found.push({ kind, name, namespace: inNamespace, uid, resourceVersion, set, labels, annotations, managers });
    }
    if (found.length > MAX_OBJECTS)
      throw new CacheError('TOO_LARGE', `cannot read ${path}: package sets have more than ${MAX_OBJECTS} objects`);
    next = parsed.data.metadata.continue ?? '';
  } while (next !== '');
  return found;
}

const dataSchema = z.object({ data: z._default(z.record(z.string(), z.string()), {}) });

/** Fetches the record of a set; undefined if it does not exist. Throws `API`, and `INVALID_MEMBER` for an invalid record. */
export async function fetchRecord(api: KubernetesApi, namespace: string, set: string): Promise<SetRecord | undefined> {
  const path = objectPath({ kind: 'ConfigMap', namespace, name: recordName(set) });
  const found = await api.get(path);
  if (found === undefined) return undefined;
  const parsed = dataSchema.safeParse(found);
  const record = readRecord(parsed.success ? parsed.data.data : {}, `the ConfigMap ${namespace}/${recordName(set)}`);
  if (record.name === set) return record;
  throw new CacheError(
    'INVALID_MEMBER',
    `cannot use the ConfigMap ${namespace}/${recordName(set)}: it is the record of another set`,
  );
}
