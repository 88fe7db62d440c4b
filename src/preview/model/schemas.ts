import * as z from 'zod/mini';
import { INPUT_API_VERSION, INPUT_KIND, inputFields } from '../../function/api/input.ts';
import { parameterFields } from '../../function/api/parameters.ts';
import { isObject, type Json, type JsonObject } from '../../json/value.ts';
import type { DocumentName } from './problems.ts';

/**
 * Returns the JSON Schemas that the editor uses for completion and explanations. They are generated from the schemas that the function
 * validates with, so the two cannot differ.
 */
export function editorSchemas(): Readonly<Partial<Record<DocumentName, JsonObject>>> {
  const parameters = z.partial(z.object(parameterFields));
  const input = z.object({ apiVersion: z.literal(INPUT_API_VERSION), kind: z.literal(INPUT_KIND), ...inputFields });
  return {
    claim: objectOf({
      ...TYPE,
      metadata: METADATA,
      spec: objectOf({ parameters: jsonSchemaOf(parameters) }),
    }),
    composition: objectOf({
      ...TYPE,
      metadata: METADATA,
      spec: objectOf({
        compositeTypeRef: objectOf(TYPE),
        mode: { type: 'string', enum: ['Pipeline'] },
        pipeline: {
          type: 'array',
          items: objectOf({
            step: { type: 'string', description: 'Name of the step.' },
            functionRef: objectOf({ name: { type: 'string', description: 'Name of the function.' } }),
            input: jsonSchemaOf(input),
          }),
        },
      }),
    }),
  };
}

const TYPE = { apiVersion: { type: 'string' }, kind: { type: 'string' } };
const METADATA = {
  type: 'object',
  properties: { name: { type: 'string' }, namespace: { type: 'string' } },
};

function objectOf(properties: JsonObject): JsonObject {
  return { type: 'object', properties };
}

function jsonSchemaOf(schema: z.ZodMiniType): JsonObject {
  const generated: Json = JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));
  return isObject(generated) ? generated : {};
}

/** Returns the schema of the field at a path, or undefined for an unknown field. */
export function schemaAt(schema: JsonObject, path: readonly (string | number)[]): JsonObject | undefined {
  let at: Json | undefined = schema;
  for (const part of path) {
    if (!isObject(at)) return undefined;
    if (typeof part === 'number') at = at.items;
    else {
      const properties: Json | undefined = at.properties;
      const own = isObject(properties) && Object.hasOwn(properties, part) ? properties[part] : undefined;
      at = own ?? at.additionalProperties;
    }
  }
  return isObject(at) ? at : undefined;
}
