import { isList, isObject, type JsonObject } from '../../json/value.ts';
import { compositeOf, type RequestView } from '../../protocol/request.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import { objectAt } from '../observed/managed-resource.ts';
import type { ObservedSet } from './observed.ts';

const CACHE_STATUS = projection({ status: { packageCache: true } });

/** The status of the sources of the step whose names begin with `prefix`, by their names without it, as the last call left it. */
export function statusBefore({ observed }: RequestView, prefix: string): JsonObject {
  const composite = compositeOf(observed);
  if (composite === undefined) return {};
  const all = objectAt(objectAt(decodeStruct(composite, CACHE_STATUS), 'status'), 'packageCache');
  if (prefix === '') return all;
  const own = Object.entries(all).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, status]) => [name.slice(prefix.length), status]));
}

/**
 * Puts the sets of a source in order: the present one first, then the latest. The status says which that was, under whatever name the
 * source had; where it does not, what is installed is, else what was made last.
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
