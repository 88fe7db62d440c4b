import * as z from 'zod/mini';
import { INPUT_API_VERSION, INPUT_KIND, inputFields } from '../../src/function/api/input.ts';
import { parameterFields } from '../../src/function/api/parameters.ts';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';

// JSON Schemas of what people write, for editors and other checkers. draft-07 is what YAML editors know best
// (https://github.com/redhat-developer/yaml-language-server). A claim and a Composition may have fields that other programs read.

const DRAFT = { $schema: 'http://json-schema.org/draft-07/schema#' };
const TYPE = {
  apiVersion: { description: 'Version of the schema of this object.', type: 'string' },
  kind: { description: 'Kind of this object.', type: 'string' },
  metadata: { description: 'Name, namespace, labels and annotations.', type: 'object' },
};

/** The JSON Schemas by the names of their files. */
export function jsonSchemas(): Readonly<Record<string, JsonObject>> {
  return {
    'claim.schema.json': claimSchema(),
    'composition.schema.json': compositionSchema(),
    'input.schema.json': inputSchema(),
  };
}

/** The JSON Schema of a claim or a composite. */
function claimSchema(): JsonObject {
  const parameters = schemaOf(z.partial(z.looseObject(parameterFields)));
  const spec = {
    description: 'The repositories that the workload should have.',
    type: 'object',
    properties: {
      parameters: {
        description:
          'Settings of the repositories. The platform may have defaults for any of them, and may enforce some.',
        ...parameters,
      },
    },
    required: ['parameters'],
  };
  return {
    ...DRAFT,
    title: 'A claim for the ECR repositories of a workload',
    type: 'object',
    properties: { ...TYPE, spec },
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
  };
}

function inputSchema(): JsonObject {
  const fields = z.strictObject({
    apiVersion: z.literal(INPUT_API_VERSION),
    kind: z.literal(INPUT_KIND),
    metadata: z.optional(z.looseObject({})),
    ...inputFields,
  });
  return { ...DRAFT, title: 'The Input of function-workload-ecr', ...schemaOf(fields) };
}

/** The JSON Schema of a Composition: an input with the version of ours is checked, that of another function is not. */
function compositionSchema(): JsonObject {
  const isOurs = { properties: { apiVersion: { const: INPUT_API_VERSION } }, required: ['apiVersion'] };
  const step = {
    type: 'object',
    properties: {
      step: { description: 'Name of the step.', type: 'string' },
      functionRef: { type: 'object', properties: { name: { description: 'Name of the function.', type: 'string' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      input: { if: isOurs, then: { $ref: 'input.schema.json' } },
    },
    required: ['step', 'functionRef'],
  };
  return {
    ...DRAFT,
    title: 'A Composition with function-workload-ecr',
    type: 'object',
    properties: {
      ...TYPE,
      spec: {
        type: 'object',
        properties: {
          compositeTypeRef: { type: 'object', properties: { apiVersion: TYPE.apiVersion, kind: TYPE.kind } },
          mode: { type: 'string', enum: ['Pipeline', 'Resources'] },
          pipeline: { type: 'array', items: step },
        },
      },
    },
    required: ['apiVersion', 'kind', 'spec'],
  };
}

/** A policy is an object, or its JSON text; everything else is as zod says it. */
function schemaOf(schema: z.ZodMiniType): JsonObject {
  const options = { io: 'input', target: 'draft-7', unrepresentable: 'any' } as const;
  const { $schema: _, ...generated } = z.toJSONSchema(schema, options);
  const plain = withoutKubernetes(JSON.parse(JSON.stringify(generated)));
  return isObject(plain) ? plain : {};
}

/** Leaves out the extensions of Kubernetes, which editors do not know. */
function withoutKubernetes(value: Json): Json {
  if (isList(value)) return value.map(withoutKubernetes);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !key.startsWith('x-kubernetes-'));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutKubernetes(item ?? null)]));
}
