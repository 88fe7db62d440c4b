import * as z from 'zod/mini';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';

/**
 * The structural OpenAPI v3 schema of a zod schema, as a CustomResourceDefinition takes it
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema):
 * `additionalProperties: false` is not allowed beside properties, and `propertyNames` not at all. Patterns are written as they are, which
 * editors understand, or as validation rules, of which the API server says what the function would say.
 */
export function openApiOf(schema: z.ZodMiniType, patterns: 'as patterns' | 'as rules' = 'as patterns'): JsonObject {
  const override = patterns === 'as rules' ? patternAsRule : () => {};
  const generated: Json = JSON.parse(
    JSON.stringify(z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0', unrepresentable: 'any', override })),
  );
  const structural = withinBudget(toStructural(generated));
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

/** The longest value that a message repeats, as in the function's own messages. */
const MAX_SHOWN = 100;

/** Writes the patterns of a text as validation rules in CEL, each with the message of its check. */
function patternAsRule({ zodSchema, jsonSchema }: PatternContext): void {
  if (jsonSchema.type !== 'string') return;
  const issues = z.safeParse(zodSchema, MATCHES_NOTHING).error?.issues ?? [];
  const rules = issues.flatMap((issue) => {
    return issue.code === 'invalid_format' && issue.pattern !== undefined
      ? [patternRule(issue.pattern, issue.message, jsonSchema.maxLength ?? Number.POSITIVE_INFINITY)]
      : [];
  });
  if (rules.length === 0) return;
  delete jsonSchema.pattern;
  jsonSchema['x-kubernetes-validations'] = rules;
}

/** A text that none of the patterns allows. */
const MATCHES_NOTHING = ' ';

interface PatternContext {
  readonly zodSchema: z.core.$ZodTypes;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

/** What one rule may cost: a tenth of what the API server allows it, since all rules of a schema together have a budget, too. */
const MAX_RULE_COST = 1_000_000;

/**
 * Leaves out the rules that are too expensive for the API server, which assumes the longest text in the longest lists; the function checks
 * those alone. `times` is how many such values there may be.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#resource-use-by-validation-functions
 */
function withinBudget(schema: Json, times = 1): Json {
  if (isList(schema)) return schema.map((item) => withinBudget(item, times));
  if (!isObject(schema)) return schema;
  const { 'x-kubernetes-validations': rules, ...rest } = schema;
  const inner = times * Number(schema.maxItems ?? schema.maxProperties ?? 1);
  const kept = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, withinBudget(item ?? null, inner)]));
  if (!isList(rules)) return kept;
  const isCheap = schema.type !== 'string' || times * costOf(rules, Number(schema.maxLength)) <= MAX_RULE_COST;
  return isCheap ? { ...kept, 'x-kubernetes-validations': rules } : kept;
}

/** A text's length by the length of its expression, each with the API server's weight. */
function costOf(rules: readonly Json[], maxLength: number): number {
  return Math.ceil(maxLength / 10) * Math.ceil(JSON.stringify(rules).length / 4);
}

function patternRule(pattern: string, message: string, maxLength: number): JsonObject {
  const source = pattern.slice(1, -1);
  if (source.includes("'")) throw new TypeError(`cannot write the pattern ${source} as a raw string of CEL`);
  const cut = `(self.size() > ${MAX_SHOWN} ? self.substring(0, ${MAX_SHOWN}) + '…' : self)`;
  return {
    rule: `self.matches(r'${source}')`,
    message,
    // A string literal of CEL may have the escapes of JSON.
    messageExpression: `${JSON.stringify(`${message} (it is "`)} + ${maxLength > MAX_SHOWN ? cut : 'self'} + '")'`,
  };
}
