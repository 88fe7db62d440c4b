import { concatBytes } from '../internal/bytes/bytes.ts';
import { isObject, type Json, type JsonObject } from '../json/value.ts';
import { keyFinder, readMapEntry, scanMapEntry } from './map-entry.ts';
import { Capability, type Condition, type Requirements, type Resource, type Result } from './messages.ts';
import { type RequestView, writeMap, writeResource } from './request.ts';
import { decodeValue, decoding, writeStructEntry } from './struct.ts';
import { type Bytes, DELIMITED, payload, Reader, readTag, skipField, tag, VARINT, Writer } from './wire.ts';

/** The function's additions to the desired state, and its results and conditions. Everything else in the request is passed on unchanged. */
export interface FunctionResponse {
  /** The time to live in seconds, with millisecond precision; undefined leaves it to the caller. */
  readonly ttlSeconds?: number | undefined;
  /** Desired composed resources by name. Each replaces a resource of that name from an earlier step. */
  readonly resources: ReadonlyMap<string, Resource>;
  /** The status of the composite, merged over the status that earlier steps desire. */
  readonly compositeStatus?: JsonObject | undefined;
  /** Connection details of the composite, in addition to those of earlier steps. They are sent only together with `compositeStatus`. */
  readonly connectionDetails?: Readonly<Record<string, Bytes>> | undefined;
  readonly results: readonly Result[];
  readonly conditions: readonly Condition[];
  readonly requirements?: Requirements | undefined;
  /** The encoded google.protobuf.Struct of the context for later steps, in pieces; undefined passes on the context of the request. */
  readonly context?: readonly Bytes[] | undefined;
}

/** Identifies the composite, in case no earlier step has created the desired composite. */
export interface CompositeType {
  readonly apiVersion: Json | undefined;
  readonly kind: Json | undefined;
}

const FIRST = tag(1, DELIMITED);
const SECOND = tag(2, DELIMITED);
const META = tag(1, DELIMITED);
const TTL = tag(2, DELIMITED);
const SECONDS = tag(1, VARINT);
const NANOS = tag(2, VARINT);
const DESIRED = tag(2, DELIMITED);
const RESULTS = tag(3, DELIMITED);
const CONTEXT = tag(4, DELIMITED);
const REQUIREMENTS = tag(5, DELIMITED);
const CONDITIONS = tag(6, DELIMITED);

/**
 * Encodes the RunFunctionResponse to `request`. The desired state and the context of the request are copied as bytes, except for the
 * composed resources that the response replaces and the composite's status if the response adds to it. Throws {@link WireError} if the
 * desired state cannot be decoded.
 */
export function encodeResponse(request: RequestView, response: FunctionResponse, composite?: CompositeType): Bytes {
  const views: [name: string, resource: Resource][] = [];
  for (const [name, resource] of response.resources) if (resource.struct !== undefined) views.push([name, resource]);
  const writer = writeMeta(Writer.create(), request.tag, response.ttlSeconds);
  if (views.length === 0) {
    writer.uint32(DESIRED).fork();
    decoding('State', () => writeDesired(writer, request.desired, response, composite)).ldelim();
    return writeRest(writer, request, response).finish(true);
  }
  // A writer would copy large content whenever it grows, and once for each enclosing message.
  const state = decoding('State', () => writeDesired(Writer.create(), request.desired, response, composite));
  const entries = views.flatMap(([name, resource]) => entryPieces(name, resource));
  writer
    .uint32(DESIRED)
    .uint32(state.pos + lengthOf(entries))
    .raw(state.finish(true));
  return concatBytes([writer.finish(true), ...entries, writeRest(Writer.create(), request, response).finish(true)]);
}

function writeRest(writer: Writer, request: RequestView, response: FunctionResponse): Writer {
  for (const result of response.results) writeResult(writer.uint32(RESULTS).fork(), result).ldelim();
  const context = response.context ?? (request.context && [request.context]);
  if (context) writer.uint32(CONTEXT).uint32(lengthOf(context));
  for (const piece of context ?? []) writer.raw(piece);
  if (response.requirements) writer.uint32(REQUIREMENTS).bytes(encodeRequirements(response.requirements));
  // A caller that reports its capabilities without conditions does not read them.
  if (request.capabilities?.has(Capability.CONDITIONS) !== false) {
    for (const condition of response.conditions) {
      writeCondition(writer.uint32(CONDITIONS).fork(), condition).ldelim();
    }
  }
  return writer;
}

