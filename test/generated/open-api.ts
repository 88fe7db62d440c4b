import * as z from 'zod/mini';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';

/**
 * The structural OpenAPI v3 schema of a zod schema, as a CustomResourceDefinition takes it
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema):
 * `additionalProperties: false` is not allowed beside properties, and `propertyNames` not at all.
 */
export function openApiOf(schema: z.ZodMiniType): JsonObject {
  const generated: Json = JSON.parse(
    JSON.stringify(z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0', unrepresentable: 'any' })),
  );
  const structural = toStructural(generated);
  if (!isObject(structural)) throw new TypeError('the schema must be of an object');
  return structural;
}

function toStructural(value: Json): Json {
  if (isList(value)) return value.map(toStructural);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(
    ([key, item]) => !(key === 'additionalProperties' && !hasContent(item)) && key !== 'propertyNames',
  );
  // What a field is for comes first, wherever zod has it.
  const isText = ([key, item]: readonly [string, Json | undefined]) =>
    key === 'description' && typeof item === 'string';
  kept.sort((a, b) => Number(isText(b)) - Number(isText(a)));
  return Object.fromEntries(kept.map(([key, item]) => [key, toStructural(item ?? null)]));
}

function hasContent(schema: Json | undefined): boolean {
  return isObject(schema) && Object.keys(schema).length > 0;
}
