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
 * Finds the key and the value of the map entry at the reader's position, and moves the reader past it. Returns false for an entry that does
 * not consist of a key and then a value, the form that encoders write. The position of the reader is then undefined.
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

/** Returns the index of the ASCII name in `names` that equals the bytes from `start` to `end`, or -1. */
export function indexAmong(bytes: Bytes, start: number, end: number, names: readonly string[]): number {
  // A loop by index, since an iterator for each entry would be most of the garbage of a large state.
  for (let index = 0; index < names.length; index++) {
    if (isTextAt(bytes, start, end, names[index] ?? '')) return index;
  }
  return -1;
}

/** Returns the key of a map entry if it is one of a set of names. */
export type KeyFinder = (bytes: Bytes, entry: MapEntry) => string | undefined;

/** The number of names above which looking up a string is faster than comparing bytes with each name. */
const FEW_NAMES = 8;

/** Creates a function that returns the key of an entry if it is one of `names` or begins with one of `prefixes`, which must be ASCII. */
export function keyFinder(names: readonly string[], prefixes: readonly string[] = []): KeyFinder {
  const among = names.length > FEW_NAMES ? keyInSet(names) : keyInList(names);
  if (prefixes.length === 0) return among;
  return (bytes, entry) => among(bytes, entry) ?? keyBeginningWith(bytes, entry, prefixes);
}

function keyInList(names: readonly string[]): KeyFinder {
  return (bytes, { keyStart, keyEnd }) => {
    const index = indexAmong(bytes, keyStart, keyEnd, names);
    // Indexing with -1 would be a slow property lookup.
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

/**
 * Reads the key and the value of a map entry whose key is a string. If the value is repeated, messages are merged and the last of several
 * bytes wins.
 */
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