/** Encodes the map entry of a composed resource whose object is already encoded, in pieces. */
function entryPieces(name: string, { struct = [], ...rest }: Resource): Bytes[] {
  const size = lengthOf(struct);
  const others = writeResource(Writer.create(), rest).finish();
  const structHead = Writer.create().uint32(FIRST).uint32(size).finish();
  const valueSize = structHead.length + size + others.length;
  const key = Writer.create().uint32(FIRST).string(name).uint32(SECOND).uint32(valueSize).finish();
  const head = Writer.create()
    .uint32(SECOND)
    .uint32(key.length + valueSize)
    .finish();
  return [head, key, structHead, ...struct, others];
}

function lengthOf(pieces: readonly Bytes[]): number {
  return pieces.reduce((total, { length }) => total + length, 0);
}

function writeDesired(
  writer: Writer,
  earlier: Bytes,
  response: FunctionResponse,
  compositeType: CompositeType | undefined,
): Writer {
  if (response.resources.size === 0 && response.compositeStatus === undefined) return writer.raw(earlier);
  const keyOf = keyFinder([...response.resources.keys()]);
  const composite: Bytes[] = [];
  let kept = 0;
  const reader = Reader.create(earlier);
  const at = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const fieldTag = readTag(reader);
    let drop = false;
    if (fieldTag === FIRST && response.compositeStatus !== undefined) {
      composite.push(payload(reader, earlier));
      drop = true;
    } else if (fieldTag === SECOND) {
      const entryAt = reader.pos;
      if (scanMapEntry(reader, at)) drop = keyOf(earlier, at) !== undefined;
      else {
        reader.pos = entryAt;
        drop = response.resources.has(readMapEntry(payload(reader, earlier))[0]);
      }
    } else skipField(reader, fieldTag);
    if (drop) {
      writer.raw(earlier.subarray(kept, start));
      kept = reader.pos;
    }
  }
  writer.raw(kept === 0 ? earlier : earlier.subarray(kept));
  if (response.compositeStatus !== undefined) {
    writeComposite(writer.uint32(FIRST).fork(), join(composite), response.compositeStatus, compositeType);
    writeMap(writer, SECOND, response.connectionDetails, (value) => value).ldelim();
  }
  for (const [name, resource] of response.resources) {
    if (resource.struct !== undefined) continue;
    writer.uint32(SECOND).fork().uint32(FIRST).string(name).uint32(SECOND).fork();
    writeResource(writer, resource).ldelim().ldelim();
  }
  return writer;
}

/** Writes the encoded Resource `composite` with `status` merged over its status. All other fields are unchanged. */
function writeComposite(
  writer: Writer,
  composite: Bytes,
  status: JsonObject,
  compositeType: CompositeType | undefined,
): Writer {
  const struct: Bytes[] = [];
  const others: Bytes[] = [];
  const reader = Reader.create(composite);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const fieldTag = readTag(reader);
    if (fieldTag === FIRST) struct.push(payload(reader, composite));
    else {
      skipField(reader, fieldTag);
      others.push(composite.subarray(start, reader.pos));
    }
  }
  writeStructWithStatus(writer.uint32(FIRST).fork(), join(struct), status, compositeType).ldelim();
  for (const other of others) writer.raw(other);
  return writer;
}

