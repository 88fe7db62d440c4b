import { textAt } from './interned-text.ts';
import {
  type Bytes,
  DELIMITED,
  isTextAt,
  joinOccurrences,
  payload,
  payloadEnd,
  Reader,
  readFields,
  tag,
} from './wire.ts';

/** Where key and value of a map entry lie, for entries with string keys and length-delimited values that both occur once. */
export interface MapEntry {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
}

const MAP_KEY = tag(1, DELIMITED);
const MAP_VALUE = tag(2, DELIMITED);

/**
 * Finds key and value of the map entry that the reader stands in front of, and moves behind it. Gives false for an entry in another
 * form than encoders write, which is a key and then a value; what the reader has passed by then is undefined.
 */
export function scanMapEntry(reader: Reader, entry: MapEntry): boolean {
  const end = payloadEnd(reader);
  const bytes = reader.buf;
  if (bytes[reader.pos] !== MAP_KEY) return false;
  reader.pos++;
  const keyEnd = payloadEnd(reader);
  if (bytes[keyEnd] !== MAP_VALUE) return false;
  entry.keyStart = reader.pos;
  entry.keyEnd = keyEnd;
  reader.pos = keyEnd + 1;
  entry.valueEnd = payloadEnd(reader);
  entry.valueStart = reader.pos;
  reader.pos = end;
  return entry.valueEnd === end;
}

/** The index of the one of `names` (ASCII) that the bytes from `start` to `end` are, or -1. */
export function indexAmong(bytes: Bytes, start: number, end: number, names: readonly string[]): number {
  // An index, since an iterator per entry is most of the garbage of a large state.
  for (let index = 0; index < names.length; index++) {
    if (isTextAt(bytes, start, end, names[index] ?? '')) return index;
  }
  return -1;
}

/** The one of `names` that is the key of `entry`. */
export function keyAmong(bytes: Bytes, entry: MapEntry, names: readonly string[]): string | undefined {
  const index = indexAmong(bytes, entry.keyStart, entry.keyEnd, names);
  // An index below zero would be looked up like any property, which is slow.
  return index < 0 ? undefined : names[index];
}

/** The key of `entry` where it begins with one of `prefixes` (ASCII). */
export function keyBeginningWith(bytes: Bytes, entry: MapEntry, prefixes: readonly string[]): string | undefined {
  const { keyStart, keyEnd } = entry;
  for (let index = 0; index < prefixes.length; index++) {
    const prefix = prefixes[index] ?? '';
    if (isTextAt(bytes, keyStart, Math.min(keyEnd, keyStart + prefix.length), prefix))
      return textAt(bytes, keyStart, keyEnd);
  }
  return undefined;
}

/** Reads key and value of a map entry whose key is a string; of a value that occurs more than once, messages merge and bytes replace. */
export function readMapEntry(entry: Bytes, values: 'messages' | 'bytes' = 'messages'): [key: string, value: Bytes] {
  let key = '';
  let value: Bytes | undefined;
  let repeated = false;
  const reader = Reader.create(entry);
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag === MAP_KEY) key = reader.string();
    else if (fieldTag === MAP_VALUE) {
      repeated = value !== undefined;
      value = payload(reader, entry);
    } else return false;
    return true;
  });
  if (repeated && values === 'messages') value = joinOccurrences(entry, MAP_VALUE);
  return [key, value ?? new Uint8Array(0)];
}
