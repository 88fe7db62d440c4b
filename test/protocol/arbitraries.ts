import fc from 'fast-check';
import protobuf from 'protobufjs';
import type { Json } from '../../src/json/value.ts';

/** ASCII names that break maps made of objects, and names that this function uses. */
export const asciiName: fc.Arbitrary<string> = fc.constantFrom(
  '',
  '__proto__',
  'constructor',
  'toString',
  'imagerepo',
  'bundlerepo',
  'a',
);

/** Names of any characters, often one of {@link asciiName}. */
export const name = fc.oneof(
  { weight: 3, arbitrary: asciiName },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
);

/** Short and long strings, of one to four bytes per character. protobufjs decodes up to 39, up to 127 and more characters differently. */
export const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    'status',
    'metadata',
    'é'.repeat(39),
    '😀'.repeat(20),
    'ü'.repeat(64),
    'x'.repeat(127),
    '漢'.repeat(200),
  ),
);

export const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 63), Number.MAX_VALUE, Number.MIN_VALUE),
);

const key = fc.oneof(name, fc.constantFrom('status', 'spec', 'metadata', 'apiVersion', 'kind', 'name'));

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    number,
    text,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map(ownProperties),
  ),
}));

/** JSON objects, both usual and unusual ones. */
export const jsonObject = fc.array(fc.tuple(key, json), { maxLength: 6 }).map(ownProperties);

/** An object with these own properties, including `__proto__`. */
export function ownProperties<T>(entries: readonly (readonly [string, T])[]): { [key: string]: T } {
  return Object.fromEntries(entries);
}

/**
 * Encoded messages of a type with everything the wire format allows: fields in any order and any number of times, defaults written out,
 * numbers packed and not, map entries without key or value or with several, unknown fields, known ones of another wire type.
 */
export function wireMessage(type: protobuf.Type, depth = 5): fc.Arbitrary<Uint8Array> {
  const known = type.fieldsArray.map((field) => wireField(field.resolve(), depth));
  const fields = fc.oneof(...known.map((arbitrary) => ({ arbitrary, weight: 4 })), {
    arbitrary: unknownField,
    weight: 1,
  });
  return fc.array(fields, { maxLength: depth > 0 ? 6 : 2 }).map((chunks) => Buffer.concat(chunks));
}

function wireField(field: protobuf.Field, depth: number): fc.Arbitrary<Uint8Array> {
  if (!(field instanceof protobuf.MapField))
    return valueField(field.id, field.type, field.resolvedType, field.repeated, depth);
  const keys = name.map((text) => delimited(1, Buffer.from(text)));
  const values = valueField(2, field.type, field.resolvedType, false, depth);
  const usual = fc.tuple(keys, values).map((both) => Buffer.concat(both));
  const odd = fc.array(fc.oneof(keys, values, unknownField), { maxLength: 4 }).map((chunks) => Buffer.concat(chunks));
  return fc
    .oneof({ arbitrary: usual, weight: 3 }, { arbitrary: odd, weight: 1 })
    .map((entry) => delimited(field.id, entry));
}

function valueField(
  id: number,
  type: string,
  resolved: protobuf.Type | protobuf.Enum | null,
  repeated: boolean,
  depth: number,
): fc.Arbitrary<Uint8Array> {
  if (resolved instanceof protobuf.Type) {
    if (depth <= 0) return fc.constant(delimited(id, Buffer.alloc(0)));
    return wireMessageLater(resolved, depth - 1).map((bytes) => delimited(id, bytes));
  }
  if (type === 'string') return text.map((value) => delimited(id, Buffer.from(value)));
  if (type === 'bytes') return fc.uint8Array({ maxLength: 8 }).map((value) => delimited(id, value));
  if (type === 'double')
    return number.map((value) =>
      new protobuf.Writer()
        .uint32((id << 3) | 1)
        .double(value)
        .finish(),
    );
  if (type === 'bool')
    return fc.boolean().map((value) =>
      new protobuf.Writer()
        .uint32(id << 3)
        .bool(value)
        .finish(),
    );
  if (type !== 'int64' && type !== 'int32' && !(resolved instanceof protobuf.Enum))
    throw new Error(`no way to make a ${type}`);
  const numbers = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer());
  const single = numbers.map((value) =>
    new protobuf.Writer()
      .uint32(id << 3)
      .int32(value)
      .finish(),
  );
  if (!repeated) return single;
  const packed = fc.array(numbers, { maxLength: 4 }).map((values) =>
    new protobuf.Writer()
      .uint32((id << 3) | 2)
      .int32s(values)
      .finish(),
  );
  return fc.oneof(single, packed);
}

// Message types are recursive (Value, Struct, Value), so each level is created lazily.
function wireMessageLater(type: protobuf.Type, depth: number): fc.Arbitrary<Uint8Array> {
  return fc.constant(null).chain(() => memoized(type, depth));
}

const made = new Map<string, fc.Arbitrary<Uint8Array>>();

function memoized(type: protobuf.Type, depth: number): fc.Arbitrary<Uint8Array> {
  const id = `${type.fullName}/${depth}`;
  const arbitrary = made.get(id) ?? wireMessage(type, depth);
  made.set(id, arbitrary);
  return arbitrary;
}

const UNKNOWN_IDS = [15, 16, 1000, 2 ** 29 - 1];

const plainUnknown = fc.constantFrom(...UNKNOWN_IDS).chain((id) =>
  fc.oneof(
    fc.integer().map((value) =>
      new protobuf.Writer()
        .uint32(id * 8)
        .int32(value)
        .finish(),
    ),
    number.map((value) =>
      new protobuf.Writer()
        .uint32(id * 8 + 1)
        .double(value)
        .finish(),
    ),
    fc.uint8Array({ maxLength: 6 }).map((value) => delimited(id, value)),
    fc.integer().map((value) =>
      new protobuf.Writer()
        .uint32(id * 8 + 5)
        .fixed32(value)
        .finish(),
    ),
  ),
);

const group = fc
  .tuple(fc.constantFrom(...UNKNOWN_IDS), fc.array(plainUnknown, { maxLength: 2 }))
  .map(([id, inner]) =>
    Buffer.concat([
      new protobuf.Writer().uint32(id * 8 + 3).finish(),
      ...inner,
      new protobuf.Writer().uint32(id * 8 + 4).finish(),
    ]),
  );

// A known field number with a wrong wire type: no field of these messages is a fixed32.
const otherWireType = fc.integer({ min: 1, max: 9 }).map((id) =>
  new protobuf.Writer()
    .uint32((id << 3) | 5)
    .fixed32(7)
    .finish(),
);

const unknownField: fc.Arbitrary<Uint8Array> = fc.oneof(plainUnknown, group, otherWireType);

/** A length-delimited field. */
export function delimited(id: number, content: Uint8Array): Uint8Array {
  return new protobuf.Writer()
    .uint32(((id << 3) | 2) >>> 0)
    .bytes(content)
    .finish();
}
