import type { JsonObject } from '../json/value.ts';
import { readMapEntry } from './map-entry.ts';
import { decoding, writeStructEntry } from './struct.ts';
import { type Bytes, DELIMITED, payload, Reader, readFields, tag, Writer } from './wire.ts';

const ENTRIES = tag(1, DELIMITED);

/**
 * A google.protobuf.Struct with the properties of `values` in place of its own of those names; one that is undefined is only taken out.
 * All others are views of the given bytes, unread: the pieces together are the Struct. Throws {@link WireError} on bytes that are none.
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
