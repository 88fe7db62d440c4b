import * as z from 'zod/mini';
import { parseDuration } from '../../go/duration.ts';
import type { Json } from '../../json/value.ts';

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

const PREFIX_PATTERN = /^[a-z][a-z0-9-]*-$/;
/** What the composed names of a step without a prefix may begin with, for those that are found by their beginning. */
const RESERVED_PREFIX = /^(?:package-cache|step)-/;
const MAX_PREFIX_LENGTH = 32;

/** `resourceNamePrefix` of the Input. */
export const resourceNamePrefix = z.optional(
  text(MAX_PREFIX_LENGTH).check(
    z.regex(PREFIX_PATTERN, 'must be lower-case letters, digits and dashes, begin with a letter and end with a dash'),
    z.refine((prefix) => !RESERVED_PREFIX.test(prefix), { error: 'must not begin with package-cache- or step-' }),
    z.describe(
      'What the names of the composed resources of this step begin with, such as west-, and those of its repositories and sources in the status, its pull secret and its ConfigMaps. Wanted where a pipeline has this function in several steps: each but one needs a prefix of its own.',
    ),
  ),
);

/** True for a valid prefix. */
export function isResourceNamePrefix(value: Json | undefined): value is string {
  return resourceNamePrefix.safeParse(value).success && value !== undefined;
}
