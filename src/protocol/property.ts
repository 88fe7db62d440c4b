import { textAt } from './interned-text.ts';
import { type MapEntry, readMapEntry, scanMapEntry } from './map-entry.ts';
import { decoding } from './struct.ts';
import {
  type Bytes,
  checkEnd,
  DELIMITED,
  isTextAt,
  messageField,
  payload,
  Reader,
  readTag,
  skipField,
  tag,
} from './wire.ts';

const ENTRIES = tag(1, DELIMITED);
const STRUCT = tag(5, DELIMITED);

/**
 * Finds the encoded google.protobuf.Value at a path of ASCII names in an encoded Struct, so that its size is known before it is decoded.
 * Throws {@link WireError} for invalid bytes.
 */
export function propertyOf(struct: Bytes, path: readonly string[]): Bytes | undefined {
  return decoding('google.protobuf.Struct', () => {
    let object: Bytes | undefined = struct;
    let value: Bytes | undefined;
    for (const name of path) {
      value = object && entryValue(object, name);
      object = value && messageField(value, STRUCT);
    }
    return value;
  });
}

/**
 * Returns the property names of the object `name` in an encoded Struct, at most `max` of them. Throws {@link WireError} for invalid bytes.
 */
export function propertyNamesOf(struct: Bytes, name: string, max: number): string[] {
  const value = propertyOf(struct, [name]);
  return decoding('google.protobuf.Value', () => {
    const object = value && messageField(value, STRUCT);
    return object === undefined ? [] : entryNames(object, max);
  });
}

function entryNames(struct: Bytes, max: number): string[] {
  const at: MapEntry = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
  const names = new Set<string>();
  const reader = Reader.create(struct);
  while (reader.pos < reader.len && names.size < max) {
    const fieldTag = readTag(reader);
    const start = reader.pos;
    if (fieldTag !== ENTRIES) skipField(reader, fieldTag);
    else if (scanMapEntry(reader, at)) names.add(textAt(struct, at.keyStart, at.keyEnd));
    else {
      reader.pos = start;
      names.add(readMapEntry(payload(reader, struct))[0]);
    }
  }
  return [...names].sort();
}

/** Returns the value of the last entry with that name: in map fields, the last entry wins. */
function entryValue(struct: Bytes, name: string): Bytes | undefined {
  const at: MapEntry = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
  let found: Bytes | undefined;
  const reader = Reader.create(struct);
  while (reader.pos < reader.len) {
    const fieldTag = readTag(reader);
    const start = reader.pos;
    if (fieldTag !== ENTRIES) skipField(reader, fieldTag);
    else if (scanMapEntry(reader, at)) {
      if (isTextAt(struct, at.keyStart, at.keyEnd, name)) found = struct.subarray(at.valueStart, at.valueEnd);
    } else {
      reader.pos = start;
      const [key, value] = readMapEntry(payload(reader, struct));
      if (key === name) found = value;
    }
  }
  checkEnd(reader, reader.len);
  return found;
}
