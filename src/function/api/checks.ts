import * as z from 'zod/mini';
import { parseDuration } from '../../go/duration.ts';

/** A text of at most `max` characters. */
export function text(max: number): z.ZodMiniString {
  return z.string().check(z.maxLength(max, `must be at most ${max} characters`));
}

/** A list of at most `max` entries. */
export function listOf<T extends z.core.SomeType>(entry: T, max: number): z.ZodMiniArray<T> {
  return z.array(entry).check(z.maxLength(max, `must be at most ${max} entries`));
}

/** The name of a Kubernetes object: a DNS subdomain. */
export const objectName = text(253).check(
  z.regex(
    /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
    'must be the name of an object: lower-case letters, digits, dashes and dots',
  ),
);

/** A duration as Go writes it, from `min` to `max`, such as 90s or 1h30m. */
export function duration(min: string, max: string): z.ZodMiniString {
  const [least = 0, most = 0] = [parseDuration(min), parseDuration(max)];
  return text(MAX_DURATION_LENGTH).check(
    z.refine((value) => {
      const seconds = parseDuration(value);
      return seconds !== undefined && seconds >= least && seconds <= most;
    }, `must be a duration from ${min} to ${max}, such as 90s, 10m or 1h30m`),
  );
}

const MAX_DURATION_LENGTH = 32;

/** The names that the parts of a workload can have among themselves: its repositories, its sources of packages. */
export const partName = text(32).check(
  z.regex(
    /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
    'must be lower-case letters, digits and dashes, at most 32, beginning with a letter',
  ),
);

/** Refuses a list with two items that have the same `key`. */
export function distinct<K extends string>(key: K, error: string): z.core.$ZodCheck<readonly Record<K, string>[]> {
  return z.refine((list) => new Set(list.map((item) => item[key])).size === list.length, error);
}
