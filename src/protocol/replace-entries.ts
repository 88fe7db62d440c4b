import type { JsonObject } from '../json/value.ts';
import { readMapEntry } from './map-entry.ts';
import { decoding, writeStructEntry } from './struct.ts';
import { type Bytes, DELIMITED, payload, Reader, readFields, tag, Writer } from './wire.ts';

const ENTRIES = tag(1, DELIMITED);

/**
 * Replaces the properties of an encoded google.protobuf.Struct that `values` names, and removes those that are undefined there. All other
 * properties are views of the given bytes and are not decoded. The returned pieces together form the Struct. Throws {@link WireError} for
 * invalid bytes.
 */
export function replaceEntries(struct: Bytes, values: JsonObject): Bytes[] {
  return decoding('google.protobuf.Struct', () => {
    const writer = Writer.create();
    for (const [key, value] of Object.entries(values)) if (value !== undefined) writeStructEntry(writer, key, value);
    const pieces: Bytes[] = [writer.finish()];
    let start = 0;
    const reader = Reader.create(struct);
    readFields(reader, reader.len, (fieldTag) => {
      if (fieldTag !== ENTRIES) return false;
      const entryStart = start;
      const [key] = readMapEntry(payload(reader, struct));
      if (!Object.hasOwn(values, key)) pieces.push(struct.subarray(entryStart, reader.pos));
      start = reader.pos;
      return true;
    });
    return pieces;
  });
}
