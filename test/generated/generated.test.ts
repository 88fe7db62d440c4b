import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { fromJSONSchema } from 'zod';
import * as z from 'zod/mini';
import { claimXrd, inputCrd, namespacedXrd, referencePage, registryXrd } from '../../package/generate/documents.ts';
import { jsonSchemas } from '../../package/generate/json-schemas.ts';
import { metricsPage } from '../../package/generate/metrics-page.ts';
import { openApiOf } from '../../package/generate/open-api.ts';
import { trustPage } from '../../package/generate/trust-page.ts';
import { NODE_FLAGS } from '../../package/runtime/node-flags.ts';
import { INPUT_API_VERSION, INPUT_KIND, inputFields, parseInput } from '../../src/function/api/input.ts';
import { parameterFields } from '../../src/function/api/parameters.ts';
import { LIMITS, POWERS } from '../../src/function/api/powers.ts';
import { isList, isObject, type JsonObject } from '../../src/json/value.ts';
import { objectAt } from '../function/call.ts';
import { expectGolden } from '../golden.ts';

const root = `${import.meta.dirname}/../..`;

const HEADER = '# Generated from the schemas in src/function; to regenerate it: UPDATE_GOLDEN=1 npm test\n';

for (const { path, document } of [
  { path: 'package/input/workload-ecr.fn.crossplane.io_inputs.yaml', document: inputCrd() },
  { path: 'examples/claim/xrd.yaml', document: claimXrd() },
  { path: 'examples/namespaced/xrd.yaml', document: namespacedXrd() },
  { path: 'examples/registry/xrd.yaml', document: registryXrd() },
]) {
  test(`${path} is what the schemas generate`, () => {
    expectGolden(`${root}/${path}`, HEADER + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }));
  });
}

test('examples/reference/parameters.md is what the schemas generate', () => {
  expectGolden(`${root}/examples/reference/parameters.md`, referencePage());
});

test('examples/reference/trust.md is what the table of powers generates', () => {
  expectGolden(`${root}/examples/reference/trust.md`, trustPage());
});

test('examples/reference/metrics.md is what the table of metrics generates', () => {
  expectGolden(`${root}/examples/reference/metrics.md`, metricsPage());
});

describe('the JSON Schemas', () => {
  for (const [name, schema] of Object.entries(jsonSchemas())) {
    test(`examples/schemas/${name} is what the schemas generate`, () => {
      expectGolden(`${root}/examples/schemas/${name}`, `${JSON.stringify(schema, undefined, 2)}\n`);
    });
  }

  const files = readdirSync(`${root}/examples`, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.ya?ml$/.test(file),
  );
  const kinds = files.flatMap((file) => {
    const text = readFileSync(`${root}/examples/${file}`, 'utf8');
    const schema = /^kind: X?WorkloadECRRepo$/m.test(text)
      ? 'claim'
      : /^kind: Composition$/m.test(text)
        ? 'composition'
        : undefined;
    return schema === undefined || /^apiVersion: kyverno/m.test(text) ? [] : [{ file, text, schema }];
  });

  test.each(kinds)('$file names the $schema schema, at its place', ({ file, text, schema }) => {
    const up = relative(dirname(`${root}/examples/${file}`), `${root}/examples/schemas/${schema}.schema.json`);
    expect(text.split('\n').slice(0, 3)).toContain(`# yaml-language-server: $schema=${up}`);
    expect(existsSync(resolve(dirname(`${root}/examples/${file}`), up))).toBe(true);
  });

  const { 'claim.schema.json': ofClaim, 'input.schema.json': ofInput } = jsonSchemas();

  test.each(kinds.filter(({ schema }) => schema === 'claim'))('take $file', ({ text }) => {
    for (const document of parseAllDocuments(text)) {
      expect(fromJSONSchema({ ...ofClaim }).safeParse(document.toJS()).error?.issues).toBeUndefined();
    }
  });

  test.each(kinds.filter(({ schema }) => schema === 'composition'))('take the Inputs of $file', ({ text }) => {
    const inputs = parseAllDocuments(text).flatMap((document) => {
      const { pipeline } = objectAt(document.toJS(), 'spec');
      return isList(pipeline) ? pipeline.filter(isObject).map((step) => objectAt(step, 'input')) : [];
    });
    for (const input of inputs.filter(({ apiVersion }) => apiVersion === INPUT_API_VERSION)) {
      expect(fromJSONSchema({ ...ofInput }).safeParse(input).error?.issues).toBeUndefined();
    }
  });

  test('refuse a value of another form', () => {
    const spec = { parameters: { imageTags: 'Immutable' } };
    const claim = { apiVersion: 'x', kind: 'x', metadata: {}, spec };
    expect(fromJSONSchema({ ...ofClaim }).safeParse(claim).error?.issues).toMatchObject([
      { path: ['spec', 'parameters', 'imageTags'] },
    ]);
  });

  test('are named by claims and Compositions', () => {
    expect(kinds.filter(({ schema }) => schema === 'claim').length).toBeGreaterThan(3);
    expect(kinds.filter(({ schema }) => schema === 'composition').length).toBeGreaterThan(5);
  });
});

