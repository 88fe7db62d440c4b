import { isList, isObject, type Json } from '../protocol/struct.ts';

/**
 * JSON text with the keys of every object in order and no white space: equal values have equal text, whatever order they came in.
 * `first` names keys that go before all others, in that order.
 */
export function canonicalJson(value: Json, first: readonly string[] = []): string {
  if (isList(value)) return `[${value.map((item) => canonicalJson(item, first)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  entries.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item, first)}`).join(',')}}`;
}
