import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/json/value.ts';
import { encodeRequest, viewRequest } from '../../src/protocol/request.ts';
import { encodeResponse, type FunctionResponse, mergeObjects } from '../../src/protocol/response.ts';
import { delimited, jsonObject, ownProperties, wireMessage } from './arbitraries.ts';
import { functionResponseModel } from './models.ts';
import {
  decodePlain,
  encodePlain,
  fieldOf,
  jsonOfStruct,
  mapOf,
  messageType,
  type Plain,
  plain,
  structOfJson,
  unknownsOf,
} from './reflection.ts';

const Request = messageType('RunFunctionRequest');
const Response = messageType('RunFunctionResponse');
const StateType = messageType('State');
const ResourceType = messageType('Resource');

const NOTHING: FunctionResponse = { resources: new Map(), results: [], conditions: [] };
const TYPE = { apiVersion: 'example.org/v1', kind: 'X' };

describe('encodeResponse', () => {
  test('copies desired state and context byte for byte when the function adds nothing', () => {
    fc.assert(
      fc.property(wireMessage(StateType), wireMessage(messageType('google.protobuf.Struct')), (state, context) => {
        const response = encodeResponse(
          viewRequest(Buffer.concat([delimited(3, state), delimited(5, context)])),
          NOTHING,
        );
        expect(Buffer.from(response)).toEqual(
          Buffer.concat([delimited(1, Buffer.alloc(0)), delimited(2, state), delimited(4, context)]),
        );
      }),
    );
  });

  test('omits the context when the request has none', () => {
    expect(decodePlain(Response, encodeResponse(viewRequest(Buffer.alloc(0)), NOTHING))).toEqual({
      meta: {},
      desired: {},
    });
  });

  test("adds the function's response to any request, and keeps the rest as protobufjs reads it", () => {
    fc.assert(
      fc.property(wireMessage(Request), functionResponseModel, (bytes, response) => {
        const request = Request.decode(bytes);
        const answer = Response.decode(encodeResponse(viewRequest(bytes), response, TYPE));
        const desired = fieldOf(answer, 'desired') ?? {};
        const earlier = fieldOf(request, 'desired') ?? {};

        const resources = new Map(
          mapOf(earlier, 'resources').map(([name, value]) => [name, plain(ResourceType, value)]),
        );
        for (const [name, { resource, connectionDetails, ready }] of response.resources) {
          const same = {
            ...(resource && { resource: structOfJson(resource) }),
            connectionDetails: { ...connectionDetails },
            ready,
          };
          resources.set(name, decodePlain(ResourceType, encodePlain(ResourceType, same)));
        }
        expect(new Map(mapOf(desired, 'resources').map(([name, value]) => [name, plain(ResourceType, value)]))).toEqual(
          resources,
        );
        expect(unknownsOf(desired)).toEqual(unknownsOf(earlier));
        expectComposite(fieldOf(desired, 'composite'), fieldOf(earlier, 'composite'), response.compositeStatus);
        expect(contextOf(answer)).toEqual(contextOf(request));
      }),
      { numRuns: 500 },
    );
  });

  test('writes results, conditions, requirements and tag as protobufjs reads them', () => {
    fc.assert(
      fc.property(functionResponseModel, fc.string({ unit: 'grapheme' }), (response, tag) => {
        const encoded = encodeResponse(viewRequest(encodeRequest({ meta: { tag } })), response);
        const { meta, results, conditions, requirements } = decodePlain(Response, encoded);
        const { requirements: asked } = response;
        const wanted = {
          meta: { tag },
          results: response.results,
          conditions: response.conditions,
          ...(asked && {
            requirements: {
              extraResources: selectors(asked.extraResources),
              resources: selectors(asked.resources),
              schemas: { ...asked.schemas },
            },
          }),
        };
        expect({ meta: { ...Object(meta), ttl: undefined }, results, conditions, requirements }).toEqual(
          decodePlain(Response, encodePlain(Response, wanted)),
        );
      }),
      { numRuns: 500 },
    );
  });
});

test('a resource replaces all entries of its name from earlier steps, in any encoding', () => {
  const name = delimited(1, Buffer.from('imagerepo'));
  const value = delimited(2, delimited(9, Buffer.from('earlier')));
  const entry = (...parts: Uint8Array[]) => delimited(2, Buffer.concat(parts));
  const earlier = [
    entry(name, value),
    entry(value, name),
    entry(delimited(1, Buffer.from('other')), name, value),
    entry(value, value, name),
    entry(name),
  ];
  const response = { ...NOTHING, resources: new Map([['imagerepo', { ready: 1 }]]) };
  const request = viewRequest(delimited(3, Buffer.concat(earlier)));
  expect(Buffer.from(encodeResponse(request, response)).includes('earlier')).toBe(false);
  expect(decodePlain(Response, encodeResponse(request, response)).desired).toEqual({
    resources: { imagerepo: { ready: 1 } },
  });
});

describe('ttl', () => {
  for (const { ttlSeconds, want, reason } of [
    { ttlSeconds: undefined, want: undefined, reason: "omitted for the caller's default" },
    { ttlSeconds: 0, want: {}, reason: 'zero is written' },
    { ttlSeconds: 60, want: { seconds: '60' }, reason: 'whole seconds' },
    { ttlSeconds: 1.5, want: { seconds: '1', nanos: 500_000_000 }, reason: 'fractions of a second' },
    { ttlSeconds: 0.9999999999, want: { seconds: '1' }, reason: 'nanos are less than a second' },
    { ttlSeconds: 5e9, want: { seconds: '5000000000' }, reason: 'more than 32 bits' },
  ]) {
    test(`of ${ttlSeconds} seconds: ${reason}`, () => {
      const encoded = encodeResponse(viewRequest(Buffer.alloc(0)), { ...NOTHING, ttlSeconds });
      expect(decodePlain(Response, encoded).meta).toEqual(want ? { ttl: want } : {});
    });
  }
});

