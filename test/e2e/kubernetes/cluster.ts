import * as z from 'zod';
import { HarnessError } from '../harness-error.ts';
import { type Access, connect } from './connection.ts';
import { type Follow, followCollection } from './follow.ts';
import { describeRef, type KubernetesObject, type ObjectRef, parseObject, refOf } from './object.ts';
import { discoverPaths } from './paths.ts';

/** A collection of objects of one kind; without a namespace, those of all namespaces. */
export interface Collection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
}

/** What the scenarios do with the Kubernetes API. */
export interface Cluster {
  /** Creates or updates an object by server-side apply. Throws {@link HarnessError} with the API server's error. */
  apply(object: unknown): Promise<KubernetesObject>;
  /** Applies one object from YAML that is sent unchanged, which is fast for large ones. */
  applyText(ref: ObjectRef, yaml: string): Promise<void>;
  read(ref: ObjectRef): Promise<KubernetesObject | undefined>;
  list(collection: Collection): Promise<KubernetesObject[]>;
  /** Updates an object with a merge patch; `subresource` may be `status`. */
  patch(ref: ObjectRef, change: unknown, subresource?: 'status'): Promise<void>;
  /**
   * Requests an object's deletion; an object that does not exist is already deleted. Its dependents are deleted after it (Background, the
   * default) or kept (Orphan).
   */
  remove(ref: ObjectRef, propagationPolicy?: 'Background' | 'Orphan'): Promise<void>;
  /** Waits until `reached` returns a value for an object (undefined if it does not exist). Throws {@link HarnessError} at the timeout. */
  until<T>(
    ref: ObjectRef,
    what: string,
    reached: (object: KubernetesObject | undefined) => T | undefined | false,
  ): Promise<T>;
  /** Calls `onChange` with all objects of a collection, by `namespace/name`, at first and at each change. */
  follow: Follow;
  close(): Promise<void>;
}

const FIELD_MANAGER = 'function-workload-ecr-e2e';

const list = z.object({ items: z.array(z.looseObject({})) });

/** Connects to a cluster. Waits end with the reason of `signal` when that aborts. */
export function connectCluster(access: Access, signal: AbortSignal): Cluster {
  const connection = connect(access);
  const collectionPath = discoverPaths(connection);
  const pathOf = async ({ apiVersion, kind, namespace, name }: ObjectRef) =>
    `${await collectionPath(apiVersion, kind, namespace)}/${name}`;
  const follow = followCollection(connection, collectionPath, signal);

  const send = async (ref: ObjectRef, body: string) =>
    connection.request(await pathOf(ref), {
      method: 'PATCH',
      query: { fieldManager: FIELD_MANAGER, force: 'true' },
      body,
      contentType: 'application/apply-patch+yaml',
    });
  const apply = async (value: unknown) => {
    const object = parseObject(value);
    return parseObject(await send(refOf(object), JSON.stringify(object)));
  };

  return {
    apply,
    async applyText(ref, yaml) {
      await send(ref, yaml);
    },
    async read(ref) {
      const found = await connection.request(await pathOf(ref));
      return found === undefined ? undefined : parseObject(found);
    },
    async list({ apiVersion, kind, namespace }) {
      const { items } = list.parse(await connection.request(await collectionPath(apiVersion, kind, namespace)));
      return items.map((item) => parseObject({ apiVersion, kind, ...item }));
    },
    async patch(ref, change, subresource) {
      const path = `${await pathOf(ref)}${subresource === undefined ? '' : `/${subresource}`}`;
      const contentType = 'application/merge-patch+json';
      const done = await connection.request(path, { method: 'PATCH', body: JSON.stringify(change), contentType });
      if (done === undefined) throw new HarnessError('API_REFUSED', `there is no ${describeRef(ref)} to change`);
    },
    async remove(ref, propagationPolicy = 'Background') {
      const options = { propagationPolicy };
      await connection.request(await pathOf(ref), { method: 'DELETE', body: JSON.stringify(options) });
    },
    async until(ref, what, reached) {
      const key = `${ref.namespace ?? ''}/${ref.name}`;
      const collection = { ...ref, fieldSelector: `metadata.name=${ref.name}` };
      return follow(collection, `${describeRef(ref)} ${what}`, (objects) => reached(objects.get(key)));
    },
    follow,
    close: () => connection.close(),
  };
}
