import { isList, isObject, type JsonObject } from '../../json/value.ts';
import { compositeOf, type RequestView } from '../../protocol/request.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import { objectAt } from '../observed/managed-resource.ts';
import type { ObservedSet } from './observed.ts';

const CACHE_STATUS = projection({ status: { packageCache: true } });

/** Returns the status of the step's sources after the last call, by their names without `prefix`. */
export function statusBefore({ observed }: RequestView, prefix: string): JsonObject {
  const composite = compositeOf(observed);
  if (composite === undefined) return {};
  const all = objectAt(objectAt(decodeStruct(composite, CACHE_STATUS), 'status'), 'packageCache');
  if (prefix === '') return all;
  const own = Object.entries(all).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, status]) => [name.slice(prefix.length), status]));
}

/**
 * Sorts the sets of a source: the current one first, then the latest. The current one is that in the status, under any former name of the
 * source; otherwise the installed one, or the one that was created last.
 */
export function inOrder(
  sets: readonly ObservedSet[],
  before: JsonObject,
  source: string,
  isPinned: (set: ObservedSet) => boolean,
): ObservedSet[] {
  const setOf = (status: JsonObject) => (typeof status.set === 'string' ? [status.set] : []);
  const own = objectAt(before, source);
  const current = [...setOf(own), ...Object.keys(before).flatMap((name) => setOf(objectAt(before, name)))];
  const earlier = isList(own.history) ? own.history.filter(isObject).flatMap(setOf) : [];
  const latest = sets.toSorted((a, b) => earlier.indexOf(a.name) - earlier.indexOf(b.name) || compare(b, a));
  const [remembered] = current.flatMap((name) => sets.find((set) => set.name === name) ?? []);
  const present = remembered ?? latest.find(isPinned) ?? latest[0];
  return present === undefined ? [] : [present, ...latest.filter((set) => set !== present)];
}

function compare(a: ObservedSet, b: ObservedSet): number {
  return a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0;
}
