import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Resource, RunFunctionRequest, State } from '../../src/protocol/messages.ts';
import {
  composedResourcesOf,
  compositeOf,
  credentialData,
  encodeRequest,
  itemsOf,
  viewRequest,
} from '../../src/protocol/request.ts';
import { decodeStruct } from '../../src/protocol/struct.ts';
import { asciiName, delimited, wireMessage } from './arbitraries.ts';
import { requestModel } from './models.ts';
import {
  decodePlain,
  encodePlain,
  fieldOf,
  jsonOfStruct,
  mapOf,
  messageType,
  plain,
  structOfJson,
} from './reflection.ts';

const Request = messageType('RunFunctionRequest');
const StateType = messageType('State');
const ResourcesType = messageType('Resources');

const EMPTY = new Uint8Array(0);

describe('viewRequest', () => {
  test('reads any encoding of a request as protobufjs does', () => {
    fc.assert(
      fc.property(wireMessage(Request), (bytes) => {
        const message = Request.decode(bytes);
        const view = viewRequest(bytes);
        const meta = fieldOf(message, 'meta');
        expect(view.tag).toBe(meta ? Reflect.get(meta, 'tag') : '');
        const capabilities = new Set<number>(meta ? Reflect.get(meta, 'capabilities') : []);
        expect(view.capabilities).toEqual(capabilities.has(1) ? capabilities : undefined);
        for (const field of ['observed', 'desired'] as const) {
          const state = fieldOf(message, field);
          expect(decodePlain(StateType, view[field])).toEqual(state ? plain(StateType, state) : {});
        }
        for (const field of ['input', 'context'] as const) {
          const struct = fieldOf(message, field);
          const encoded = view[field];
          expect(encoded && decodeStruct(encoded)).toEqual(struct && jsonOfStruct(struct));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('reads required resources under the new and the old name, the new one first', () => {
    fc.assert(
      fc.property(wireMessage(Request), (bytes) => {
        const message = Request.decode(bytes);
        const wanted = new Map([...mapOf(message, 'extraResources'), ...mapOf(message, 'requiredResources')]);
        const found = viewRequest(bytes).requiredResources;
        expect(new Set(found.keys())).toEqual(new Set(wanted.keys()));
        for (const [key, resources] of wanted) {
          expect(decodePlain(ResourcesType, found.get(key) ?? EMPTY)).toEqual(plain(ResourcesType, resources));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('reads an empty message', () => {
    expect(viewRequest(EMPTY)).toEqual({
      tag: '',
      capabilities: undefined,
      observed: EMPTY,
      desired: EMPTY,
      input: undefined,
      context: undefined,
      requiredResources: new Map(),
      requiredSchemas: new Map(),
      credentials: new Map(),
    });
  });

  test('reads the entries of credentials', () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value));
    const data = fc.dictionary(fc.string(), bytes, { maxKeys: 4 });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), data, { maxKeys: 3 }), (credentials) => {
        const found = viewRequest(encodeRequest({ credentials })).credentials;
        const read = [...found].map(([name, encoded]) => [name, Object.fromEntries(credentialData(encoded))] as const);
        expect(Object.fromEntries(read)).toEqual(credentials);
      }),
    );
  });

  test('distinguishes an empty input from a missing one', () => {
    expect(viewRequest(delimited(4, EMPTY)).input).toHaveLength(0);
    expect(viewRequest(delimited(5, EMPTY)).input).toBeUndefined();
  });

  test('copies nothing of a request whose fields occur once', () => {
    const bytes = encodeRequest({ observed: { composite: { resource: { kind: 'X' } } }, input: { kind: 'Input' } });
    const { observed, input } = viewRequest(bytes);
    expect([observed.buffer, input?.buffer]).toEqual([bytes.buffer, bytes.buffer]);
  });
});

describe('in a State', () => {
  test('the composite equals that of protobufjs', () => {
    fc.assert(
      fc.property(wireMessage(StateType), (bytes) => {
        const composite = fieldOf(StateType.decode(bytes), 'composite');
        const struct = composite && fieldOf(composite, 'resource');
        const found = compositeOf(bytes);
        expect(found && decodeStruct(found)).toEqual(struct && jsonOfStruct(struct));
      }),
      { numRuns: 500 },
    );
  });

  test('the composed resources with the given names equal those of protobufjs', () => {
    fc.assert(
      fc.property(wireMessage(StateType), fc.uniqueArray(asciiName, { maxLength: 4 }), (bytes, names) => {
        const wanted = new Map(
          mapOf(StateType.decode(bytes), 'resources').flatMap(([key, resource]) => {
            const struct = fieldOf(resource, 'resource');
            return struct && names.includes(key) ? [[key, jsonOfStruct(struct)] as const] : [];
          }),
        );
        const found = composedResourcesOf(bytes, names);
        expect(new Map([...found].map(([key, struct]) => [key, decodeStruct(struct)]))).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test('the last of several entries of the same name is used, even without an object', () => {
    const entry = (resource: Uint8Array) => delimited(2, Buffer.concat([delimited(1, Buffer.from('a')), resource]));
    const resource = delimited(2, delimited(1, EMPTY));
    expect(composedResourcesOf(entry(resource), ['a']).has('a')).toBe(true);
    expect(composedResourcesOf(Buffer.concat([entry(resource), entry(EMPTY)]), ['a']).has('a')).toBe(false);
  });
});

test('itemsOf lists the same objects as protobufjs', () => {
  fc.assert(
    fc.property(wireMessage(ResourcesType), (bytes) => {
      const items: unknown = Reflect.get(ResourcesType.decode(bytes), 'items');
      const wanted = (Array.isArray(items) ? items : []).flatMap((item) => {
        const struct = fieldOf(item, 'resource');
        return struct ? [jsonOfStruct(struct)] : [];
      });
      expect(itemsOf(bytes).map((struct) => decodeStruct(struct))).toEqual(wanted);
    }),
    { numRuns: 500 },
  );
});

describe('encodeRequest', () => {
  test('writes a request that protobufjs reads as the same', () => {
    fc.assert(
      fc.property(requestModel, (request) => {
        const wanted = decodePlain(Request, encodePlain(Request, forReflection(request)));
        expect(decodePlain(Request, encodeRequest(request))).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test('writes nothing for an empty request, and empty parts if they are present', () => {
    expect(encodeRequest({})).toHaveLength(0);
    expect(
      decodePlain(Request, encodeRequest({ meta: {}, observed: {}, input: {}, requiredResources: { a: [] } })),
    ).toEqual({
      meta: {},
      observed: {},
      input: { object: {}, $unknowns: [] },
      requiredResources: { a: {} },
    });
  });
});

function forReflection(request: RunFunctionRequest) {
  const lists = (map: RunFunctionRequest['requiredResources']) =>
    mapValues(map, (items) => ({ items: items.map(resourceForReflection) }));
  return {
    ...(request.meta && { meta: request.meta }),
    ...(request.observed && { observed: stateForReflection(request.observed) }),
    ...(request.desired && { desired: stateForReflection(request.desired) }),
    ...(request.input && { input: structOfJson(request.input) }),
    ...(request.context && { context: structOfJson(request.context) }),
    extraResources: lists(request.extraResources),
    requiredResources: lists(request.requiredResources),
    credentials: mapValues(request.credentials, (data) => ({ credentialData: { data } })),
    requiredSchemas: mapValues(request.requiredSchemas, (schema) =>
      schema ? { openapiV3: structOfJson(schema) } : {},
    ),
  };
}

function stateForReflection({ composite, resources }: State) {
  return {
    ...(composite && { composite: resourceForReflection(composite) }),
    resources: mapValues(resources, resourceForReflection),
  };
}

function resourceForReflection({ resource, connectionDetails, ready }: Resource) {
  return { ...(resource && { resource: structOfJson(resource) }), connectionDetails: { ...connectionDetails }, ready };
}

function mapValues<T, U>(map: Readonly<Record<string, T>> | undefined, convert: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key, convert(value)]));
}
