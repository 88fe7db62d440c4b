import { keyFinder, readMapEntry, scanMapEntry } from './map-entry.ts';
import type { Resource, RunFunctionRequest, State } from './messages.ts';
import { decoding, encodeStruct } from './struct.ts';
import {
  type Bytes,
  checkEnd,
  DELIMITED,
  joinOccurrences,
  messageField,
  payload,
  payloadEnd,
  Reader,
  readFields,
  readTag,
  skipField,
  tag,
  VARINT,
  WireError,
  Writer,
} from './wire.ts';

/**
 * A view of the bytes of a RunFunctionRequest: nothing below the top level is decoded until it is read, and the rest is passed on
 * unchanged. The fields are those of proto/v1/run_function.proto.
 */
export interface RequestView {
  /** The tag of the request, which the response repeats. */
  readonly tag: string;
  /** The caller's capabilities, as Capability numbers; undefined if the caller does not report them. */
  readonly capabilities: ReadonlySet<number> | undefined;
  /** The observed and the desired state, as encoded State messages. */
  readonly observed: Bytes;
  readonly desired: Bytes;
  /** The input and the context, as encoded google.protobuf.Struct messages, if the request has them. */
  readonly input: Bytes | undefined;
  readonly context: Bytes | undefined;
  /** The encoded Resources messages by requirement name, including the older `extra_resources`. */
  readonly requiredResources: ReadonlyMap<string, Bytes>;
  /** The encoded Schema messages by requirement name. */
  readonly requiredSchemas: ReadonlyMap<string, Bytes>;
  /** The encoded Credentials messages, by the name that the Composition gives them. */
  readonly credentials: ReadonlyMap<string, Bytes>;
}

export const META = tag(1, DELIMITED);
const OBSERVED = tag(2, DELIMITED);
const DESIRED = tag(3, DELIMITED);
const INPUT = tag(4, DELIMITED);
const CONTEXT = tag(5, DELIMITED);
export const EXTRA_RESOURCES = tag(6, DELIMITED);
const CREDENTIALS = tag(7, DELIMITED);
export const REQUIRED_RESOURCES = tag(8, DELIMITED);
export const REQUIRED_SCHEMAS = tag(9, DELIMITED);
const FIRST = tag(1, DELIMITED);
const SECOND = tag(2, DELIMITED);
const CAPABILITY = tag(2, VARINT);
const READY = tag(3, VARINT);

const EMPTY = new Uint8Array(0);
const NONE: ReadonlyMap<string, Bytes> = new Map();
const CAPABILITY_CAPABILITIES = 1;
/** The maximum number of capabilities that are read. */
const MAX_CAPABILITIES = 256;
/**
 * The maximum number of entries of a map or items of a list in a request. The view of an entry takes more memory than an empty entry in the
 * request.
 */
const MAX_ENTRIES = 10_000;
const MAX_ITEMS = 100_000;

/** Splits an encoded RunFunctionRequest into its top-level fields. Throws {@link WireError} for invalid bytes. */
export function viewRequest(bytes: Bytes): RequestView {
  return decoding('RunFunctionRequest', () => {
    let meta: Bytes | undefined;
    let observed: Bytes | undefined;
    let desired: Bytes | undefined;
    let input: Bytes | undefined;
    let context: Bytes | undefined;
    let extraResources: Map<string, Bytes> | undefined;
    let requiredResources: Map<string, Bytes> | undefined;
    let requiredSchemas: Map<string, Bytes> | undefined;
    let credentials: Map<string, Bytes> | undefined;
    let joined: Set<number> | undefined;
    const reader = Reader.create(bytes);
    const merged = (before: Bytes | undefined, fieldTag: number): Bytes => {
      const value = payload(reader, bytes);
      if (before === undefined) return value;
      if (joined?.has(fieldTag)) return before;
      joined = (joined ?? new Set()).add(fieldTag);
      return joinOccurrences(bytes, fieldTag);
    };
    const withEntry = (map = new Map<string, Bytes>()) => {
      if (map.size === MAX_ENTRIES) throw tooMany('a map of a RunFunctionRequest', 'entries', MAX_ENTRIES);
      return map.set(...readMapEntry(payload(reader, bytes)));
    };
    while (reader.pos < reader.len) {
      const fieldTag = readTag(reader);
      if (fieldTag === META) meta = merged(meta, fieldTag);
      else if (fieldTag === OBSERVED) observed = merged(observed, fieldTag);
      else if (fieldTag === DESIRED) desired = merged(desired, fieldTag);
      else if (fieldTag === INPUT) input = merged(input, fieldTag);
      else if (fieldTag === CONTEXT) context = merged(context, fieldTag);
      else if (fieldTag === EXTRA_RESOURCES) extraResources = withEntry(extraResources);
      else if (fieldTag === REQUIRED_RESOURCES) requiredResources = withEntry(requiredResources);
      else if (fieldTag === REQUIRED_SCHEMAS) requiredSchemas = withEntry(requiredSchemas);
      else if (fieldTag === CREDENTIALS) credentials = withEntry(credentials);
      else skipField(reader, fieldTag);
    }
    checkEnd(reader, reader.len);
    if (extraResources) requiredResources = new Map([...extraResources, ...(requiredResources ?? NONE)]);
    const { tag: requestTag, capabilities } = readMeta(meta ?? EMPTY);
    return {
      tag: requestTag,
      capabilities,
      observed: observed ?? EMPTY,
      desired: desired ?? EMPTY,
      input,
      context,
      requiredResources: requiredResources ?? NONE,
      requiredSchemas: requiredSchemas ?? NONE,
      credentials: credentials ?? NONE,
    };
  });
}

