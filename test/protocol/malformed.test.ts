import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFunction } from '../../src/function/function.ts';
import { decodeResponse, decodeState } from '../../src/protocol/caller/decode-response.ts';
import { composedResourcesOf, compositeOf, itemsOf, viewRequest } from '../../src/protocol/request.ts';
import { encodeResponse } from '../../src/protocol/response.ts';
import { decodeStruct, decodeValue, projection } from '../../src/protocol/struct.ts';
import { type Bytes, WireError } from '../../src/protocol/wire.ts';
import { delimited, wireMessage } from './arbitraries.ts';
import { jsonOfStruct, messageType, Struct } from './reflection.ts';

const Request = messageType('RunFunctionRequest');

const RESPONSE = {
  resources: new Map([['imagerepo', { resource: { a: 1 } }]]),
  compositeStatus: { a: 1 },
  results: [],
  conditions: [],
};

const readers: Record<string, (bytes: Bytes) => unknown> = {
  decodeStruct,
  'decodeStruct with a projection': (bytes) => decodeStruct(bytes, projection({ a: { a: true }, status: true })),
  decodeValue,
  compositeOf,
  composedResourcesOf: (bytes) => composedResourcesOf(bytes, ['a', 'imagerepo']),
  itemsOf,
  decodeState,
  decodeResponse,
  viewRequest,
  encodeResponse: (bytes) => encodeResponse(viewRequest(bytes), RESPONSE),
};

/** The result of a reader for the bytes; an error other than WireError fails the test. */
function outcome(read: (bytes: Bytes) => unknown, bytes: Bytes): unknown {
  try {
    return { value: read(bytes) };
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

const mutated = fc
  .tuple(wireMessage(Request), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }))
  .map(([bytes, changes]) => {
    const copy = Buffer.from(bytes);
    for (const [position, byte] of changes) if (copy.length > 0) copy[position % copy.length] = byte;
    return copy;
  });

describe('malformed bytes result in a WireError or a value, not in another error', () => {
  for (const [name, read] of Object.entries(readers)) {
    test(name, () => {
      const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 64 }), mutated);
      fc.assert(
        fc.property(anyBytes, (bytes) => outcome(read, bytes) !== undefined),
        { numRuns: 500 },
      );
    });
  }

  test('the function as a whole', async () => {
    const run = createFunction();
    await fc.assert(
      fc.asyncProperty(mutated, async (bytes) => {
        await run(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(WireError));
      }),
      { numRuns: 500 },
    );
  });
});

test('a truncated Struct is refused exactly when protobufjs refuses it', () => {
  fc.assert(
    fc.property(wireMessage(Struct), (bytes) => {
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.subarray(0, length);
        expect(outcome(decodeStruct, cut)).toEqual(reflected(cut));
      }
    }),
    { numRuns: 40 },
  );
});

test('a modified Struct is read as protobufjs reads it, and not refused if protobufjs accepts it', () => {
  const changed = fc.tuple(wireMessage(Struct), fc.nat(), fc.nat(255)).map(([bytes, position, byte]) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[position % copy.length] = byte;
    return copy;
  });
  fc.assert(
    fc.property(changed, (bytes) => {
      const wanted = reflected(bytes);
      const read = outcome(decodeStruct, bytes);
      // protobufjs decodes members of a oneof that a later one replaces, and may refuse those; decodeStruct ignores them.
      if (typeof wanted === 'object') expect(read).toEqual(wanted);
    }),
    { numRuns: 2000 },
  );
});

/** The result of protobufjs for an encoded Struct, in the form of `outcome`. It validates text, which the receiver does here. */
function reflected(bytes: Bytes): unknown {
  try {
    return { value: jsonOfStruct(Struct.decode(bytes)) };
  } catch (error) {
    const noText = error instanceof Error && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
    return noText ? 'NO_UTF8' : 'MALFORMED';
  }
}

const varint = (...bytes: number[]) => Buffer.from(bytes);
const ENDLESS = varint(...Array<number>(10).fill(0xff), 1);

