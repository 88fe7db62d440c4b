import * as z from 'zod/mini';
import { quote } from '../../../internal/quote.ts';
import { text } from '../checks.ts';

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html#tag-restrictions
const MAX_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** AWS tags of a repository. */
export const tags = z.record(text(MAX_KEY_LENGTH), text(MAX_VALUE_LENGTH)).check(
  z.superRefine((values, context) => {
    for (const [key, value] of Object.entries(values)) {
      const problem = keyProblem(key) ?? valueProblem(value);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [key], message: problem });
    }
  }),
  z.meta({ maxProperties: MAX_TAGS }),
  z.describe(
    'AWS tags of the repositories. The tags of all layers are put together; for one key, the claim goes before defaults and enforced before the claim.',
  ),
);

function keyProblem(key: string): string | undefined {
  if (key === '') return 'has an empty key';
  if (/^aws:/i.test(key)) return 'has a key that begins with aws:, which AWS keeps for itself';
  return CHARACTERS.test(key)
    ? undefined
    : 'has a key with other characters than letters, digits, spaces and _ . : / = + - @';
}

function valueProblem(value: string): string | undefined {
  return CHARACTERS.test(value) ? undefined : 'has other characters than letters, digits, spaces and _ . : / = + - @';
}

/** Says what is wrong with the tags of all layers together, beside those that the provider adds itself; undefined when nothing is. */
export function tagsProblem(values: Readonly<Record<string, string>>, added: readonly string[]): string | undefined {
  const taken = Object.keys(values).find((key) => added.includes(key));
  if (taken !== undefined) return `has the key ${quote(taken)}, which the provider sets itself; take another`;
  const count = Object.keys(values).length;
  if (count + added.length <= MAX_TAGS) return undefined;
  const provider = added.length === 0 ? '' : ` and the provider adds ${added.length} (${added.join(', ')})`;
  return `comes to ${count} tags in all layers${provider}, AWS allows ${MAX_TAGS}`;
}
