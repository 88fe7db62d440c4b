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

/** The bounds of a map entry's key and value, for entries with string keys and length-delimited values that both occur once. */
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

/** Finds the key of a map entry in a list of names. */
export type KeyFinder = (bytes: Bytes, entry: MapEntry) => string | undefined;

/** With more names, looking a string up is faster than comparing bytes with each of them. */
const FEW_NAMES = 8;

/** Makes a function that gives the key of an entry where it is one of `names` or begins with one of `prefixes` (ASCII both). */
export function keyFinder(names: readonly string[], prefixes: readonly string[] = []): KeyFinder {
  const among = names.length > FEW_NAMES ? keyInSet(names) : keyInList(names);
  if (prefixes.length === 0) return among;
  return (bytes, entry) => among(bytes, entry) ?? keyBeginningWith(bytes, entry, prefixes);
}

function keyInList(names: readonly string[]): KeyFinder {
  return (bytes, { keyStart, keyEnd }) => {
    const index = indexAmong(bytes, keyStart, keyEnd, names);
    // An index below zero would be looked up like any property, which is slow.
    return index < 0 ? undefined : names[index];
  };
}

function keyInSet(names: readonly string[]): KeyFinder {
  const known = new Set(names);
  const longest = names.reduce((most, { length }) => Math.max(most, length), 0);
  return (bytes, { keyStart, keyEnd }) => {
    if (keyEnd - keyStart > longest) return undefined;
    const key = textAt(bytes, keyStart, keyEnd);
    return known.has(key) ? key : undefined;
  };
}

function keyBeginningWith(
  bytes: Bytes,
  { keyStart, keyEnd }: MapEntry,
  prefixes: readonly string[],
): string | undefined {
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
