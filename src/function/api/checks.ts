import * as z from 'zod/mini';

/** The names that the parts of a workload can have among themselves: its repositories, its sources of packages. */
export const partName = z
  .string()
  .check(
    z.regex(
      /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
      'must be lower-case letters, digits and dashes, at most 32, beginning with a letter',
    ),
  );

/** Refuses a list with two items that have the same `key`. */
export function distinct<K extends string>(key: K, error: string): z.core.$ZodCheck<readonly Record<K, string>[]> {
  return z.refine((list) => new Set(list.map((item) => item[key])).size === list.length, error);
}