describe('the table of powers', () => {
  const input = fieldsIn(openApiOf(z.object(inputFields)));
  const parameters = fieldsIn(openApiOf(z.object(parameterFields)));
  const rows = [...POWERS, ...LIMITS];

  test('names fields that there are', () => {
    expect(rows.map(({ field }) => field).filter((field) => !input.has(field))).toEqual([]);
    expect(rows.flatMap(({ claim }) => claim ?? []).filter((field) => !parameters.has(field))).toEqual([]);
  });

  test('has every field of the Input that lets claims do something', () => {
    const named = rows.map(({ field }) => field);
    const granting = [...input.keys()].filter((field) => /^(allowed\.|packageCache\.allow|pullSecret$)/.test(field));
    // A field that only groups others is told by those.
    const leaves = granting.filter((field) => !granting.some((other) => other.startsWith(`${field}.`)));
    expect(leaves.filter((field) => !named.includes(field))).toEqual([]);
  });

  test('is of what is off by default', () => {
    const defaults = POWERS.map(({ field }) => [field, input.get(field)?.default] as const);
    expect(defaults.filter(([, value]) => JSON.stringify(value ?? []) !== '[]' && value !== false)).toEqual([]);
    expect(parseInput({ apiVersion: INPUT_API_VERSION, kind: INPUT_KIND }).allowed).toEqual({});
  });
});

describe.each([
  ['examples/claim/xrd.yaml', claimXrd()],
  ['examples/namespaced/xrd.yaml', namespacedXrd()],
  ['the CRD of the Input', inputCrd()],
])('%s', (_, document) => {
  const versions = isObject(document.spec) && isList(document.spec.versions) ? document.spec.versions : [];
  const schemas = versions.filter(isObject).map((version) => objectAt(version, 'schema', 'openAPIV3Schema'));

  test('describes every field, for kubectl explain', () => {
    const fields = schemas.flatMap((schema) => [['', schema] as const, ...fieldsIn(schema)]);
    expect(fields.length).toBeGreaterThan(100);
    expect(
      fields.filter(([path, { description }]) => !description && path !== 'metadata').map(([path]) => path),
    ).toEqual([]);
  });

  test('requires nothing that a platform may have a default for', () => {
    const [schema] = schemas;
    const parameters = schema && (fieldsIn(schema).get('spec.parameters') ?? fieldsIn(schema).get('defaults'));
    expect(parameters?.properties).toHaveProperty('region');
    expect(parameters?.required).toBeUndefined();
  });
});

test('the README runs Node as the image does', () => {
  expect(readFileSync(`${root}/README.md`, 'utf8')).toContain(`node ${NODE_FLAGS.join(' ')} dist/main.js serve`);
});

/** The schemas of all fields by their paths. */
function fieldsIn(schema: JsonObject, root = ''): Map<string, JsonObject> {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const found = new Map<string, JsonObject>();
  for (const [name, field] of Object.entries(properties)) {
    if (!isObject(field)) continue;
    const path = root === '' ? name : `${root}.${name}`;
    found.set(path, field);
    const entries = isObject(field.additionalProperties) ? field.additionalProperties : undefined;
    for (const [key, value] of fieldsIn(entries ?? {}, `${path}.<name>`)) found.set(key, value);
    const items = isObject(field.items) ? field.items : undefined;
    for (const [key, value] of fieldsIn(items ?? field, items ? `${path}[]` : path)) found.set(key, value);
  }
  return found;
}
