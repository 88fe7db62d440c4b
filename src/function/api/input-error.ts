import type * as z from 'zod/mini';
import { quote } from '../../internal/quote.ts';
import { oneOf } from '../../internal/sentence.ts';
import { isList, isObject, type Json } from '../../json/value.ts';
import { formatPath } from './messages/field-path.ts';
import { schemaAt } from './messages/schema-fields.ts';
import { typeMessage } from './messages/type-message.ts';
import { didYouMean, unknownField } from './messages/unknown-field.ts';

/** A problem of user input: the field, and a message with the problem and its fix. */
export interface Problem {
  /** The field's path, such as `spec.parameters.region`. */
  readonly path: string;
  readonly message: string;
}

/** Thrown for invalid user input. `INVALID_INPUT` concerns the Composition's author, the other codes the claim's author. */
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

/** Formats problems as one line: a single one as is, several numbered, with the number of those after the first twenty. */
export function formatProblems(problems: readonly Problem[]): string {
  const lines = problems.slice(0, MAX_SHOWN_PROBLEMS).map(({ path, message }) => `${path}: ${message}`);
  if (problems.length === 1) return lines[0] ?? '';
  const numbered = lines.map((line, index) => `(${index + 1}) ${line}`);
  if (problems.length > lines.length) numbered.push(`and ${problems.length - lines.length} more`);
  return `${problems.length} problems: ${numbered.join('; ')}`;
}

/** Converts the issues that `schema` found in `value` to problems whose paths start with `root`. */
export function problemsOf(
  error: z.core.$ZodError,
  value: Json | undefined,
  root: string,
  schema: z.core.$ZodType,
): Problem[] {
  return describeIssues(error, value, schema, root).map(({ path, message }) => ({
    path: formatPath(root, path),
    message,
  }));
}

/** Converts the issues that `schema` found in `value` to messages, each with the path of the field below `value`. `root` is the path of `value`. */
export function describeIssues(
  error: z.core.$ZodError,
  value: Json | undefined,
  schema: z.core.$ZodType,
  root = '',
): { readonly path: (string | number)[]; readonly message: string }[] {
  let looked = 0;
  return distinctIssues(error.issues).flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code !== 'unrecognized_keys') return [{ path, message: messageOf(issue, path, value, schema) }];
    // The message of a schema that knows the fields of another form covers all of them.
    if (issue.message !== NO_MESSAGE) return [{ path, message: issue.message }];
    const pathOf = (place: string) => (place === '' ? root : root === '' ? place : `${root}.${place}`);
    return issue.keys.map((key) => {
      const isLookedUp = ++looked <= MAX_LOOKED_UP;
      return { path: [...path, key], message: isLookedUp ? unknownField(key, path, schema, pathOf) : 'unknown field' };
    });
  });
}

/** The maximum number of unknown fields that are searched for in other objects. Messages show fewer. */
const MAX_LOOKED_UP = 50;

/** Removes issues that result from another one: rules about a value of another type, or about an object in another form. */
function distinctIssues(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const isWhole = (issue: z.core.$ZodIssue) =>
    issue.code === 'invalid_type' || (issue.code === 'unrecognized_keys' && issue.message !== NO_MESSAGE);
  const wrong = new Set(issues.filter(isWhole).map(({ path }) => formatPath('', path)));
  return issues.filter((issue) => isWhole(issue) || !wrong.has(formatPath('', issue.path)));
}

/** Terms of AWS, Kubernetes and Crossplane for values of this function. */
const SYNONYMS: Readonly<Record<string, string>> = {
  orphan: 'Retain',
  keep: 'Retain',
  delete: 'IfEmpty',
  immutable_with_exclusion: 'Immutable',
  mutable_with_exclusion: 'Mutable',
};

function synonymHint(value: string, values: readonly string[]): string | undefined {
  const word = value.toLowerCase();
  const meant = Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word] : undefined;
  return meant !== undefined && values.includes(meant) ? `did you mean ${meant}?` : undefined;
}

const NO_MESSAGE = 'Invalid input';

/**
 * Options of each parse whose issues are described here. An issue whose schema does not define a message gets none, regardless of the
 * language that is configured in zod.
 */
export const PARSE_OPTIONS = { error: () => NO_MESSAGE };

function messageOf(
  issue: z.core.$ZodIssue,
  path: readonly (string | number)[],
  root: Json | undefined,
  schema: z.core.$ZodType,
): string {
  const value = valueAt(root, path);
  if (value === undefined && issue.code !== 'custom') return 'is required';
  if (issue.code === 'invalid_type') {
    const isOfNumber = issue.expected === 'int' || issue.expected === 'number';
    if (issue.message !== NO_MESSAGE && !isOfNumber) return issue.message;
    const last = path.at(-1);
    return typeMessage({
      expected: issue.expected,
      must: issue.message === NO_MESSAGE ? undefined : issue.message,
      value: value ?? null,
      name: typeof last === 'string' ? last : undefined,
      parent: valueAt(root, path.slice(0, -1)),
      schema: schemaAt(schema, path),
    });
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const hint = typeof value === 'string' ? (synonymHint(value, values) ?? didYouMean(value, values)) : undefined;
    return `must be ${oneOf(values)}, not ${quote(value)}${hint ? `; ${hint}` : ''}`;
  }
  if (issue.code === 'custom' && issue.params?.standsAlone === true) return issue.message;
  const [inner] = issue.code === 'invalid_key' ? issue.issues : [];
  return `${(inner ?? issue).message} (it is ${quote(value)})`;
}

function valueAt(value: Json | undefined, path: readonly PropertyKey[]): Json | undefined {
  let at = value;
  for (const part of path) {
    if (isList(at) && typeof part === 'number') at = at[part];
    else if (isObject(at) && typeof part === 'string' && Object.hasOwn(at, part)) at = at[part];
    else return undefined;
  }
  return at;
}
