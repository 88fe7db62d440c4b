import { isList, isObject, type Json } from '../../../json/value.ts';
import type { Problem } from '../input-error.ts';
import { formatPath } from '../messages/field-path.ts';

// The limits are checked before any other check of a claim. They are far above what 50 repositories with their own policies need.

/** The maximum size of the encoded `spec.parameters` in a request, in bytes. */
export const MAX_PARAMETER_BYTES = 262_144;
const MAX_VALUES = 10_000;
const MAX_FIELDS = 1_000;
const MAX_DEPTH = 32;
/** The maximum number of parts of a path in a message. */
const MAX_SHOWN = 8;

const PATH = 'spec.parameters';

/** Returns the problem of parameters that exceed {@link MAX_PARAMETER_BYTES}. */
export function tooManyBytes(bytes: number): Problem {
  return { path: PATH, message: `must have at most ${MAX_PARAMETER_BYTES} bytes, not ${bytes}` };
}

/** Returns the problem of decoded parameters that exceed a limit, or undefined. */
export function parameterLimitProblem(parameters: Json): Problem | undefined {
  const path: (string | number)[] = [];
  let values = 0;
  let problem: Problem | undefined;

  function refuse(message: string): false {
    problem = { path: formatPath(PATH, path.slice(0, MAX_SHOWN)), message };
    return false;
  }

  function isWithin(value: Json | undefined): boolean {
    values += 1;
    if (values > MAX_VALUES) {
      path.length = 0;
      return refuse(`must have at most ${MAX_VALUES} values in all`);
    }
    if (isList(value)) return value.length > MAX_FIELDS ? tooMany('items', value.length) : areWithin(value.entries());
    if (!isObject(value)) return true;
    const fields = Object.entries(value);
    return fields.length > MAX_FIELDS ? tooMany('fields', fields.length) : areWithin(fields);
  }

  function tooMany(what: string, count: number): false {
    return refuse(`must have at most ${MAX_FIELDS} ${what}, not ${count}`);
  }

  function areWithin(entries: Iterable<readonly [string | number, Json | undefined]>): boolean {
    for (const [key, value] of entries) {
      path.push(key);
      if (path.length > MAX_DEPTH) return refuse(`must be nested at most ${MAX_DEPTH} levels deep`);
      if (!isWithin(value)) return false;
      path.pop();
    }
    return true;
  }

  isWithin(parameters);
  return problem;
}