describe('a request is refused', () => {
  for (const { name, bytes } of [
    { name: 'that ends in a tag', bytes: varint(0x80) },
    { name: 'whose tag is longer than ten bytes', bytes: ENDLESS },
    { name: 'whose tag has more than 32 bits', bytes: varint(0x8a, 0x80, 0x80, 0x80, 0x10, 0) },
    { name: 'with field number 0', bytes: varint(0x02, 0) },
    { name: 'with wire type 6', bytes: varint(0x0e, 0) },
    { name: 'with wire type 7', bytes: varint(0x0f, 0) },
    { name: 'with an end of a group without a start', bytes: varint(0x0c) },
    { name: 'with an unterminated group', bytes: varint(0x7b) },
    { name: 'with a group that is ended by another field number', bytes: varint(0x7b, 0x74) },
    { name: 'with deeply nested groups', bytes: Buffer.alloc(100_000, 0x7b) },
    { name: 'with a length beyond the end', bytes: varint(0x0a, 5, 1) },
    { name: 'with a length of 2^31', bytes: varint(0x0a, 0x80, 0x80, 0x80, 0x80, 0x08) },
    { name: 'with a length of 2^32 + 1', bytes: varint(0x0a, 0x81, 0x80, 0x80, 0x80, 0x10, 0) },
    { name: 'with a length of -1', bytes: varint(0x0a, ...Array<number>(9).fill(0xff), 1) },
    { name: 'with a length longer than ten bytes', bytes: Buffer.concat([varint(0x0a), ENDLESS]) },
    { name: 'with a number longer than ten bytes', bytes: delimited(1, Buffer.concat([varint(0x10), ENDLESS])) },
    { name: 'with a truncated fixed32', bytes: varint(0x7d, 0, 0, 0) },
    { name: 'with a truncated fixed64', bytes: varint(0x79, 0, 0, 0, 0, 0, 0, 0) },
    { name: 'with packed numbers that end beyond their field', bytes: delimited(1, varint(0x12, 1, 0x80, 0)) },
    { name: 'with packed numbers that end beyond the message', bytes: delimited(1, varint(0x12, 5, 1)) },
    { name: 'with a field that ends beyond its message', bytes: varint(0x0a, 2, 0x0a, 1, 0x50, 0) },
    { name: 'with a map entry that ends beyond its field', bytes: varint(0x42, 2, 0x0a, 1, 0x50, 0) },
  ]) {
    test(name, () => {
      expect(() => viewRequest(bytes)).toThrow(expect.objectContaining({ name: 'WireError', code: 'MALFORMED' }));
    });
  }
});

describe('the function refuses', () => {
  const broken = varint(0x0a, 5);
  for (const { name, bytes } of [
    { name: 'a broken observed state', bytes: delimited(2, broken) },
    { name: 'a broken observed composite', bytes: delimited(2, delimited(1, broken)) },
    { name: 'a broken observed object', bytes: delimited(2, delimited(1, delimited(1, broken))) },
    { name: 'a broken input', bytes: delimited(4, broken) },
  ]) {
    test(name, async () => {
      await expect(createFunction()(bytes)).rejects.toThrow(WireError);
    });
  }

  for (const { name, bytes } of [
    { name: 'a broken desired state', bytes: delimited(3, broken) },
    { name: 'a broken desired composite', bytes: delimited(3, delimited(1, broken)) },
    { name: 'a broken desired object', bytes: delimited(3, delimited(1, delimited(1, broken))) },
    { name: 'a broken entry of desired resources', bytes: delimited(3, delimited(2, broken)) },
  ]) {
    test(`${name}, when it changes it`, () => {
      expect(() => encodeResponse(viewRequest(bytes), RESPONSE)).toThrow(WireError);
    });
  }
});

describe('time is linear in the size of a request', () => {
  const unknown = Buffer.from([0x50, 1]);
  const many = (field: Uint8Array) => Buffer.concat(Array<Uint8Array>(300_000).fill(field));
  for (const { name, bytes } of [
    { name: 'a desired state in many parts', bytes: many(delimited(3, unknown)) },
    { name: 'a desired composite in many parts', bytes: delimited(3, many(delimited(1, unknown))) },
    { name: 'a desired object in many parts', bytes: delimited(3, delimited(1, many(delimited(1, unknown)))) },
    { name: 'an observed composite in many parts', bytes: delimited(2, many(delimited(1, unknown))) },
    { name: 'an observed object in many parts', bytes: delimited(2, delimited(1, many(delimited(1, unknown)))) },
    { name: 'a required resource in many parts', bytes: delimited(8, many(delimited(2, unknown))) },
    { name: 'a desired resource in many parts', bytes: delimited(3, many(delimited(2, unknown))) },
    { name: 'an entry of an object in many parts', bytes: delimited(4, delimited(1, many(delimited(2, unknown)))) },
    { name: 'a value in many parts', bytes: delimited(4, delimited(1, delimited(2, many(delimited(5, unknown))))) },
  ]) {
    test(name, () => {
      const view = viewRequest(bytes);
      compositeOf(view.observed);
      if (view.input) decodeStruct(view.input);
      expect(encodeResponse(view, RESPONSE).length).toBeGreaterThan(0);
    });
  }
});
