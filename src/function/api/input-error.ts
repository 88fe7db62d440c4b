import * as z from 'zod/mini';
import { nearest } from '../../internal/did-you-mean.ts';
import { quote } from '../../internal/quote.ts';
import { isList, isObject, type Json } from '../../json/value.ts';

/** One thing wrong with what a person wrote: where, and a sentence of what is wrong and what would be right. */
export interface Problem {
  /** The field's path, such as `spec.parameters.region`. */
  readonly path: string;
  readonly message: string;
}

/** Why a request cannot be carried out. `INVALID_INPUT` is for the Composition's author, the others for the claim's. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code: 'INVALID_INPUT' | 'INVALID_PARAMETERS' | 'NAME_CONFLICT';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], code?: InputError['code']) {
    super(formatProblems(problems));
    const ofInput = problems.every(({ path }) => path.startsWith('input'));
    this.code = code ?? (ofInput ? 'INVALID_INPUT' : 'INVALID_PARAMETERS');
    this.problems = problems;
  }
}

const MAX_SHOWN_PROBLEMS = 20;

/** Puts problems into one line of text: a single one as it is, several numbered, and the number of those beyond the first twenty. */
export function formatProblems(problems: readonly Problem[]): string {
  const lines = problems.slice(0, MAX_SHOWN_PROBLEMS).map(({ path, message }) => `${path}: ${message}`);
  if (problems.length === 1) return lines[0] ?? '';
  const numbered = lines.map((line, index) => `(${index + 1}) ${line}`);
  if (problems.length > lines.length) numbered.push(`and ${problems.length - lines.length} more`);
  return `${problems.length} problems: ${numbered.join('; ')}`;
}

/** Turns what `schema` found wrong with `value` into problems whose paths start with `root`. */
export function problemsOf(
  error: z.core.$ZodError,
  value: Json | undefined,
  root: string,
  schema: z.core.$ZodType,
): Problem[] {
  return describeIssues(error, value, schema).map(({ path, message }) => ({ path: formatPath(root, path), message }));
}

/** Turns what `schema` found wrong with `value` into sentences, each with the path of the field below `value`. */
export function describeIssues(
  error: z.core.$ZodError,
  value: Json | undefined,
  schema: z.core.$ZodType,
): { readonly path: (string | number)[]; readonly message: string }[] {
  let known: string[] | undefined;
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code !== 'unrecognized_keys') return [{ path, message: messageOf(issue, valueAt(value, path)) }];
    known ??= [...new Set(fieldsOf(schema))];
    const names = known;
    return issue.keys.map((key) => {
      return { path: [...path, key], message: `unknown field, ${didYouMean(key, names) ?? 'take it out'}` };
    });
  });
}

/** `name` with the hint of the known name that was probably meant, or undefined when none is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

/** The names of all fields that a schema knows, at any depth. */
function fieldsOf(schema: unknown): string[] {
  if (schema instanceof z.ZodMiniObject) {
    return Object.entries(schema.shape).flatMap(([name, field]) => [name, ...fieldsOf(field)]);
  }
  if (schema instanceof z.ZodMiniArray) return fieldsOf(schema._zod.def.element);
  if (schema instanceof z.ZodMiniLazy) return fieldsOf(schema._zod.innerType);
  const isWrapper = schema instanceof z.ZodMiniOptional || schema instanceof z.ZodMiniDefault;
  return isWrapper ? fieldsOf(schema._zod.def.innerType) : [];
}

function messageOf(issue: z.core.$ZodIssue, value: Json | undefined): string {
  if (value === undefined && issue.code !== 'custom') return 'is required';
  if (issue.code === 'invalid_type') {
    const quotes =
      issue.expected === 'string' && ['number', 'boolean'].includes(typeof value) ? '; put it in quotes' : '';
    return `must be ${article(issue.expected)}, not ${quote(value)}${quotes}`;
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const hint = typeof value === 'string' ? didYouMean(value, values) : undefined;
    return `must be ${oneOf(values)}, not ${quote(value)}${hint ? `; ${hint}` : ''}`;
  }
  if (issue.code === 'custom' && issue.params?.standsAlone === true) return issue.message;
  const [inner] = issue.code === 'invalid_key' ? issue.issues : [];
  return `${(inner ?? issue).message} (it is ${quote(value)})`;
}

/** Puts alternatives into words: `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

const NOUNS: Readonly<Record<string, string>> = { record: 'object', array: 'list', int: 'whole number' };

function article(type: string): string {
  const noun = NOUNS[type] ?? type;
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

/** The path of a field below `root`. A name that could be mistaken for other parts of a message is quoted. */
export function formatPath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = String(part);
    if (!PLAIN_NAME.test(name) || name.length > MAX_NAME_LENGTH) return `${text}[${quote(name, MAX_NAME_LENGTH)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, root);
}

const MAX_NAME_LENGTH = 100;
const PLAIN_NAME = /^[\w@+=/:.-]+$/;

function valueAt(value: Json | undefined, path: readonly PropertyKey[]): Json | undefined {
  let at = value;
  for (const part of path) {
    if (isList(at) && typeof part === 'number') at = at[part];
    else if (isObject(at) && typeof part === 'string' && Object.hasOwn(at, part)) at = at[part];
    else return undefined;
  }
  return at;
}
