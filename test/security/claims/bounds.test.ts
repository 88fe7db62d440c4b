import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { openApiOf } from '../../../package/generate/open-api.ts';
import { inputFields } from '../../../src/function/api/input.ts';
import { parameterFields } from '../../../src/function/api/parameters.ts';
import { isList, isObject, type Json, type JsonObject } from '../../../src/json/value.ts';
import { Status } from '../../../src/protocol/messages.ts';
import { call, composite, input, request, seedParameters } from '../../function/call.ts';

/** The fields of an OpenAPI schema that have no maximum. */
function unbounded(schema: Json | undefined, path: string): string[] {
  if (!isObject(schema)) return [`${path} (no schema)`];
  const { type, enum: values, maxLength, maxItems, items, properties, additionalProperties, maxProperties } = schema;
  if (isList(values)) return [];
  if (type === 'string') return typeof maxLength === 'number' ? [] : [`${path} (no maxLength)`];
  if (type === 'integer' || type === 'number') {
    const isBounded = typeof schema.minimum === 'number' && typeof schema.maximum === 'number';
    return isBounded ? [] : [`${path} (no minimum or maximum)`];
  }
  if (type === 'boolean') return [];
  if (type === 'array') {
    return [...(typeof maxItems === 'number' ? [] : [`${path} (no maxItems)`]), ...unbounded(items, `${path}[]`)];
  }
  if (type === undefined && schema['x-kubernetes-preserve-unknown-fields']) return [`${path} (anything)`];
  if (isObject(additionalProperties)) {
    const own = typeof maxProperties === 'number' ? [] : [`${path} (no maxProperties)`];
    return [...own, ...unbounded(additionalProperties, `${path}.*`)];
  }
  if (!isObject(properties)) return [`${path} (no properties)`];
  return Object.entries(properties).flatMap(([name, field]) => unbounded(field, `${path}.${name}`));
}

const parameters = openApiOf(z.object(parameterFields));
const inputSchema = openApiOf(z.object(inputFields));

describe('each field that users write has a maximum size in the schema', () => {
  // The maximum is for the policy as a whole: see raw-policies.test.ts.
  const isPolicy = (path: string) => /\.(access|lifecycle)\.policy \(anything\)$/.test(path);

  test('parameters', () => {
    expect(unbounded(parameters, 'parameters').filter((path) => !isPolicy(path))).toEqual([]);
  });

  test('the Input', () => {
    expect(unbounded(inputSchema, 'input').filter((path) => !isPolicy(path))).toEqual([]);
  });

  test('the test finds fields without a maximum', () => {
    const schema = z.object({ text: z.string(), list: z.array(z.boolean()), map: z.record(z.string(), z.boolean()) });
    expect(unbounded(openApiOf(schema), 's')).toEqual([
      's.text (no maxLength)',
      's.list (no maxItems)',
      's.map (no maxProperties)',
    ]);
  });
});

interface Bound {
  readonly path: readonly string[];
  readonly value: Json;
}

/** Values one over the maximum for each text, list and map of a schema, with their paths. */
function oversized(schema: Json | undefined, path: readonly string[] = []): Bound[] {
  if (!isObject(schema)) return [];
  const { type, maxLength, maxItems, maxProperties, items, properties, additionalProperties } = schema;
  if (typeof maxLength === 'number' && type === 'string') return [{ path, value: 'a'.repeat(maxLength + 1) }];
  const own: Bound[] = [];
  if (typeof maxItems === 'number') own.push({ path, value: Array.from({ length: maxItems + 1 }, () => 0) });
  if (typeof maxProperties === 'number') {
    const entries = Array.from({ length: maxProperties + 1 }, (_, index): [string, Json] => [`k${index}`, '']);
    own.push({ path, value: Object.fromEntries(entries) });
  }
  const fields = isObject(properties) ? Object.entries(properties) : [];
  return [
    ...own,
    ...oversized(items, [...path, '0']),
    ...oversized(additionalProperties, [...path, 'k']),
    ...fields.flatMap(([name, field]) => oversized(field, [...path, name])),
  ];
}

/** An object with `value` at `path`, where a number is an index. */
function nest(path: readonly string[], value: Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  return first === '0' ? [nest(rest, value)] : { [first]: nest(rest, value) };
}

