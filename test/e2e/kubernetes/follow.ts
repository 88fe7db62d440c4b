import * as z from 'zod';
import { HarnessError } from '../harness-error.ts';
import type { Collection } from './cluster.ts';
import type { Connection } from './connection.ts';
import { conditionsOf, describeRef, type KubernetesObject, parseObject, refOf } from './object.ts';
import type { CollectionPath } from './paths.ts';

/** The objects of a collection by `namespace/name`; cluster-scoped ones by `/name`. */
export type Objects = ReadonlyMap<string, KubernetesObject>;

const DEFAULT_TIMEOUT_MS = 180_000;

/**
 * Watches a collection until `reached` returns a value for its objects; it is called at first and at each change. Throws
 * {@link HarnessError} with the last state seen after `timeoutMs`.
 */
export type Follow = <T>(
  collection: Collection & { readonly fieldSelector?: string },
  what: string,
  reached: (objects: Objects) => T | undefined | false,
  timeoutMs?: number,
) => Promise<T>;

const listed = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.looseObject({})),
});

const event = z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'ERROR', 'BOOKMARK']), object: z.unknown() });

/** Creates the waiting part of a cluster's connection. Waits end with the reason of `ended` when that aborts. */
export function followCollection(connection: Connection, collectionPath: CollectionPath, ended: AbortSignal): Follow {
  return async (collection, what, reached, timeoutMs = DEFAULT_TIMEOUT_MS) => {
    const { apiVersion, kind, namespace, fieldSelector } = collection;
    const path = await collectionPath(apiVersion, kind, namespace);
    const query = fieldSelector === undefined ? {} : { fieldSelector };
    const objects = new Map<string, KubernetesObject>();
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([timeout, ended]);
    try {
      for (;;) {
        const { metadata, items } = listed.parse(await connection.request(`${path}`, { query }));
        objects.clear();
        for (const item of items) put(objects, { apiVersion, kind, ...item });
        const first = reached(objects);
        if (first) return first;
        const from = { ...query, resourceVersion: metadata.resourceVersion };
        for await (const line of connection.watch(path, from, signal)) {
          if (!change(objects, line)) break;
          const found = reached(objects);
          if (found) return found;
        }
      }
    } catch (error) {
      if (ended.aborted) throw ended.reason;
      if (!timeout.aborted) throw error;
      throw new HarnessError('NOT_REACHED', `waited ${timeoutMs / 1000} s: ${what}; last seen: ${describe(objects)}`);
    }
  };
}

function put(objects: Map<string, KubernetesObject>, value: unknown): void {
  const object = parseObject(value);
  objects.set(keyOf(object), object);
}

/** Applies one event of a watch; false when the watch is over and the collection must be listed again. */
function change(objects: Map<string, KubernetesObject>, line: unknown): boolean {
  const { type, object } = event.parse(line);
  if (type === 'ERROR') return false;
  if (type === 'DELETED') objects.delete(keyOf(parseObject(object)));
  else if (type !== 'BOOKMARK') put(objects, object);
  return true;
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function describe(objects: Objects): string {
  if (objects.size === 0) return 'no such object';
  if (objects.size > 3) return `${objects.size} objects`;
  return [...objects.values()].map(describeObject).join('; ');
}

function describeObject(object: KubernetesObject): string {
  const conditions = conditionsOf(object).map(
    ({ type, status, reason, message }) => `${type}=${status} (${reason ?? ''}${message ? `: ${message}` : ''})`,
  );
  return `${describeRef(refOf(object))} ${conditions.join(', ') || 'without conditions'}`;
}
