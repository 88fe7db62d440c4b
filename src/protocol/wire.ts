import protobuf from 'protobufjs/minimal.js';
import { concatBytes } from '../internal/bytes/bytes.ts';

/** The encoded bytes of a message or field payload; a `Buffer` if they come from a socket. */
export type Bytes = Uint8Array;

/** Reads and writes the protobuf wire format. Only this file imports the library. */
export const { Reader, Writer } = protobuf;
export type Reader = protobuf.Reader;
export type Writer = protobuf.Writer;

/** Wire types of https://protobuf.dev/programming-guides/encoding/#structure that this project uses. */
export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;

/** Returns the tag of a field with number `field` and wire type `wireType`. */
export function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

/** Thrown for bytes that are not a valid message or that exceed its limits. The gRPC server returns it as INVALID_ARGUMENT. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: 'MALFORMED' | 'TOO_DEEP' | 'TOO_MANY';

  constructor(code: WireError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Calls `visit` with the tag of each field up to `end`. `visit` reads the value of the field, or returns false to skip it. */
export function readFields(reader: Reader, end: number, visit: (tag: number) => boolean): void {
  while (reader.pos < end) {
    const fieldTag = readTag(reader);
    if (!visit(fieldTag)) skipField(reader, fieldTag);
  }
  checkEnd(reader, end);
}

/** Skips the value of the field whose tag was just read. Throws for field number 0 and for groups without an end. */
export function skipField(reader: Reader, fieldTag: number): void {
  reader.skipType(fieldTag & 7, 0, fieldTag >>> 3);
}

/** Throws if the last field of a message extends beyond the end of the message. */
export function checkEnd(reader: Reader, end: number): void {
  if (reader.pos !== end) throw new RangeError('a field ends beyond its message');
}

/** Reads a tag. Most tags take one byte, which is read here; the library reads longer ones and those at the end. */
export function readTag(reader: Reader): number {
  const byte = reader.buf[reader.pos] ?? 128;
  if (byte >= 128) return reader.tag();
  reader.pos++;
  return byte;
}

/** Reads a length prefix and returns the end of that payload, which is within the reader's bytes. */
export function payloadEnd(reader: Reader): number {
  const byte = reader.buf[reader.pos] ?? 128;
  let end: number;
  if (byte < 128) end = ++reader.pos + byte;
  else end = reader.size() + reader.pos;
  if (end > reader.len) throw new RangeError('a field ends beyond its message');
  return end;
}

/** Reads a length-delimited payload as a view, without a copy. */
export function payload(reader: Reader, bytes: Bytes): Bytes {
  const end = payloadEnd(reader);
  const view = bytes.subarray(reader.pos, end);
  reader.pos = end;
  return view;
}

/**
 * Finds the message field `wanted` in a message. A repeated field is the merge of all its occurrences, and encoded messages are merged by
 * concatenating them.
 */
export function messageField(bytes: Bytes, wanted: number): Bytes | undefined {
  let found: Bytes | undefined;
  let repeated = false;
  const reader = Reader.create(bytes);
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag !== wanted) return false;
    repeated = found !== undefined;
    found = payload(reader, bytes);
    return true;
  });
  return repeated ? joinOccurrences(bytes, wanted) : found;
}

/** Concatenates the payloads of all occurrences of the message field `wanted`, in time proportional to the message. */
export function joinOccurrences(bytes: Bytes, wanted: number): Bytes {
  const parts: Bytes[] = [];
  const reader = Reader.create(bytes);
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag !== wanted) return false;
    parts.push(payload(reader, bytes));
    return true;
  });
  return concatBytes(parts);
}

/** True when the bytes from `start` to `end` equal the ASCII text `text`. */
export function isTextAt(bytes: Bytes, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
