import * as z from 'zod/mini';
import { printable, quote } from '../../../internal/quote.ts';
import { reasonOf } from '../../../internal/reason.ts';
import { excessOf } from '../../../json/excess.ts';
import { isObject, type Json, type JsonObject } from '../../../json/value.ts';

/** The maximum length of a policy. It is far above ECR's limits, which exclude white space and repetitions, and low enough for fast checks. */
const MAX_CHARACTERS = 65_536;
const MAX_DEPTH = 12;

/** A problem of a policy, with a path below that of the policy. The message is self-contained and quotes the value. */
export interface PolicyProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A valid policy, or its problems. */
export type CheckedPolicy<T> = { readonly policy: T } | { readonly problems: readonly PolicyProblem[] };

/**
 * Returns the schema of a policy in the form that AWS documents, as YAML or as JSON text. Its size is checked before `check` runs. `check`
 * refuses everything that it does not support.
 */
export function rawPolicy<T extends JsonObject>(
  check: (policy: JsonObject) => CheckedPolicy<T>,
): z.ZodMiniTransform<T, Json> {
  return z.transform((value: Json, context): T => {
    const read = readPolicy(value);
    const checked = 'problems' in read ? read : check(read.policy);
    if ('policy' in checked) return checked.policy;
    for (const { path, message } of checked.problems) {
      context.issues.push({ code: 'custom', input: value, path: [...path], message, params: { standsAlone: true } });
    }
    return z.NEVER;
  });
}

/** Marks the schema of a policy in OpenAPI, so that the API server preserves any object or text. */
export const ANY_POLICY = { 'x-kubernetes-preserve-unknown-fields': true };

/** Returns the correct form of a value that is a policy as JSON text, or undefined. */
export function policyForm(value: unknown): string | undefined {
  return typeof value === 'string' && value.trimStart().startsWith('{') ? `{policy: '${printable(value)}'}` : undefined;
}

function readPolicy(value: Json): CheckedPolicy<JsonObject> {
  const refuse = (message: string) => ({ problems: [{ path: [], message }] });
  const policy = typeof value === 'string' ? parse(value) : { value };
  if ('problem' in policy) return refuse(policy.problem);
  if (!isObject(policy.value)) return refuse(`must be an object, or an object as JSON text, not ${quote(value)}`);
  const excess = excessOf(policy.value, { maxCharacters: MAX_CHARACTERS, maxDepth: MAX_DEPTH });
  if (excess === undefined) return { policy: policy.value };
  return refuse(excess === 'maxDepth' ? `must be nested at most ${MAX_DEPTH} levels deep` : TOO_LARGE);
}

function parse(text: string): { readonly value: Json } | { readonly problem: string } {
  if (text.length > MAX_CHARACTERS) return { problem: TOO_LARGE };
  try {
    const value: Json = JSON.parse(text);
    const key = repeatedKey(text);
    return key === undefined ? { value } : { problem: `must not have the duplicate key ${quote(key)}` };
  } catch (error) {
    // Node 26 adds line and column to the position.
    const why = reasonOf(error).replace(/ \(line \d+ column \d+\)$/, '');
    return { problem: `must be an object, or an object as JSON text; this is not JSON: ${printable(why)}` };
  }
}

const TOO_LARGE = `must be at most ${MAX_CHARACTERS} characters of JSON`;

/** Returns the first duplicate key of an object in JSON text. JSON.parse would drop all but the last of its values. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    if (json[at] === '{') open.push(new Set());
    else if (json[at] === '[') open.push(LIST);
    else if (json[at] === '}' || json[at] === ']') open.pop();
    else if (json[at] === '"') {
      const start = at;
      at = endOfString(json, start);
      if (!isKey(json, at)) continue;
      const key = String(JSON.parse(json.slice(start, at + 1)));
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

/** Represents a list among the open objects. A list does not have keys. */
const LIST: Set<string> = new Set();

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at;
}

function isKey(json: string, endOfText: number): boolean {
  let at = endOfText + 1;
  while (at < json.length && ' \t\r\n'.includes(json[at] ?? '')) at++;
  return json[at] === ':';
}
