import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import {
  encodePlain,
  fieldOf,
  jsonOfStruct,
  listOf,
  mapOf,
  messageType,
  type Plain,
  structOfJson,
} from '../protocol/reflection.ts';

const Request = messageType('RunFunctionRequest');
const Response = messageType('RunFunctionResponse');

/**
 * A function for test pipelines: it does what its input (kind Script) contains, based on the desired state and the context of its request.
 * `echo` writes the request into the composite's status, so that the output of a rendering shows it. It uses reflection
 * only, and shares no code with the code under test.
 */
export function answerScripted(bytes: Uint8Array): Uint8Array {
  const request = Request.decode(bytes);
  const input = fieldOf(request, 'input');
  const script = input ? jsonOfStruct(input) : {};
  const desired = plainOf(fieldOf(request, 'desired'));
  const { results, conditions, requirements, context, ...rest } = script;
  return encodePlain(Response, {
    meta: { tag: Reflect.get(fieldOf(request, 'meta') ?? {}, 'tag') },
    desired: {
      composite: composite(desired, rest, request),
      resources: { ...plainOf(desired.resources), ...resources(script.resources) },
    },
    results,
    conditions,
    requirements: script.neverContent === true ? anotherRequirement(request) : requirements,
    ...contextField(request, context),
  });
}

function plainOf(value: unknown): Plain {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function composite(desired: Plain, { status, compositeReady, echo }: JsonObject, request: object): Plain {
  const before = plainOf(desired.composite);
  const resource = before.resource instanceof Object ? jsonOfStruct(before.resource) : {};
  const seen = echo === true ? { seen: withoutTimes(describeRequest(request)) } : {};
  const merged = { ...object(resource.status), ...object(status), ...seen };
  const written = Object.keys(merged).length > 0 || resource.status !== undefined;
  return {
    ...before,
    ...(written && { resource: structOfJson({ ...resource, status: merged }) }),
    ...(compositeReady !== undefined && { ready: compositeReady }),
  };
}

function resources(script: Json | undefined): Plain {
  return Object.fromEntries(
    Object.entries(object(script)).map(([name, entry]) => {
      const { resource, ready } = object(entry);
      return [name, { resource: structOfJson(object(resource)), ready }];
    }),
  );
}

function contextField(request: object, context: Json | undefined): Plain {
  if (context === null) return {};
  const before = fieldOf(request, 'context');
  if (before === undefined && context === undefined) return {};
  return { context: structOfJson({ ...(before && jsonOfStruct(before)), ...object(context) }) };
}

function anotherRequirement(request: object): Plain {
  const number = mapOf(request, 'requiredResources').length + 1;
  const names = Array.from({ length: number }, (_, index) => `number-${index}`);
  return { resources: Object.fromEntries(names.map((name) => [name, { apiVersion: 'v1', kind: 'ConfigMap' }])) };
}

function describeRequest(request: object): JsonObject {
  const context = fieldOf(request, 'context');
  return {
    capabilities: JSON.parse(JSON.stringify(Reflect.get(fieldOf(request, 'meta') ?? {}, 'capabilities') ?? [])),
    observed: describeState(fieldOf(request, 'observed')),
    desired: describeState(fieldOf(request, 'desired')),
    context: context ? jsonOfStruct(context) : null,
    extraResources: describeItems(request, 'extraResources'),
    requiredResources: describeItems(request, 'requiredResources'),
    requiredSchemas: mapOf(request, 'requiredSchemas')
      .map(([name]) => name)
      .sort(),
    credentials: Object.fromEntries(
      mapOf(request, 'credentials').map(([name, credentials]) => [
        name,
        describeData(fieldOf(credentials, 'credentialData'), 'data'),
      ]),
    ),
  };
}

function describeItems(request: object, field: string): JsonObject {
  return Object.fromEntries(
    mapOf(request, field).map(([name, found]) => [name, listOf(found, 'items').map(describeResource)]),
  );
}

function describeState(state: object | undefined): JsonObject {
  if (state === undefined) return {};
  const composite = fieldOf(state, 'composite');
  return {
    ...(composite && { composite: describeResource(composite) }),
    resources: Object.fromEntries(mapOf(state, 'resources').map(([name, entry]) => [name, describeResource(entry)])),
  };
}

function describeResource(resource: object): JsonObject {
  const struct = fieldOf(resource, 'resource');
  return {
    resource: struct ? jsonOfStruct(struct) : null,
    connectionDetails: describeData(resource, 'connectionDetails'),
    ready: Number(Reflect.get(resource, 'ready')),
  };
}

function describeData(message: object | undefined, field: string): JsonObject {
  return Object.fromEntries(
    Object.entries((message && fieldOf(message, field)) ?? {}).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? Buffer.from(value).toString() : String(value),
    ]),
  );
}

// Crossplane uses the current time and render a constant one.
function withoutTimes(value: Json): Json {
  if (isList(value)) return value.map(withoutTimes);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'lastTransitionTime');
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutTimes(entry ?? null)]));
}

function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
