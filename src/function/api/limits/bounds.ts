import * as z from 'zod/mini';
import { excessOf, type JsonLimits } from '../../../json/excess.ts';
import { isList, isObject, type Json } from '../../../json/value.ts';
import type { Problem } from '../input-error.ts';
import { formatPath } from '../messages/field-path.ts';
import { unwrapped } from '../messages/schema-fields.ts';

/** The maximum number of reported problems. */
const MAX_PROBLEMS = 20;
/** The maximum number of properties of an object: fields of this function or of other steps. */
const MAX_FIELDS = 200;

/**
 * Finds strings, lists and maps that are larger than `schema` allows and, with `limits`, checks the size of the whole value. Must run
 * before any other check of user input, since the duration of expressions, refinements and templates depends on its size.
 */
export function sizeProblems(schema: z.core.$ZodType, value: Json, root: string, limits?: JsonLimits): Problem[] {
  const excess = limits && excessOf(value, limits);
  if (excess !== undefined) {
    const message =
      excess === 'maxDepth'
        ? `must be nested at most ${limits?.maxDepth} levels deep`
        : `must be at most ${limits?.maxCharacters} characters of JSON`;
    return [{ path: root, message }];
  }
  const problems: Problem[] = [];
  check(schema, value, [], (path, message) => problems.push({ path: formatPath(root, path), message }));
  return problems.slice(0, MAX_PROBLEMS);
}

type Path = readonly (string | number)[];
type Report = (path: Path, message: string) => void;

function check(schema: unknown, value: Json | undefined, path: Path, report: Report): void {
  if (value === undefined || value === null) return;
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodMiniString) checkText(inner, value, path, report);
  else if (inner instanceof z.ZodMiniArray) checkList(inner, value, path, report);
  else if (inner instanceof z.ZodMiniRecord) checkMap(inner, value, path, report);
  else if (inner instanceof z.ZodMiniObject) checkFields(inner, value, path, report);
}

function checkText(schema: z.core.$ZodType, value: Json, path: Path, report: Report): void {
  const max = maxLengthOf(schema);
  if (typeof value !== 'string' || value.length <= max) return;
  const length = charactersIn(value);
  if (length > max) report(path, `must be at most ${max} characters, not ${length}`);
}

function checkList(schema: z.ZodMiniArray, value: Json, path: Path, report: Report): void {
  if (!isList(value)) return;
  const max = maxLengthOf(schema);
  if (value.length > max) report(path, `must be at most ${max} entries, not ${value.length}`);
  else for (const [index, item] of value.entries()) check(schema._zod.def.element, item, [...path, index], report);
}

function checkMap(schema: z.ZodMiniRecord, value: Json, path: Path, report: Report): void {
  if (!isObject(value)) return;
  const keys = Object.keys(value);
  const max = maxPropertiesOf(schema);
  const maxKey = maxLengthOf(schema._zod.def.keyType);
  if (keys.length > max) report(path, `must be at most ${max} entries, not ${keys.length}`);
  else
    for (const key of keys) {
      if (charactersIn(key) > maxKey) report([...path, key], `must have a key of at most ${maxKey} characters`);
      check(schema._zod.def.valueType, value[key], [...path, key], report);
    }
}

function checkFields(schema: z.ZodMiniObject, value: Json, path: Path, report: Report): void {
  if (!isObject(value)) return;
  const keys = Object.keys(value);
  const known = keys.filter((key) => Object.hasOwn(schema.shape, key));
  if (keys.length > MAX_FIELDS) report(path, `must have at most ${MAX_FIELDS} fields, not ${keys.length}`);
  else for (const key of known) check(schema.shape[key], value[key], [...path, key], report);
}

/** Counts characters, as Kubernetes does, and not UTF-16 code units. */
function charactersIn(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function maxLengthOf(schema: z.core.$ZodType): number {
  const maxima = (schema._zod.def.checks ?? []).flatMap(({ _zod: { def } }) => {
    return isMaxLength(def) ? [def.maximum] : [];
  });
  return Math.min(Number.POSITIVE_INFINITY, ...maxima);
}

function isMaxLength(def: z.core.$ZodCheckDef): def is z.core.$ZodCheckMaxLengthDef {
  return def.check === 'max_length';
}

function maxPropertiesOf(schema: z.core.$ZodType): number {
  const { maxProperties } = z.globalRegistry.get(schema) ?? {};
  return typeof maxProperties === 'number' ? maxProperties : Number.POSITIVE_INFINITY;
}
