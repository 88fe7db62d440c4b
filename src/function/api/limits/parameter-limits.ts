import { isList, isObject, type Json } from '../../../json/value.ts';
import type { Problem } from '../input-error.ts';
import { formatPath } from '../messages/field-path.ts';

// Checked before anything else looks at what the author of a claim wrote. All of them together are far beyond what 50 repositories with
// policies of their own need.

/** The most bytes of `spec.parameters`, encoded as Crossplane sends it. */
export const MAX_PARAMETER_BYTES = 262_144;
const MAX_VALUES = 10_000;
const MAX_FIELDS = 1_000;
const MAX_DEPTH = 32;
/** The most parts of a path that a message shows. */
const MAX_SHOWN = 8;

const PATH = 'spec.parameters';

/** The problem of parameters that have more than {@link MAX_PARAMETER_BYTES}. */
export function tooManyBytes(bytes: number): Problem {
  return { path: PATH, message: `must have at most ${MAX_PARAMETER_BYTES} bytes, has ${bytes}` };
}

/** The limit that decoded parameters exceed, or undefined. */
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
    return refuse(`must have at most ${MAX_FIELDS} ${what}, has ${count}`);
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
