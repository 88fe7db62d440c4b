import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/value.ts';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import { Ready } from '../../src/protocol/messages.ts';
import { replaceEntries } from '../../src/protocol/replace-entries.ts';
import { encodeRequest, viewRequest } from '../../src/protocol/request.ts';
import { encodeResponse, type FunctionResponse } from '../../src/protocol/response.ts';
import { decodeStruct, encodeStruct } from '../../src/protocol/struct.ts';
import { WireError } from '../../src/protocol/wire.ts';

const objects = fc.dictionary(
  fc.constantFrom('metadata', 'status', 'data', 'binaryData', '__proto__', ''),
  fc.oneof(fc.string(), fc.integer(), fc.dictionary(fc.string(), fc.string())),
);

describe('replacing properties of an encoded object', () => {
  test('is equivalent to replacing them in the object', () => {
    const property = fc.property(objects, objects, fc.boolean(), (own, values, withStatus) => {
      const replaced: JsonObject = withStatus ? values : { ...values, status: undefined };
      const pieces = replaceEntries(encodeStruct(own), replaced);
      const want = new Map<string, unknown>(Object.entries(own).filter(([key]) => !Object.hasOwn(replaced, key)));
      for (const [key, value] of Object.entries(replaced)) if (value !== undefined) want.set(key, value);
      expect(new Map(Object.entries(decodeStruct(Buffer.concat(pieces))))).toEqual(want);
    });
    fc.assert(property);
  });

  test('keeps the others as views of the same bytes', () => {
    const bytes = encodeStruct({ metadata: { name: 'a' }, data: 'x'.repeat(1_000) });
    const [, data] = replaceEntries(bytes, { metadata: { name: 'b' } });
    expect(data?.buffer).toBe(bytes.buffer);
  });

  test('throws on bytes that are not a Struct', () => {
    expect(() => replaceEntries(Buffer.from([0x0a, 0x7f]), {})).toThrow(WireError);
  });
});

describe('a response with encoded resources', () => {
  const request = viewRequest(
    encodeRequest({
      meta: { tag: 'tag' },
      desired: { resources: { ours: { resource: { old: true } }, theirs: { resource: { kind: 'Theirs' } } } },
      context: { key: 'value' },
    }),
  );
  const response = (resources: FunctionResponse['resources']): FunctionResponse => ({
    resources,
    ttlSeconds: 5,
    compositeStatus: { ready: true },
    results: [{ severity: 3, message: 'done' }],
    conditions: [{ type: 'A', status: 2, reason: 'B' }],
  });

  test('is equivalent to one with resources as objects, and replaces those of earlier steps', () => {
    const property = fc.property(fc.array(objects, { minLength: 1, maxLength: 4 }), (list) => {
      const names = list.map((_, index) => (index === 0 ? 'ours' : `more-${index}`));
      const whole = new Map(list.map((resource, index) => [names[index] ?? '', { resource, ready: Ready.TRUE }]));
      const pieces = new Map(
        list.map((resource, index) => {
          const bytes = encodeStruct(resource);
          const struct = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];
          return [names[index] ?? '', { struct, ready: Ready.TRUE }];
        }),
      );
      expect(decodeResponse(encodeResponse(request, response(pieces)))).toEqual(
        decodeResponse(encodeResponse(request, response(whole))),
      );
    });
    fc.assert(property);
  });
});