/** Finds the composite's encoded google.protobuf.Struct in an encoded State. */
export function compositeOf(state: Bytes): Bytes | undefined {
  return decoding('State', () => {
    const composite = messageField(state, FIRST);
    return composite && messageField(composite, FIRST);
  });
}

/**
 * Finds the encoded google.protobuf.Struct of each composed resource in an encoded State whose name is in `names` or begins with one of
 * `prefixes` (ASCII both).
 */
export function composedResourcesOf(
  state: Bytes,
  names: readonly string[],
  prefixes: readonly string[] = [],
): ReadonlyMap<string, Bytes> {
  return decoding('State', () => {
    const found = new Map<string, Bytes>();
    const keyOf = keyFinder(names, prefixes);
    const keep = (name: string, resource: Bytes) => {
      if (found.size === MAX_ENTRIES) throw tooMany('a State', 'resources of this function', MAX_ENTRIES);
      const struct = messageField(resource, FIRST);
      if (struct) found.set(name, struct);
      else found.delete(name);
    };
    const reader = Reader.create(state);
    const at = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
    while (reader.pos < reader.len) {
      const fieldTag = readTag(reader);
      const start = reader.pos;
      if (fieldTag !== SECOND) skipField(reader, fieldTag);
      else if (scanMapEntry(reader, at)) {
        const name = keyOf(state, at);
        if (name !== undefined) keep(name, state.subarray(at.valueStart, at.valueEnd));
      } else {
        reader.pos = start;
        const [name, resource] = readMapEntry(payload(reader, state));
        if (names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix))) keep(name, resource);
      }
    }
    return found;
  });
}

/** Lists the encoded google.protobuf.Struct of each item of an encoded Resources message. */
export function itemsOf(resources: Bytes): Bytes[] {
  return decoding('Resources', () => {
    const items: Bytes[] = [];
    const reader = Reader.create(resources);
    readFields(reader, reader.len, (fieldTag) => {
      if (fieldTag !== FIRST) return false;
      const struct = messageField(payload(reader, resources), FIRST);
      if (items.length === MAX_ITEMS) throw tooMany('Resources', 'items', MAX_ITEMS);
      if (struct) items.push(struct);
      return true;
    });
    return items;
  });
}

const OPENAPI_V3 = tag(1, DELIMITED);

/** Returns the encoded google.protobuf.Struct of the OpenAPI schema in an encoded Schema message, or undefined if Crossplane found no schema. */
export function openApiSchemaOf(schema: Bytes): Bytes | undefined {
  return decoding('Schema', () => messageField(schema, OPENAPI_V3));
}

/** Reads the entries of a Secret from an encoded Credentials message. Throws {@link WireError} for invalid bytes. */
export function credentialData(credentials: Bytes): ReadonlyMap<string, Bytes> {
  return decoding('Credentials', () => {
    const data = messageField(credentials, FIRST) ?? EMPTY;
    const entries = new Map<string, Bytes>();
    const reader = Reader.create(data);
    readFields(reader, reader.len, (fieldTag) => {
      if (fieldTag !== FIRST) return false;
      if (entries.size === MAX_ENTRIES) throw tooMany('Credentials', 'entries', MAX_ENTRIES);
      entries.set(...readMapEntry(payload(reader, data), 'bytes'));
      return true;
    });
    return entries;
  });
}

