import * as z from 'zod/mini';
import { listed, printable, quote } from '../../../internal/quote.ts';
import { allOf } from '../../../internal/sentence.ts';
import { parseObject } from '../../../json/parse-object.ts';
import { isList, isObject, type Json, type JsonObject } from '../../../json/value.ts';
import { entrySchema, fieldsOf, unwrapped } from './schema-fields.ts';

/** A value of the wrong type, and its context. */
export interface WrongType {
  /** The name of the type in zod. */
  readonly expected: string;
  /** The requirement as text; undefined if the type is the only requirement. */
  readonly must: string | undefined;
  readonly value: Json;
  /** The field's name; undefined for an entry of a list. */
  readonly name: string | undefined;
  /** The object that contains the field. */
  readonly parent: Json | undefined;
  readonly schema: unknown;
}

/** Returns the message for a value of the wrong type, with the correct form if it can be derived. */
export function typeMessage(wrong: WrongType): string {
  const { expected, value, must = `must be ${article(expected)}` } = wrong;
  if (value === null) return nullMessage(wrong, must);
  const way = wayOut(wrong);
  return `${must}, not ${quote(value)}${way === undefined ? '' : `; ${way}`}`;
}

/** Returns the message for a field without a value. The content of an empty list or object is usually indented incorrectly. */
function nullMessage({ name, parent, schema }: WrongType, must: string): string {
  const fields = Object.keys(fieldsOf(schema));
  const beside = isObject(parent) ? fields.filter((field) => Object.hasOwn(parent, field)) : [];
  if (beside.length > 0 && name !== undefined) {
    return `is empty, but ${allOf(beside)} ${beside.length === 1 ? 'is' : 'are'} at the same level; indent ${beside.length === 1 ? 'it' : 'them'} below ${printable(name)}`;
  }
  return `${must}, not null; give it a value, or remove it`;
}

function wayOut({ expected, value, name, schema }: WrongType): string | undefined {
  switch (expected) {
    case 'string':
      return asText(value);
    case 'int':
    case 'number':
      return asNumber(value, name);
    case 'boolean':
      return asBoolean(value);
    case 'array':
      return asList(value, entrySchema(schema));
    case 'object':
    case 'record':
      return asObject(value, fieldsOf(schema));
    default:
      return undefined;
  }
}

function asText(value: Json): string | undefined {
  if (typeof value === 'boolean') return 'YAML reads yes, no, on, off, true and false as a boolean: put it in quotes';
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? `write "${value}", in quotes` : AS_WRITTEN;
  }
  const only = isList(value) ? value : isObject(value) ? Object.values(value) : [];
  const [text] = only;
  return only.length === 1 && typeof text === 'string' ? `write ${quote(text)}` : undefined;
}

/** The fix for a number whose source text may differ from its value: 1.10, 0123, 1e3. */
export const AS_WRITTEN = 'YAML read a number: put it in quotes, as written in the file';

function asNumber(value: Json, name = ''): string | undefined {
  if (typeof value === 'number') return 'write it without a fraction';
  if (typeof value !== 'string') return undefined;
  const [, digits, unit = ''] = /^\s*(\d{1,9})\s*([a-z]*)\s*$/i.exec(value) ?? [];
  if (digits === undefined) return undefined;
  if (unit === '') return `write ${Number(digits)}, without quotes`;
  const days = DAYS[unit.toLowerCase()];
  return name.endsWith('Days') && days !== undefined ? `write ${Number(digits) * days}, a number of days` : undefined;
}

const DAYS: Readonly<Record<string, number>> = { d: 1, day: 1, days: 1, w: 7, week: 7, weeks: 7, y: 365, years: 365 };

const TRUE = ['true', 'yes', 'on', 'y', '1', 'enabled'];
const FALSE = ['false', 'no', 'off', 'n', '0', 'disabled'];

function asBoolean(value: Json): string | undefined {
  if (isObject(value)) {
    const [only, ...others] = Object.values(value);
    return typeof only === 'boolean' && others.length === 0 ? `write ${only}` : 'write true or false';
  }
  const word = String(value).toLowerCase().trim();
  const meant = TRUE.includes(word) ? 'true' : FALSE.includes(word) ? 'false' : undefined;
  if (meant === undefined) return 'write true or false';
  return typeof value === 'string' ? `write ${meant}, without quotes` : `write ${meant}`;
}

function asList(value: Json, entry: unknown): string | undefined {
  const isOfTexts = unwrapped(entry) instanceof z.ZodMiniString || unwrapped(entry) instanceof z.ZodMiniEnum;
  if (typeof value === 'string') {
    const texts = value.split(',').map((text) => text.trim());
    return isOfTexts ? `write ${quote(texts)}` : withName(value, Object.keys(fieldsOf(entry)), (one) => [one]);
  }
  if (!isObject(value)) return undefined;
  const fields = Object.keys(fieldsOf(entry));
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key) => fields.includes(key))) return `write ${quote([value])}`;
  if (!fields.includes('name')) return undefined;
  const named = Object.entries(value).map(([key, one]) => ({ name: key, ...(isObject(one) ? one : {}) }));
  return `write ${quote(named)}`;
}

function asObject(value: Json, schema: Readonly<Record<string, unknown>>): string | undefined {
  const fields = Object.keys(schema);
  if (isList(value)) {
    const [field = '', ...rest] = fields;
    if (rest.length === 0 && entrySchema(schema[field]) !== undefined) return `write ${quote({ [field]: value })}`;
    const [only, ...others] = value;
    const isOne = isObject(only) && others.length === 0 && Object.keys(only).every((key) => fields.includes(key));
    return isOne ? `remove the dash: write ${quote(only)}` : has(fields);
  }
  if (typeof value === 'string') {
    const object = jsonObject(value);
    return object ? `write it as YAML, without quotes: ${quote(object)}` : (withName(value, fields) ?? has(fields));
  }
  return has(fields);
}

function withName(
  value: string,
  fields: readonly string[],
  form: (one: JsonObject) => Json = (one) => one,
): string | undefined {
  return fields.includes('name') ? `write ${quote(form({ name: value }))}` : undefined;
}

function has(fields: readonly string[]): string | undefined {
  return fields.length === 0 ? undefined : `its fields are ${listed(fields)}`;
}

/** The maximum length of a string that is parsed as JSON, in order to suggest the correct form. */
const MAX_JSON_LENGTH = 4_096;

/** Parses a short string as a JSON object. */
function jsonObject(text: string): JsonObject | undefined {
  return text.length > MAX_JSON_LENGTH ? undefined : parseObject(text);
}

const NOUNS: Readonly<Record<string, string>> = { record: 'object', array: 'list', int: 'integer' };

function article(type: string): string {
  const noun = NOUNS[type] ?? type;
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