describe('conditions', () => {
  const conditions = [{ type: 'A', status: 2, reason: 'B' }];
  for (const { capabilities, written, reason } of [
    { capabilities: [], written: true, reason: 'an older caller has no capabilities' },
    { capabilities: [4], written: true, reason: 'a list without "capabilities" is ignored' },
    { capabilities: [1, 4], written: true, reason: 'the caller supports conditions' },
    { capabilities: [1, 2, 3], written: false, reason: 'the caller does not support conditions' },
  ]) {
    test(`are ${written ? 'written' : 'omitted'} when ${reason}`, () => {
      const request = viewRequest(encodeRequest({ meta: { capabilities } }));
      const encoded = encodeResponse(request, { ...NOTHING, conditions });
      expect(decodePlain(Response, encoded).conditions).toEqual(written ? conditions : undefined);
    });
  }
});

describe('mergeObjects', () => {
  for (const { name, under, over, want } of [
    {
      name: 'merges objects recursively',
      under: { a: { b: 1 } },
      over: { a: { c: 2 } },
      want: { a: { b: 1, c: 2 } },
    },
    { name: 'replaces lists', under: { a: [1, 2] }, over: { a: [3] }, want: { a: [3] } },
    { name: 'replaces an object by a scalar', under: { a: {} }, over: { a: null }, want: { a: null } },
    { name: 'replaces a scalar by an object', under: { a: 1 }, over: { a: {} }, want: { a: {} } },
    { name: 'ignores undefined', under: { a: 1 }, over: { a: undefined }, want: { a: 1 } },
    { name: 'replaces a value that is not an object', under: 'text', over: { a: 1 }, want: { a: 1 } },
    {
      name: 'keeps __proto__ as a key',
      under: ownProperties([['__proto__', { a: 1 }]]),
      over: ownProperties([['__proto__', { b: 2 }]]),
      want: ownProperties([['__proto__', { a: 1, b: 2 }]]),
    },
    {
      name: 'ignores inherited properties',
      under: {},
      over: ownProperties([['__proto__', { b: 2 }]]),
      want: ownProperties([['__proto__', { b: 2 }]]),
    },
  ]) {
    test(name, () => {
      expect(mergeObjects(under, over)).toStrictEqual(want);
    });
  }

  test('merging twice has the same result', () => {
    fc.assert(
      fc.property(jsonObject, jsonObject, (under, over) => {
        const once = mergeObjects(under, over);
        expect(mergeObjects(once, over)).toEqual(once);
      }),
    );
  });
});

/** Checks the desired composite: it contains our status, and is otherwise as an earlier step left it. */
function expectComposite(
  actual: object | undefined,
  earlier: object | undefined,
  status: JsonObject | undefined,
): void {
  const { resource, ...others } = actual ? plain(ResourceType, actual) : { resource: undefined };
  const { resource: earlierResource, ...earlierOthers } = earlier
    ? plain(ResourceType, earlier)
    : { resource: undefined };
  expect(others).toEqual(earlierOthers);
  if (status === undefined) {
    expect(resource).toEqual(earlierResource);
    return;
  }
  const before = objectOf(earlier);
  const $unknowns = unknownsOf(fieldOf(earlier ?? {}, 'resource'));
  const begun = Object.keys(before).length > 0 || $unknowns.length > 0;
  const object = { ...withoutStatus(begun ? before : TYPE), status: mergeObjects(statusOf(before), status) };
  expect(resource).toEqual({ object, $unknowns });
}

function objectOf(composite: object | undefined): JsonObject {
  const struct = composite && fieldOf(composite, 'resource');
  return struct ? jsonOfStruct(struct) : {};
}

function statusOf(object: JsonObject): Json | undefined {
  return Object.hasOwn(object, 'status') ? object.status : undefined;
}

function withoutStatus(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'status'));
}

function contextOf(message: object): unknown {
  const struct = fieldOf(message, 'context');
  return struct && [jsonOfStruct(struct), unknownsOf(struct)];
}

function selectors(map: NonNullable<FunctionResponse['requirements']>['resources']): Plain {
  return Object.fromEntries(
    Object.entries(map ?? {}).map(([name, { matchLabels, matchName, ...rest }]) => [
      name,
      {
        ...rest,
        ...(matchName === undefined ? matchLabels && { matchLabels: { labels: matchLabels } } : { matchName }),
      },
    ]),
  );
}

test('a composite of an earlier step keeps its fields other than the status', () => {
  const desired = { composite: { resource: { spec: { a: 1 }, status: { b: 2, c: { d: 3 } } }, ready: 1 } };
  const encoded = encodeResponse(
    viewRequest(encodeRequest({ desired })),
    { ...NOTHING, compositeStatus: { c: { e: 4 } } },
    TYPE,
  );
  const composite = fieldOf(fieldOf(Response.decode(encoded), 'desired') ?? {}, 'composite');
  expect(objectOf(composite)).toEqual({ spec: { a: 1 }, status: { b: 2, c: { d: 3, e: 4 } } });
  expect(Reflect.get(composite ?? {}, 'ready')).toBe(1);
});
