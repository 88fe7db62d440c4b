import { isList, isObject, type Json } from './value.ts';

/** Limits on JSON. */
export interface JsonLimits {
  /** The maximum number of characters, including keys, plus four for each value. */
  readonly maxCharacters: number;
  /** The maximum nesting of objects and lists. */
  readonly maxDepth: number;
}

/** Returns the limit that a value exceeds; undefined if there is none. Stops at the first excess. */
export function excessOf(
  value: Json | undefined,
  { maxCharacters, maxDepth }: JsonLimits,
): keyof JsonLimits | undefined {
  let left = maxCharacters;
  const exceeds = (part: Json | undefined, depth: number): keyof JsonLimits | undefined => {
    left -= typeof part === 'string' ? part.length + 4 : 4;
    if (left < 0) return 'maxCharacters';
    if (!isList(part) && !isObject(part)) return undefined;
    if (depth > maxDepth) return 'maxDepth';
    for (const key in part) {
      if (!isList(part)) left -= key.length;
      const excess = exceeds(isList(part) ? part[Number(key)] : part[key], depth + 1);
      if (excess !== undefined) return excess;
    }
    return undefined;
  };
  return exceeds(value, 1);
}
