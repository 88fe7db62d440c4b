import { isList, isObject, type Json, type JsonObject } from './value.ts';

/**
 * Formats JSON without white space and with the keys of every object sorted, so that equal values have equal text. `first` lists keys that come
 * before all others, in that order.
 */
export function canonicalJson(value: Json, first: readonly string[] = []): string {
  if (isList(value)) return `[${value.map((item) => canonicalJson(item, first)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  entries.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item, first)}`).join(',')}}`;
}

/** True for equal JSON values, regardless of the order of keys; a property that is undefined counts as absent. */
export function isSameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, index) => isSameJson(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  for (const key in a) if (!isSameJson(a[key], own(b, key))) return false;
  for (const key in b) if (own(a, key) === undefined && b[key] !== undefined) return false;
  return true;
}

// Every object inherits a property "__proto__".
function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
