import fc from 'fast-check';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import { ownProperties } from '../protocol/arbitraries.ts';
import { oddJson } from './json.ts';
import { anyText } from './mutations.ts';

/** Good values for fields that the schema does not say enough about, by `parent.name` or the field's name alone. */
export type Hints = Readonly<Record<string, fc.Arbitrary<Json>>>;

/** Values of an OpenAPI schema, as far as it says what is right; every second one has a few that it does not take. */
export function fromSchema(schema: JsonObject, hints: Hints): fc.Arbitrary<Json> {
  const place = { hints, depth: 0, name: '' };
  return fc.oneof(rightValue(schema, { ...place, spoiled: false }), rightValue(schema, { ...place, spoiled: true }));
}

/** Where in a schema one is. */
interface Place {
  readonly hints: Hints;
  readonly depth: number;
  /** Whether values that do not fit are among those that do. */
  readonly spoiled: boolean;
  /** The field whose value this is. */
  readonly name: string;
}

function anyValue(schema: JsonObject, place: Place): fc.Arbitrary<Json> {
  const right = rightValue(schema, place);
  return place.spoiled ? fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: oddJson }) : right;
}

function rightValue(schema: JsonObject, place: Place): fc.Arbitrary<Json> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (isList(choices)) {
    return fc.oneof(...choices.filter(isObject).map((choice) => rightValue(choice, place)));
  }
  if (isList(schema.enum)) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.integer({ min: bound(schema.minimum, -3), max: bound(schema.maximum, 2 ** 31) });
    case 'string':
      return textOf(schema, place);
    case 'array':
      return listOf(schema, place);
    case 'object':
      return objectOf(schema, place);
    default:
      return oddJson;
  }
}

function bound(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : otherwise;
}

function textOf({ pattern, minLength, maxLength }: JsonObject, { spoiled }: Place): fc.Arbitrary<Json> {
  if (typeof pattern === 'string' && !pattern.includes('(?!')) {
    return fc.stringMatching(new RegExp(pattern), { size: 'small' });
  }
  const bounds = { minLength: bound(minLength, 0), maxLength: Math.min(bound(maxLength, 24), 300) };
  const word = fc.string({ unit: fc.constantFrom(...'abcz09-._/*{}:'), ...bounds });
  return spoiled ? fc.oneof({ weight: 6, arbitrary: word }, { weight: 1, arbitrary: anyText }) : word;
}

function listOf({ items, minItems, maxItems }: JsonObject, place: Place): fc.Arbitrary<Json> {
  const item = isObject(items) ? anyValue(items, below(place)) : oddJson;
  // A spoiled one may have more than fit.
  const most = Math.min(bound(maxItems, 2), 2) + (place.spoiled ? 1 : 0);
  return fc.array(item, { minLength: Math.min(bound(minItems, 0), most), maxLength: most });
}

function objectOf(schema: JsonObject, place: Place): fc.Arbitrary<Json> {
  const required = isList(schema.required) ? schema.required : [];
  const fields = Object.entries(isObject(schema.properties) ? schema.properties : {}).map(([name, property]) => {
    const value = isObject(property) ? fieldOf(name, property, place) : oddJson;
    const present = required.includes(name) ? fc.constant(true) : chance(place);
    return fc.tuple(present, value).map(([isThere, json]): [string, Json][] => (isThere ? [[name, json]] : []));
  });
  const extra = isObject(schema.additionalProperties) ? entriesOf(schema.additionalProperties, place) : stray(place);
  return fc.tuple(extra, ...fields).map((parts) => ownProperties(parts.flat()));
}

/** A field that no schema knows. */
function stray({ spoiled }: Place): fc.Arbitrary<[string, Json][]> {
  const none = { weight: 30, arbitrary: fc.constant<[string, Json][]>([]) };
  const one = { weight: 1, arbitrary: fc.tuple(anyText, oddJson).map((entry): [string, Json][] => [entry]) };
  return spoiled ? fc.oneof(none, one) : none.arbitrary;
}

/** Few of all fields: claims with everything in them would mostly be refused for one thing or another. */
function chance({ depth }: Place): fc.Arbitrary<boolean> {
  return fc.integer({ min: 0, max: depth === 0 ? 6 : 2 }).map((n) => n === 0);
}

function fieldOf(name: string, schema: JsonObject, place: Place): fc.Arbitrary<Json> {
  const plain = anyValue(schema, { ...below(place), name });
  const hint = [`${place.name}.${name}`, name].find((key) => Object.hasOwn(place.hints, key));
  const good = hint === undefined ? undefined : place.hints[hint];
  if (good === undefined) return plain;
  // Fields with fields of their own are made of those now and then.
  const weight = schema.type === 'object' ? 3 : 10;
  const mixed = fc.oneof({ weight, arbitrary: good }, { weight: 1, arbitrary: plain });
  return place.spoiled || schema.type === 'object' ? mixed : good;
}

function entriesOf(schema: JsonObject, place: Place): fc.Arbitrary<[string, Json][]> {
  const word = fc.string({ unit: fc.constantFrom(...'abzA9-._/'), minLength: 1, maxLength: 12 });
  const key = place.spoiled ? fc.oneof({ weight: 12, arbitrary: word }, { weight: 1, arbitrary: anyText }) : word;
  return fc.array(fc.tuple(key, anyValue(schema, below(place))), { maxLength: 4 });
}

function below(place: Place): Place {
  return { ...place, depth: place.depth + 1 };
}