function writeStructWithStatus(
  writer: Writer,
  struct: Bytes,
  status: JsonObject,
  compositeType: CompositeType | undefined,
): Writer {
  let earlierStatus: Json | undefined;
  let kept = 0;
  const reader = Reader.create(struct);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const fieldTag = readTag(reader);
    if (fieldTag !== FIRST) {
      skipField(reader, fieldTag);
      continue;
    }
    const [key, value] = readMapEntry(payload(reader, struct));
    if (key !== 'status') continue;
    earlierStatus = decodeValue(value);
    writer.raw(struct.subarray(kept, start));
    kept = reader.pos;
  }
  writer.raw(kept === 0 ? struct : struct.subarray(kept));
  if (struct.length === 0) {
    if (compositeType?.apiVersion !== undefined) writeStructEntry(writer, 'apiVersion', compositeType.apiVersion);
    if (compositeType?.kind !== undefined) writeStructEntry(writer, 'kind', compositeType.kind);
  }
  return writeStructEntry(writer, 'status', mergeObjects(earlierStatus, status));
}

function join(parts: readonly Bytes[]): Bytes {
  return parts.length === 1 && parts[0] ? parts[0] : concatBytes(parts);
}

/** Merges `over` into `under`, object by object; lists and scalars of `over` take precedence, and undefined values in it are ignored. */
export function mergeObjects(under: Json | undefined, over: JsonObject): JsonObject {
  if (!isObject(under)) return over;
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    if (value !== undefined) merged.set(key, isObject(value) ? mergeObjects(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}

function writeMeta(writer: Writer, requestTag: string, ttlSeconds: number | undefined): Writer {
  writer.uint32(META).fork();
  if (requestTag) writer.uint32(FIRST).string(requestTag);
  if (ttlSeconds !== undefined) {
    const milliseconds = Math.round(ttlSeconds * 1e3);
    const seconds = Math.floor(milliseconds / 1e3);
    const nanos = (milliseconds % 1e3) * 1e6;
    writer.uint32(TTL).fork();
    if (seconds > 0) writer.uint32(SECONDS).int64(seconds);
    if (nanos > 0) writer.uint32(NANOS).int32(nanos);
    writer.ldelim();
  }
  return writer.ldelim();
}

function writeResult(writer: Writer, result: Result): Writer {
  if (result.severity) writer.uint32(tag(1, VARINT)).int32(result.severity);
  if (result.message) writer.uint32(tag(2, DELIMITED)).string(result.message.toWellFormed());
  if (result.reason !== undefined) writer.uint32(tag(3, DELIMITED)).string(result.reason);
  if (result.target !== undefined) writer.uint32(tag(4, VARINT)).int32(result.target);
  return writer;
}

function writeCondition(writer: Writer, condition: Condition): Writer {
  if (condition.type) writer.uint32(tag(1, DELIMITED)).string(condition.type);
  if (condition.status) writer.uint32(tag(2, VARINT)).int32(condition.status);
  if (condition.reason) writer.uint32(tag(3, DELIMITED)).string(condition.reason);
  if (condition.message !== undefined) writer.uint32(tag(4, DELIMITED)).string(condition.message.toWellFormed());
  if (condition.target !== undefined) writer.uint32(tag(5, VARINT)).int32(condition.target);
  return writer;
}

function encodeRequirements(requirements: Requirements): Bytes {
  const writer = Writer.create();
  writeMap(writer, FIRST, requirements.extraResources, encodeSelector);
  writeMap(writer, SECOND, requirements.resources, encodeSelector);
  writeMap(writer, tag(3, DELIMITED), requirements.schemas, (schema) =>
    Writer.create().uint32(FIRST).string(schema.apiVersion).uint32(SECOND).string(schema.kind).finish(),
  );
  return writer.finish();
}

function encodeSelector(selector: NonNullable<Requirements['resources']>[string]): Bytes {
  const writer = Writer.create();
  if (selector.apiVersion) writer.uint32(FIRST).string(selector.apiVersion);
  if (selector.kind) writer.uint32(SECOND).string(selector.kind);
  if (selector.matchName !== undefined) writer.uint32(tag(3, DELIMITED)).string(selector.matchName);
  else if (selector.matchLabels) {
    writer.uint32(tag(4, DELIMITED)).fork();
    for (const [key, value] of Object.entries(selector.matchLabels)) {
      writer.uint32(FIRST).fork().uint32(FIRST).string(key).uint32(SECOND).string(value).ldelim();
    }
    writer.ldelim();
  }
  if (selector.namespace !== undefined) writer.uint32(tag(5, DELIMITED)).string(selector.namespace);
  return writer.finish();
}
