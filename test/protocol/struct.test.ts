import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/json/value.ts';
import {
  decodeStruct,
  decodeValue,
  encodeStruct,
  MAX_STRUCT_DEPTH,
  type Properties,
  projection,
} from '../../src/protocol/struct.ts';
import { delimited, jsonObject, ownProperties, wireMessage } from './arbitraries.ts';
import { encodePlain, jsonOfStruct, Struct, setOwn, structOfJson, Value } from './reflection.ts';

describe('decodeStruct', () => {
  test('reads any encoding of a Struct as protobufjs does', () => {
    fc.assert(
      fc.property(wireMessage(Struct), (bytes) => {
        expect(decodeStruct(bytes)).toEqual(jsonOfStruct(Struct.decode(bytes)));
      }),
      { numRuns: 1000 },
    );
  });

  test('reads the output of protobufjs', () => {
    fc.assert(
      fc.property(jsonObject, (object) => {
        expect(decodeStruct(encodePlain(Struct, structOfJson(object)))).toEqual(object);
      }),
    );
  });

  test('reads a Buffer and a Uint8Array in the same way', () => {
    fc.assert(
      fc.property(wireMessage(Struct), (bytes) => {
        expect(decodeStruct(Uint8Array.from(bytes))).toEqual(decodeStruct(Buffer.from(bytes)));
      }),
    );
  });

  test('a projection returns a part of the whole', () => {
    fc.assert(
      fc.property(wireMessage(Struct), properties, (bytes, wanted) => {
        expect(decodeStruct(bytes, projection(wanted))).toEqual(project(decodeStruct(bytes), wanted));
      }),
      { numRuns: 1000 },
    );
  });
});

test('encodeStruct writes a Struct that protobufjs reads as the same object', () => {
  fc.assert(
    fc.property(jsonObject, (object) => {
      expect(jsonOfStruct(Struct.decode(encodeStruct(object)))).toEqual(object);
    }),
    { numRuns: 500 },
  );
});

for (const { name, object } of [
  { name: 'the empty object', object: {} },
  { name: 'an empty key', object: { '': '' } },
  {
    name: 'keys that objects inherit',
    object: ownProperties([...['__proto__', 'toString'].map((key) => [key, { a: 1 }] as const)]),
  },
  { name: 'numbers at the limits of their range', object: { a: [Number.MAX_VALUE, 5e-324, -0, 0, 2 ** 53, 1e300] } },
  { name: 'numbers that JSON does not support', object: { a: [Number.NaN, Infinity, -Infinity] } },
  { name: 'characters of one to four bytes', object: { 'aé漢😀': 'aé漢😀\u0000' } },
  { name: 'empty lists and objects within each other', object: { a: [[], {}, [[{}]]] } },
]) {
  test(`a Struct keeps ${name}`, () => {
    const decoded = decodeStruct(encodeStruct(object));
    expect(decoded).toEqual(object);
    expect(Object.keys(decoded)).toEqual(Object.keys(object));
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });
}

test('an undefined property is omitted', () => {
  expect(encodeStruct({ a: undefined })).toHaveLength(0);
});

for (const length of [1, 39, 40, 127, 128, 5000]) {
  test(`half a surrogate pair at the end of ${length} characters becomes a replacement character`, () => {
    const object = { key: `${'x'.repeat(length - 1)}\ud83d`, [`${'x'.repeat(length - 1)}\ude00`]: 1 };
    const { fields } = Struct.toObject(Struct.decode(encodeStruct(object)));
    expect(fields.key.stringValue).toBe(`${'x'.repeat(length - 1)}\ufffd`);
    expect(Object.keys(fields)).toContain(`${'x'.repeat(length - 1)}\ufffd`);
  });
}

describe('nesting', () => {
  for (const { depth, kind } of [
    { depth: MAX_STRUCT_DEPTH, kind: 'object' },
    { depth: MAX_STRUCT_DEPTH, kind: 'list' },
  ]) {
    test(`${depth} levels of ${kind}s are accepted, one more is refused`, () => {
      expect(depthOf(decodeStruct(encodeStruct(nested(depth, kind))))).toBe(depth);
      expect(() => decodeStruct(encodeStruct(nested(depth + 1, kind)))).toThrow(
        expect.objectContaining({ name: 'WireError', code: 'TOO_DEEP' }),
      );
    });
  }

  test('over the limit is refused, without a stack overflow', () => {
    let value: Uint8Array = Buffer.alloc(0);
    for (let level = 0; level < 5_000; level++) value = delimited(5, delimited(1, delimited(2, value)));
    const tooDeep = expect.objectContaining({ name: 'WireError', code: 'TOO_DEEP' });
    expect(() => decodeValue(value)).toThrow(tooDeep);
    expect(() => decodeStruct(delimited(1, delimited(2, value)))).toThrow(tooDeep);
    expect(() => decodeStruct(delimited(1, delimited(2, value)), projection({ '': { '': true } }))).toThrow(tooDeep);
    expect(decodeStruct(delimited(1, delimited(2, value)), projection({ other: true }))).toEqual({});
  });
});

test('a Value without a kind is null', () => {
  expect(decodeValue(Buffer.alloc(0))).toBeNull();
  expect(decodeStruct(encodePlain(Struct, { fields: { a: {} } }))).toEqual({ a: null });
});

test('decodeValue reads the output of protobufjs', () => {
  expect(decodeValue(encodePlain(Value, { listValue: { values: [{ boolValue: true }] } }))).toEqual([true]);
});

const { properties } = fc.letrec<{ properties: Properties; part: true | Properties }>((tie) => ({
  properties: fc.dictionary(
    fc.constantFrom('a', 'status', 'spec', 'metadata', 'kind', 'name', 'toString', 'imagerepo'),
    tie('part'),
    { maxKeys: 4, noNullPrototype: true },
  ),
  part: fc.oneof({ maxDepth: 3 }, fc.constant(true as const), tie('properties')),
}));

function project(value: Json | undefined, part: true | Properties): Json | undefined {
  if (part === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => project(item, part) ?? null);
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const wanted = Object.hasOwn(part, key) ? part[key] : undefined;
    if (wanted !== undefined) setOwn(result, key, project(child, wanted));
  }
  return result;
}

function nested(depth: number, kind: string): JsonObject {
  let value: Json = kind === 'list' ? [] : {};
  for (let level = 2; level < depth; level++) value = kind === 'list' ? [value] : { a: value };
  return { a: value };
}

function depthOf(value: Json | undefined): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
