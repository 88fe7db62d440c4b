import fc from 'fast-check';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import { input, seedParameters } from '../function/call.ts';
import { type ClaimCase, inputSchema, parametersSchema } from './claims.ts';
import { pumped } from './mutations.ts';

type Path = readonly (string | number)[];

/** The paths of all texts that a schema knows, the first item of lists and the key `a` of maps among them. */
function textPaths(schema: Json | undefined, path: Path = []): Path[] {
  if (!isObject(schema)) return [];
  if (schema.type === 'string') return [path];
  const choices = isList(schema.anyOf) ? schema.anyOf : [];
  const fields = Object.entries(isObject(schema.properties) ? schema.properties : {});
  return [
    ...choices.flatMap((choice) => textPaths(choice, path)),
    ...textPaths(schema.items, [...path, 0]),
    ...textPaths(schema.additionalProperties, [...path, 'a']),
    ...fields.flatMap(([name, field]) => textPaths(field, [...path, name])),
  ];
}

function put([first, ...rest]: Path, text: string): Json {
  if (first === undefined) return text;
  if (first === 0) return [put(rest, text)];
  // What is in a list needs a name of its own.
  return { name: 'image', [first]: put(rest, text) };
}

const start = fc.constantFrom('', 'a', 'oci://', 'arn:aws:iam::123456789012:role/', '{workload}{suffix}');
const longText = fc.tuple(start, pumped).map((parts) => parts.join(''));

function at(schema: JsonObject): fc.Arbitrary<JsonObject> {
  return fc.tuple(fc.constantFrom(...textPaths(schema)), longText).map(([[field = '', ...rest], text]) => ({
    [field]: put(rest, text),
  }));
}

/** Claims and Inputs that are right but for a long text in one of their fields. */
export const longTextCase: fc.Arbitrary<ClaimCase> = fc.oneof(
  at(parametersSchema).map((field) => caseOf({ ...seedParameters, ...field }, {})),
  at(inputSchema).map((field) => caseOf(seedParameters, field)),
);

function caseOf(parameters: JsonObject, fields: JsonObject): ClaimCase {
  return { parameters, input: input(fields), provider: 'ecr.aws.upbound.io v1beta2', namespace: 'default' };
}
