import * as z from 'zod/mini';
import { parseDuration } from '../../go/duration.ts';
import { quote } from '../../internal/quote.ts';
import { oneOf } from '../../internal/sentence.ts';
import type { Json } from '../../json/value.ts';
import { type Forms, forms } from './messages/forms.ts';

/** Returns the schema of a string of at most `max` characters. */
export function text(max: number, messages: Forms = {}): z.ZodMiniString {
  return z.string(forms(messages)).check(z.maxLength(max, `must be at most ${max} characters`));
}

/** Returns the schema of a list of at most `max` entries. */
export function listOf<T extends z.core.SomeType>(entry: T, max: number, messages: Forms = {}): z.ZodMiniArray<T> {
  return z.array(entry, forms(messages)).check(z.maxLength(max, `must be at most ${max} entries`));
}

/** The name of a Kubernetes object: a DNS subdomain. */
export const objectName = text(253).check(
  z.regex(
    /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
    'must be the name of an object: lower-case letters, digits, dashes and dots',
  ),
);

/** Returns the schema of a Go duration from `min` to `max`, such as 90s or 1h30m. */
export function duration(min: string, max: string): z.ZodMiniString {
  const [least = 0, most = 0] = [parseDuration(min), parseDuration(max)];
  const isWithin = (value: string) => {
    const seconds = parseDuration(value);
    return seconds !== undefined && seconds >= least && seconds <= most;
  };
  const must = `must be a duration from ${min} to ${max}, such as ${oneOf(['90s', '10m', '1h30m'].filter(isWithin))}`;
  const otherType = (value: unknown) => {
    const meant =
      typeof value === 'number' ? ['s', 'm', 'h'].map((unit) => `${value}${unit}`).find(isWithin) : undefined;
    return `${must}, not ${quote(value)}${meant === undefined ? '' : `; write a unit: ${meant}`}`;
  };
  return text(MAX_DURATION_LENGTH, { otherType }).check(
    z.refine(isWithin, {
      error: ({ input }) => {
        const meant = inHours(String(input));
        return meant !== undefined && isWithin(meant) ? `${must}; the longest unit is h: write ${meant}` : must;
      },
    }),
  );
}

const MAX_DURATION_LENGTH = 32;

/** Converts a duration in days or weeks, which Go does not support, to hours. */
function inHours(text: string): string | undefined {
  const [, count, unit] = /^(\d{1,3})\s*(d|days?|w|weeks?)$/.exec(text) ?? [];
  return count === undefined ? undefined : `${Number(count) * (unit?.startsWith('w') ? 168 : 24)}h`;
}

/** The ID of an AWS account. YAML reads an unquoted one as a number, and one that begins with zero as a different number. */
export const accountNumber = text(14, {
  otherType: (value) => {
    if (typeof value !== 'number') return `${ACCOUNT}, not ${quote(value)}`;
    const meant = /^\d{12}$/.test(String(value)) ? `: "${value}"` : ', as written in the file';
    return `${ACCOUNT}, not ${quote(value)}; YAML read a number: put the digits in quotes${meant}`;
  },
}).check(
  z.regex(/^\d{12}$/, {
    error: ({ input }) => {
      const digits = String(input).replace(/[ -]/g, '');
      return `must be the 12 digits of an AWS account${/^\d{12}$/.test(digits) ? `; write "${digits}"` : ''}`;
    },
  }),
);

const ACCOUNT = 'must be the 12 digits of an AWS account, in quotes';

/** The name of a part of a workload, such as a repository or a source of packages. */
export const partName = text(32).check(
  z.regex(
    /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
    'must be lower-case letters, digits and dashes, at most 32, beginning with a letter',
  ),
);

/** Returns a check that refuses lists with two items that have the same `key`. */
export function distinct<K extends string>(key: K, error: string): z.core.$ZodCheck<readonly Record<K, string>[]> {
  return z.refine((list) => new Set(list.map((item) => item[key])).size === list.length, error);
}

const PREFIX_PATTERN = /^[a-z][a-z0-9-]*-$/;
/** The prefixes of composed resource names in a step without its own prefix, for resources that are found by prefix. */
const RESERVED_PREFIX = /^(?:package-cache|step)-/;
const MAX_PREFIX_LENGTH = 32;

/** `resourceNamePrefix` of the Input. */
export const resourceNamePrefix = z.optional(
  text(MAX_PREFIX_LENGTH).check(
    z.regex(PREFIX_PATTERN, 'must be lower-case letters, digits and dashes, begin with a letter and end with a dash'),
    z.refine((prefix) => !RESERVED_PREFIX.test(prefix), { error: 'must not begin with package-cache- or step-' }),
    z.describe(
      'Prefix of the names of the composed resources of this step, such as west-, and of its repositories and sources in the status, its pull secret and its ConfigMaps. Required if several steps of a pipeline run this function: all but one must have a unique prefix.',
    ),
  ),
);

/** True for a valid prefix. */
export function isResourceNamePrefix(value: Json | undefined): value is string {
  return resourceNamePrefix.safeParse(value).success && value !== undefined;
}
