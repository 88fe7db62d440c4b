import { isList, type Json, type JsonObject } from '../json/value.ts';
import { textAt } from './interned-text.ts';
import { indexAmong, type MapEntry, readMapEntry, scanMapEntry } from './map-entry.ts';
import {
  type Bytes,
  checkEnd,
  DELIMITED,
  FIXED64,
  payload,
  payloadEnd,
  Reader,
  readTag,
  skipField,
  tag,
  VARINT,
  WireError,
  Writer,
} from './wire.ts';

/**
 * The properties of a Struct to decode, by ASCII names; `true` decodes the whole value. All others are skipped. For a list, they apply to
 * the objects in it.
 */
export interface Properties {
  readonly [key: string]: true | Properties;
}

/** {@link Properties} in the form that {@link decodeStruct} accepts; see {@link projection}. */
export interface Projection {
  readonly names: readonly string[];
  /** The parts to decode of the property whose name has the same index. */
  readonly parts: readonly (true | Projection)[];
}

/** Creates a projection, once for all calls: looking up names in a list is faster than iterating over the keys of an object. */
export function projection(properties: Properties): Projection {
  const parts = Object.values(properties).map((part) => (part === true ? true : projection(part)));
  return { names: Object.keys(properties), parts };
}

/**
 * The maximum nesting of objects and lists in a Struct. Kubernetes objects are nested far less deeply; JSON decoders commonly stop at
 * 10,000 or overflow their stack.
 */
export const MAX_STRUCT_DEPTH = 500;

// google.protobuf.Struct, ListValue and Value of https://github.com/protocolbuffers/protobuf/blob/v29.0/src/google/protobuf/struct.proto
const ENTRIES = tag(1, DELIMITED);
const KEY = tag(1, DELIMITED);
const VALUE = tag(2, DELIMITED);
const NULL = tag(1, VARINT);
const NUMBER = tag(2, FIXED64);
const STRING = tag(3, DELIMITED);
const BOOL = tag(4, VARINT);
const STRUCT = tag(5, DELIMITED);
const LIST = tag(6, DELIMITED);

type Mutable = Record<string, Json>;

// The bounds of the last scanned entry. The object is shared, since a call scans dozens of entries.
const at: MapEntry = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };

/** Decodes a google.protobuf.Struct, or the part of it that `wanted` names. Throws {@link WireError} for invalid bytes. */
export function decodeStruct(bytes: Bytes, wanted: true | Projection = true): JsonObject {
  return decoding('google.protobuf.Struct', () => {
    const reader = Reader.create(bytes);
    return readStruct(reader, reader.len, wanted, 1);
  });
}

/** Decodes a google.protobuf.Value, or the part of it that `wanted` names. Throws {@link WireError} for invalid bytes. */
export function decodeValue(bytes: Bytes, wanted: true | Projection = true): Json {
  return decoding('google.protobuf.Value', () => {
    const reader = Reader.create(bytes);
    return readValue(reader, reader.len, wanted, 1);
  });
}

/** Encodes an object as a google.protobuf.Struct, with its properties in their own order. */
export function encodeStruct(object: JsonObject): Bytes {
  return writeStruct(Writer.create(), object).finish();
}

/** Writes the map entry `key: value` of a Struct, tag included. */
export function writeStructEntry(writer: Writer, key: string, value: Json): Writer {
  writer.uint32(ENTRIES).fork().uint32(KEY).string(key.toWellFormed()).uint32(VALUE).fork();
  return writeValue(writer, value).ldelim().ldelim();
}

/** Runs a decoder and wraps its errors in a {@link WireError} that names the message. */
export function decoding<T>(message: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireError) throw error;
    if (!(error instanceof Error)) throw error;
    throw new WireError('MALFORMED', `cannot decode ${message}: ${error.message}`, { cause: error });
  }
}

function readStruct(
  reader: Reader,
  end: number,
  wanted: true | Projection,
  depth: number,
  object: Mutable = {},
): Mutable {
  checkDepth(depth);
  while (reader.pos < end) {
    const fieldTag = readTag(reader);
    if (fieldTag === ENTRIES) readEntry(reader, object, wanted, depth);
    else skipField(reader, fieldTag);
  }
  checkEnd(reader, end);
  return object;
}