function objectOf(value: Json): JsonObject {
  return isObject(value) ? value : {};
}

async function refusal(fields: { input?: JsonObject; parameters?: JsonObject }): Promise<string> {
  const response = await call(
    request({
      input: input(fields.input ?? {}),
      composite: composite({ ...seedParameters, ...fields.parameters }),
    }),
  );
  const [found] = response.conditions ?? [];
  expect(found?.type).toBe('ParametersValid');
  expect(found?.status).toBe(Status.FALSE);
  return found?.message ?? '';
}

describe('a value one over its maximum is refused for its size alone', () => {
  const dotted = (path: readonly string[]) => path.join('.').replaceAll('.0', '[0]');
  const single = (bounds: readonly Bound[]) =>
    bounds.filter(({ path }) => path[0] !== 'repositories' || path.length < 4);

  for (const { path, value } of single(oversized(parameters))) {
    test(`parameters.${dotted(path)}`, async () => {
      const message = await refusal({ parameters: objectOf(nest(path, value)) });
      expect(message).toMatch(/^spec\.parameters\.[^ ]+: must be at most \d+ (characters|entries), not \d+$/);
      expect(message).toContain(`spec.parameters.${dotted(path)}: `);
    });
  }

  const ofInput = oversized(inputSchema).filter(({ path }) => path[0] !== 'defaults' && path[0] !== 'enforced');
  for (const { path, value } of ofInput) {
    test(`input.${dotted(path)}`, async () => {
      const message = await refusal({ input: objectOf(nest(path, value)) });
      expect(message).toMatch(/^input\.[^ ]+: must be at most \d+ (characters|entries), not \d+$/);
    });
  }
});

describe('texts are measured as in Kubernetes', () => {
  test('a character of two UTF-16 units counts once', async () => {
    const response = await call(request({ composite: composite({ ...seedParameters, tags: { k: '𝒂'.repeat(256) } }) }));
    expect(response.conditions?.[0]?.status).toBe(Status.TRUE);
    expect(await refusal({ parameters: { tags: { k: '𝒂'.repeat(257) } } })).toContain(
      'at most 256 characters, not 257',
    );
  });
});

describe('large numbers of anything are refused', () => {
  const many = 200_000;
  const cases: readonly { what: string; parameters: JsonObject }[] = [
    { what: 'characters in a range of versions', parameters: source({ ref: { semver: '>'.repeat(many) } }) },
    { what: 'characters in an expression', parameters: source({ ref: { semverFilter: '('.repeat(many) } }) },
    { what: 'slashes in a prefix', parameters: { repoPrefix: '/'.repeat(many) } },
    { what: 'slashes and a letter', parameters: { repoPrefix: `${'/'.repeat(many)}a` } },
    { what: 'characters in an enumeration', parameters: { deletion: 'a'.repeat(many) } },
    { what: 'characters in an unknown field', parameters: { ['a'.repeat(2 * many)]: 1 } },
    { what: 'numbers where text belongs', parameters: { workloadName: Array.from({ length: many }, () => 1) } },
    { what: 'unknown fields', parameters: Object.fromEntries(Array.from({ length: many }, (_, i) => [`f${i}`, 1])) },
    { what: 'items behind items', parameters: { tags: { k: Array.from({ length: many }, () => [1]) } } },
  ];
  function source(fields: JsonObject): JsonObject {
    return { packageCache: { sources: [{ name: 's', ...fields }] } };
  }
  for (const { what, parameters: asked } of cases) {
    test(what, async () => {
      const message = await refusal({ parameters: asked });
      expect(message.length).toBeLessThan(500);
    });
  }

  test('characters of the namespace in a template of five of them', async () => {
    const own = composite();
    const message = await refusalOf({
      ...own,
      spec: { ...objectOf(own.spec ?? {}), claimRef: { namespace: 'a'.repeat(many) } },
    });
    expect(message.length).toBeLessThan(1_000);
  });
});

async function refusalOf(own: JsonObject): Promise<string> {
  const response = await call(request({ composite: own }));
  return response.conditions?.[0]?.message ?? '';
}