/** Encodes a request, for programs that call functions. */
export function encodeRequest(request: RunFunctionRequest): Bytes {
  const writer = Writer.create();
  if (request.meta) {
    writer.uint32(META).fork();
    if (request.meta.tag) writer.uint32(FIRST).string(request.meta.tag);
    for (const capability of request.meta.capabilities ?? []) writer.uint32(CAPABILITY).int32(capability);
    writer.ldelim();
  }
  if (request.observed) writeState(writer.uint32(OBSERVED).fork(), request.observed).ldelim();
  if (request.desired) writeState(writer.uint32(DESIRED).fork(), request.desired).ldelim();
  if (request.input) writer.uint32(INPUT).bytes(encodeStruct(request.input));
  if (request.context) writer.uint32(CONTEXT).bytes(encodeStruct(request.context));
  writeMap(writer, EXTRA_RESOURCES, request.extraResources, encodeResources);
  writeMap(writer, CREDENTIALS, request.credentials, encodeCredentials);
  writeMap(writer, REQUIRED_RESOURCES, request.requiredResources, encodeResources);
  writeMap(writer, REQUIRED_SCHEMAS, request.requiredSchemas, (schema) =>
    schema ? Writer.create().uint32(FIRST).bytes(encodeStruct(schema)).finish() : EMPTY,
  );
  return writer.finish();
}

/** Writes the fields of a State. */
export function writeState(writer: Writer, state: State): Writer {
  if (state.composite) writer.uint32(FIRST).bytes(encodeResource(state.composite));
  return writeMap(writer, SECOND, state.resources, encodeResource);
}

function encodeResource(resource: Resource): Bytes {
  return writeResource(Writer.create(), resource).finish();
}

/** Writes the fields of a Resource. */
export function writeResource(writer: Writer, resource: Resource): Writer {
  if (resource.resource) writer.uint32(FIRST).bytes(encodeStruct(resource.resource));
  writeMap(writer, SECOND, resource.connectionDetails, (value) => value);
  if (resource.ready) writer.uint32(READY).int32(resource.ready);
  return writer;
}

/** Writes the entries of a map field with string keys and length-delimited values. */
export function writeMap<T>(
  writer: Writer,
  field: number,
  map: Readonly<Record<string, T>> | undefined,
  encode: (value: T) => Bytes,
): Writer {
  if (map === undefined) return writer;
  for (const [key, value] of Object.entries(map)) {
    writer.uint32(field).fork().uint32(FIRST).string(key).uint32(SECOND).bytes(encode(value)).ldelim();
  }
  return writer;
}

function encodeResources(items: readonly Resource[]): Bytes {
  const writer = Writer.create();
  for (const item of items) writer.uint32(FIRST).bytes(encodeResource(item));
  return writer.finish();
}

function encodeCredentials(data: Readonly<Record<string, Bytes>>): Bytes {
  const credentialData = writeMap(Writer.create(), FIRST, data, (value) => value).finish();
  return Writer.create().uint32(FIRST).bytes(credentialData).finish();
}

function tooMany(what: string, of: string, most: number): WireError {
  return new WireError('TOO_MANY', `cannot decode ${what}: it has more than ${most} ${of}`);
}

function readMeta(meta: Bytes): Pick<RequestView, 'tag' | 'capabilities'> {
  let requestTag = '';
  const capabilities = new Set<number>();
  const reader = Reader.create(meta);
  const addCapability = (number: number) => {
    if (capabilities.size < MAX_CAPABILITIES) capabilities.add(number);
  };
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag === FIRST) requestTag = reader.string();
    else if (fieldTag === CAPABILITY) addCapability(reader.int32());
    else if (fieldTag === SECOND) {
      const end = payloadEnd(reader);
      while (reader.pos < end) addCapability(reader.int32());
      checkEnd(reader, end);
    } else return false;
    return true;
  });
  return { tag: requestTag, capabilities: capabilities.has(CAPABILITY_CAPABILITIES) ? capabilities : undefined };
}