function readEntry(reader: Reader, object: Mutable, wanted: true | Projection, depth: number): void {
  const start = reader.pos;
  const bytes = reader.buf;
  if (!scanMapEntry(reader, at)) {
    reader.pos = start;
    const [key, value] = readMapEntry(payload(reader, bytes));
    const part = wanted === true ? true : wanted.parts[wanted.names.indexOf(key)];
    if (part) setProperty(object, key, readValue(Reader.create(value), value.length, part, depth));
    return;
  }
  const { keyStart, keyEnd, valueStart, valueEnd } = at;
  if (wanted === true) {
    reader.pos = valueStart;
    setProperty(object, textAt(bytes, keyStart, keyEnd), readValue(reader, valueEnd, true, depth));
    return;
  }
  // Most keys are not wanted. Comparing bytes avoids converting them to strings.
  const index = indexAmong(bytes, keyStart, keyEnd, wanted.names);
  if (index < 0) return;
  reader.pos = valueStart;
  setProperty(object, wanted.names[index] ?? '', readValue(reader, valueEnd, wanted.parts[index] ?? true, depth));
}

function readValue(reader: Reader, end: number, wanted: true | Projection, depth: number): Json {
  let value: Exclude<Json, object> | Mutable | Json[] = null;
  while (reader.pos < end) {
    const fieldTag = readTag(reader);
    if (fieldTag === STRING) {
      const textEnd = payloadEnd(reader);
      value = textAt(reader.buf, reader.pos, textEnd);
      reader.pos = textEnd;
    } else if (fieldTag === STRUCT) {
      // A repeated object or list is merged with the earlier one, like all messages.
      value = readStruct(reader, payloadEnd(reader), wanted, depth + 1, isMutable(value) ? value : {});
    } else if (fieldTag === NUMBER) value = reader.double();
    else if (fieldTag === BOOL) value = reader.bool();
    else if (fieldTag === LIST) {
      value = readList(reader, payloadEnd(reader), wanted, depth + 1, Array.isArray(value) ? value : []);
    } else if (fieldTag === NULL) {
      reader.uint32();
      value = null;
    } else skipField(reader, fieldTag);
  }
  checkEnd(reader, end);
  return value;
}

function readList(reader: Reader, end: number, wanted: true | Projection, depth: number, list: Json[]): Json[] {
  checkDepth(depth);
  while (reader.pos < end) {
    const fieldTag = readTag(reader);
    if (fieldTag === ENTRIES) list.push(readValue(reader, payloadEnd(reader), wanted, depth));
    else skipField(reader, fieldTag);
  }
  checkEnd(reader, end);
  return list;
}

function writeStruct(writer: Writer, object: JsonObject): Writer {
  for (const key in object) {
    const value = object[key];
    if (value !== undefined) writeStructEntry(writer, key, value);
  }
  return writer;
}

function writeValue(writer: Writer, value: Json): Writer {
  // UTF-8 cannot encode a lone surrogate, and peers reject the whole message because of one.
  if (typeof value === 'string') return writer.uint32(STRING).string(value.toWellFormed());
  if (typeof value === 'number') return writer.uint32(NUMBER).double(value);
  if (typeof value === 'boolean') return writer.uint32(BOOL).bool(value);
  if (value === null) return writer.uint32(NULL).uint32(0);
  if (isList(value)) {
    writer.uint32(LIST).fork();
    for (const item of value) writeValue(writer.uint32(ENTRIES).fork(), item).ldelim();
    return writer.ldelim();
  }
  return writeStruct(writer.uint32(STRUCT).fork(), value).ldelim();
}

function isMutable(value: null | boolean | number | string | Json[] | Mutable): value is Mutable {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Sets a property of any name, including "__proto__".
function setProperty(object: Mutable, key: string, value: Json): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function checkDepth(depth: number): void {
  if (depth <= MAX_STRUCT_DEPTH) return;
  const message = `cannot decode google.protobuf.Struct: objects and lists are nested more than ${MAX_STRUCT_DEPTH} levels deep`;
  throw new WireError('TOO_DEEP', message);
}
