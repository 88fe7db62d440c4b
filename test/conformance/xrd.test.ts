import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import { call, composite, example, objectAt, request, seedParameters } from '../function/call.ts';
import { type KubeApiServer, startKubeApiServer } from './kube-apiserver.ts';

// A real API server with the CRD that Crossplane derives from the XRD: it accepts the rules within its cost budget, and its error
// for a claim is that of the function.

const XRD = example('claim/xrd.yaml');
const [VERSION] = objectAt(XRD, 'spec').versions as [JsonObject];
const SCHEMA = objectAt(VERSION, 'schema', 'openAPIV3Schema');
const PARAMETERS = objectAt(SCHEMA, 'properties', 'spec', 'properties', 'parameters');

let server: KubeApiServer;

beforeAll(async () => {
  server = await startKubeApiServer();
  const { group, claimNames } = objectAt(XRD, 'spec');
  const names = objectAt({ claimNames: claimNames ?? null }, 'claimNames');
  await server.kubectl(
    ['create', '-f', '-'],
    JSON.stringify({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${names.plural}.${group}` },
      spec: {
        group,
        names,
        scope: 'Namespaced',
        versions: [{ name: VERSION.name, served: true, storage: true, schema: VERSION.schema }],
      },
    }),
  );
  await server.kubectl(['wait', '--for=condition=Established', `crd/${names.plural}.${group}`]);
});

afterAll(() => server.stop());

/** A text within all limits of length that violates each pattern. */
const BAD = ' ';

/** Parameters with a value that a rule refuses, and the path of the value. */
interface BadParameters {
  readonly path: string;
  readonly parameters: JsonObject;
}

/** Invalid parameters for each text with a validation rule. */
function badParameters(schema: JsonObject): BadParameters[] {
  const fields = Object.entries(isObject(schema.properties) ? schema.properties : {});
  return fields.flatMap(([name, field]) => {
    return valuesOf(isObject(field) ? field : {}).map(({ path, value }) => ({
      path: `spec.parameters.${name}${path}`,
      parameters: { ...seedParameters, [name]: value },
    }));
  });
}

/** Values of a schema with an invalid text, each with the path of the text. */
function valuesOf(schema: JsonObject): { readonly path: string; readonly value: Json }[] {
  if (schema.type === 'string') return 'x-kubernetes-validations' in schema ? [{ path: '', value: BAD }] : [];
  if (isObject(schema.items))
    return valuesOf(schema.items).map(({ path, value }) => ({ path: `[0]${path}`, value: [value] }));
  return Object.entries(isObject(schema.properties) ? schema.properties : {}).flatMap(([name, field]) => {
    const others = required(schema).filter(([other]) => other !== name);
    return valuesOf(isObject(field) ? field : {}).map(({ path, value }) => ({
      path: `.${name}${path}`,
      value: { ...Object.fromEntries(others), [name]: value },
    }));
  });
}

/** The required fields of an object with values that the schema allows. */
function required(schema: JsonObject): [string, Json][] {
  const names = isList(schema.required) ? schema.required.map(String) : [];
  return names.map((name) => [name, allowed(objectAt(schema, 'properties', name))]);
}

function allowed(schema: JsonObject): Json {
  if (isList(schema.enum)) return schema.enum[0] ?? null;
  if (schema.type === 'array') return [allowed(objectAt(schema, 'items'))];
  if (schema.type === 'string') return 'x-kubernetes-validations' in schema ? 'widgets' : 'some';
  if (schema.type === 'integer') return 1;
  return Object.fromEntries(required(schema));
}

async function refusal(parameters: JsonObject): Promise<string> {
  const claim = { ...example('claim/claim.yaml'), spec: { parameters } };
  return server.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(claim)).then(
    () => 'accepted',
    (error: unknown) => String(error),
  );
}

test('the CRD of the Input, which Crossplane v1 installs with the function, is accepted', async () => {
  const file = `${import.meta.dirname}/../../package/input/workload-ecr.fn.crossplane.io_inputs.yaml`;
  expect(await server.kubectl(['create', '-f', file])).toContain('created');
});

test("the example claim is accepted, and one that relies on the platform's defaults", async () => {
  expect(await refusal(seedParameters)).toBe('accepted');
  expect(await refusal({})).toBe('accepted');
});

describe("the API server's error for an invalid text equals the function's", () => {
  test.each(badParameters(PARAMETERS))('$path', async ({ path, parameters }) => {
    const refused = await refusal(parameters);
    const message = refused.split(`${path}: Invalid value: "string": `)[1]?.split('\n')[0];
    expect(message, refused).toMatch(/ \(it is " "\)$/);
    const { results } = await call(request({ composite: composite(parameters) }));
    expect(results[0]?.message).toContain(`${path}: ${message}`);
  });
});
