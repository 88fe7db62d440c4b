import { concatBytes, utf8Text } from '../../internal/bytes/bytes.ts';
import { readMapEntry } from '../map-entry.ts';
import type {
  Condition,
  Requirements,
  Resource,
  ResourceSelector,
  Result,
  RunFunctionResponse,
  SchemaSelector,
  State,
} from '../messages.ts';
import { decodeStruct, decoding } from '../struct.ts';
import { type Bytes, DELIMITED, messageField, payload, Reader, readFields, tag, VARINT } from '../wire.ts';

const FIRST = tag(1, DELIMITED);
const SECOND = tag(2, DELIMITED);
const THIRD = tag(3, DELIMITED);
const FOURTH = tag(4, DELIMITED);
const FIFTH = tag(5, DELIMITED);
const SIXTH = tag(6, DELIMITED);
const SEVENTH = tag(7, DELIMITED);
const READY = tag(3, VARINT);

const EMPTY = new Uint8Array(0);

/** Decodes a complete RunFunctionResponse, for programs that call functions. Throws {@link WireError} for invalid bytes. */
export function decodeResponse(bytes: Bytes): RunFunctionResponse {
  return decoding('RunFunctionResponse', () => {
    const results: Result[] = [];
    const conditions: Condition[] = [];
    each(bytes, {
      [THIRD]: (value) => results.push(decodeResult(value)),
      [SIXTH]: (value) => conditions.push(decodeCondition(value)),
    });
    const context = messageField(bytes, FOURTH);
    const output = messageField(bytes, SEVENTH);
    return {
      meta: decodeMeta(messageField(bytes, FIRST) ?? EMPTY),
      desired: decodeState(messageField(bytes, SECOND) ?? EMPTY),
      results,
      requirements: decodeRequirements(messageField(bytes, FIFTH) ?? EMPTY),
      conditions,
      ...(context && { context: decodeStruct(context) }),
      ...(output && { output: decodeStruct(output) }),
    };
  });
}

/** Decodes a complete State. Throws {@link WireError} for invalid bytes. */
export function decodeState(bytes: Bytes): State {
  return decoding('State', () => {
    const resources = decodeMap(bytes, SECOND, decodeResource);
    const composite = messageField(bytes, FIRST);
    return composite ? { resources, composite: decodeResource(composite) } : { resources };
  });
}

function decodeResource(bytes: Bytes): Resource {
  const connectionDetails: [string, Bytes][] = [];
  let ready = 0;
  const reader = Reader.create(bytes);
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag === SECOND) connectionDetails.push(readMapEntry(payload(reader, bytes), 'bytes'));
    else if (fieldTag === READY) ready = reader.int32();
    else return false;
    return true;
  });
  const struct = messageField(bytes, FIRST);
  return {
    connectionDetails: Object.fromEntries(connectionDetails),
    ready,
    ...(struct && { resource: decodeStruct(struct) }),
  };
}

function decodeMeta(bytes: Bytes): RunFunctionResponse['meta'] {
  let responseTag = '';
  each(bytes, {
    [FIRST]: (value) => {
      responseTag = utf8Text(value);
    },
  });
  const ttl = messageField(bytes, SECOND);
  return ttl ? { tag: responseTag, ttlSeconds: decodeDuration(ttl) } : { tag: responseTag };
}

function decodeDuration(bytes: Bytes): number {
  let seconds = 0;
  let nanos = 0;
  const reader = Reader.create(bytes);
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag === tag(1, VARINT)) seconds = Number(reader.int64());
    else if (fieldTag === tag(2, VARINT)) nanos = reader.int32();
    else return false;
    return true;
  });
  return seconds + nanos / 1e9;
}

function decodeResult(bytes: Bytes): Result {
  const result: Writable<Result> = { severity: 0, message: '' };
  const reader = Reader.create(bytes);
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag === tag(1, VARINT)) result.severity = reader.int32();
    else if (fieldTag === SECOND) result.message = reader.string();
    else if (fieldTag === THIRD) result.reason = reader.string();
    else if (fieldTag === tag(4, VARINT)) result.target = reader.int32();
    else return false;
    return true;
  });
  return result;
}

function decodeCondition(bytes: Bytes): Condition {
  const condition: Writable<Condition> = { type: '', status: 0, reason: '' };
  const reader = Reader.create(bytes);
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag === FIRST) condition.type = reader.string();
    else if (fieldTag === tag(2, VARINT)) condition.status = reader.int32();
    else if (fieldTag === THIRD) condition.reason = reader.string();
    else if (fieldTag === FOURTH) condition.message = reader.string();
    else if (fieldTag === tag(5, VARINT)) condition.target = reader.int32();
    else return false;
    return true;
  });
  return condition;
}

function decodeRequirements(bytes: Bytes): Requirements {
  return {
    extraResources: decodeMap(bytes, FIRST, decodeSelector),
    resources: decodeMap(bytes, SECOND, decodeSelector),
    schemas: decodeMap(bytes, THIRD, decodeSchemaSelector),
  };
}

function decodeSchemaSelector(bytes: Bytes): SchemaSelector {
  const { apiVersion, kind } = decodeSelector(bytes);
  return { apiVersion, kind };
}

function decodeSelector(bytes: Bytes): ResourceSelector {
  const selector: Writable<ResourceSelector> = { apiVersion: '', kind: '' };
  // The two ways to match are a oneof: a later one replaces an earlier one, and consecutive labels are merged.
  let labels: Bytes[] = [];
  each(bytes, {
    [FIRST]: (value) => {
      selector.apiVersion = utf8Text(value);
    },
    [SECOND]: (value) => {
      selector.kind = utf8Text(value);
    },
    [THIRD]: (value) => {
      selector.matchName = utf8Text(value);
      labels = [];
    },
    [FOURTH]: (value) => {
      delete selector.matchName;
      labels.push(value);
    },
    [FIFTH]: (value) => {
      selector.namespace = utf8Text(value);
    },
  });
  if (labels.length > 0) selector.matchLabels = decodeLabels(concatBytes(labels));
  return selector;
}

function decodeLabels(bytes: Bytes): Record<string, string> {
  const labels: [string, string][] = [];
  each(bytes, {
    [FIRST]: (entry) => {
      const [key, value] = readMapEntry(entry, 'bytes');
      labels.push([key, utf8Text(value)]);
    },
  });
  return Object.fromEntries(labels);
}

/** Decodes a map field with string keys and message values. */
function decodeMap<T>(bytes: Bytes, field: number, decode: (value: Bytes) => T): Record<string, T> {
  const entries: [string, T][] = [];
  each(bytes, {
    [field]: (entry) => {
      const [key, value] = readMapEntry(entry);
      entries.push([key, decode(value)]);
    },
  });
  return Object.fromEntries(entries);
}

/** Passes each length-delimited field of a message to the visitor of its tag. */
function each(bytes: Bytes, visitors: Readonly<Record<number, (value: Bytes) => void>>): void {
  const reader = Reader.create(bytes);
  readFields(reader, reader.len, (fieldTag) => {
    const visit = visitors[fieldTag];
    if (!visit) return false;
    visit(payload(reader, bytes));
    return true;
  });
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
