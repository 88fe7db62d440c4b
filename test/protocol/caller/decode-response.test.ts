import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeResponse, decodeState } from '../../../src/protocol/caller/decode-response.ts';
import type { Resource, ResourceSelector } from '../../../src/protocol/messages.ts';
import { encodeRequest, viewRequest } from '../../../src/protocol/request.ts';
import { encodeResponse } from '../../../src/protocol/response.ts';
import { delimited, wireMessage } from '../arbitraries.ts';
import { functionResponseModel, stateModel } from '../models.ts';
import { fieldOf, jsonOfStruct, listOf, mapOf, messageType, unsetAs } from '../reflection.ts';

const Response = messageType('RunFunctionResponse');
const StateType = messageType('State');

describe('decodeResponse', () => {
  test('reads any encoding of a response as protobufjs does', () => {
    fc.assert(
      fc.property(wireMessage(Response), (bytes) => {
        expect(withHexBytes(decodeResponse(bytes))).toEqual(withHexBytes(fromReflection(Response.decode(bytes))));
      }),
      { numRuns: 500 },
    );
  });

  test('reads the output of encodeResponse', () => {
    fc.assert(
      fc.property(functionResponseModel, (response) => {
        const decoded = decodeResponse(encodeResponse(viewRequest(encodeRequest({ meta: { tag: 'x' } })), response));
        expect(decoded.meta).toEqual({ tag: 'x', ttlSeconds: response.ttlSeconds });
        expect(decoded.results).toEqual(response.results);
        expect(decoded.conditions).toEqual(response.conditions);
        expect(withHexBytes(decoded.desired.resources)).toEqual(
          withHexBytes(
            Object.fromEntries([...response.resources].map(([name, resource]) => [name, complete(resource)])),
          ),
        );
      }),
    );
  });

  test('reads an empty message', () => {
    expect(decodeResponse(Buffer.alloc(0))).toEqual({
      meta: { tag: '' },
      desired: { resources: {} },
      results: [],
      requirements: { extraResources: {}, resources: {}, schemas: {} },
      conditions: [],
    });
  });

  for (const { name, match, want } of [
    { name: 'a name', match: delimited(3, Buffer.from('n')), want: { matchName: 'n' } },
    { name: 'no labels at all', match: delimited(4, Buffer.alloc(0)), want: { matchLabels: {} } },
    {
      name: 'a name after labels',
      match: Buffer.concat([delimited(4, Buffer.alloc(0)), delimited(3, Buffer.from('n'))]),
      want: { matchName: 'n' },
    },
    {
      name: 'labels after a name',
      match: Buffer.concat([delimited(3, Buffer.from('n')), delimited(4, Buffer.alloc(0))]),
      want: { matchLabels: {} },
    },
  ]) {
    test(`reads a selector by ${name}`, () => {
      const entry = Buffer.concat([delimited(1, Buffer.from('r')), delimited(2, match)]);
      const { requirements } = decodeResponse(delimited(5, delimited(2, entry)));
      expect(requirements.resources).toEqual({ r: { apiVersion: '', kind: '', ...want } });
    });
  }
});

test('decodeState reads the output of encodeRequest', () => {
  fc.assert(
    fc.property(stateModel, ({ composite, resources = {} }) => {
      const state = decodeState(viewRequest(encodeRequest({ observed: { composite, resources } })).observed);
      const entries = Object.entries(resources).map(([name, resource]) => [name, complete(resource)] as const);
      expect(withHexBytes(state)).toEqual(
        withHexBytes({ composite: composite && complete(composite), resources: Object.fromEntries(entries) }),
      );
    }),
  );
});

test('decodeState reads any encoding of a State as protobufjs does', () => {
  fc.assert(
    fc.property(wireMessage(StateType), (bytes) => {
      expect(withHexBytes(decodeState(bytes))).toEqual(withHexBytes(stateFromReflection(StateType.decode(bytes))));
    }),
    { numRuns: 500 },
  );
});

/** Bytes as hex, so that a Buffer and a Uint8Array of the same bytes are equal; the rest of `value` as it is. */
function withHexBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(withHexBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withHexBytes(child)]));
}

function complete({ resource, connectionDetails = {}, ready = 0 }: Resource): Resource {
  return { resource, connectionDetails, ready };
}

function fromReflection(message: object) {
  const meta = fieldOf(message, 'meta') ?? {};
  const ttl = fieldOf(meta, 'ttl');
  const requirements = fieldOf(message, 'requirements') ?? {};
  const struct = (name: string) => {
    const found = fieldOf(message, name);
    return found && jsonOfStruct(found);
  };
  return {
    meta: {
      tag: unsetAs(meta, 'tag', ''),
      ttlSeconds: ttl && Number(unsetAs(ttl, 'seconds', 0)) + Number(unsetAs(ttl, 'nanos', 0)) / 1e9,
    },
    desired: stateFromReflection(fieldOf(message, 'desired') ?? {}),
    results: listOf(message, 'results').map((result) => ({
      severity: unsetAs(result, 'severity', 0),
      message: unsetAs(result, 'message', ''),
      reason: unsetAs(result, 'reason', undefined),
      target: unsetAs(result, 'target', undefined),
    })),
    context: struct('context'),
    output: struct('output'),
    requirements: {
      extraResources: properties(mapOf(requirements, 'extraResources'), selectorFromReflection),
      resources: properties(mapOf(requirements, 'resources'), selectorFromReflection),
      schemas: properties(mapOf(requirements, 'schemas'), typeFromReflection),
    },
    conditions: listOf(message, 'conditions').map((condition) => ({
      type: unsetAs(condition, 'type', ''),
      status: unsetAs(condition, 'status', 0),
      reason: unsetAs(condition, 'reason', ''),
      message: unsetAs(condition, 'message', undefined),
      target: unsetAs(condition, 'target', undefined),
    })),
  };
}

function stateFromReflection(state: object) {
  const composite = fieldOf(state, 'composite');
  return {
    composite: composite && resourceFromReflection(composite),
    resources: properties(mapOf(state, 'resources'), resourceFromReflection),
  };
}

function resourceFromReflection(resource: object) {
  const struct = fieldOf(resource, 'resource');
  return {
    resource: struct && jsonOfStruct(struct),
    // Reflection returns a list for missing bytes.
    connectionDetails: properties(mapOf(resource, 'connectionDetails'), (bytes) =>
      Uint8Array.from(Object.values(bytes)),
    ),
    ready: unsetAs(resource, 'ready', 0),
  };
}

function typeFromReflection(selector: object) {
  return { apiVersion: unsetAs(selector, 'apiVersion', ''), kind: unsetAs(selector, 'kind', '') };
}

function selectorFromReflection(selector: object): Partial<ResourceSelector> | object {
  const labels = fieldOf(selector, 'matchLabels');
  return {
    ...typeFromReflection(selector),
    matchName: unsetAs(selector, 'matchName', undefined),
    matchLabels: labels && (fieldOf(labels, 'labels') ?? {}),
    namespace: unsetAs(selector, 'namespace', undefined),
  };
}

function properties<T>(entries: [string, object][], convert: (value: object) => T): { [key: string]: T } {
  return Object.fromEntries(entries.map(([key, value]) => [key, convert(value)]));
}
