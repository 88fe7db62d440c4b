import * as z from 'zod/mini';
import { quote } from '../../../internal/quote.ts';
import { text } from '../checks.ts';
import { forms } from '../messages/forms.ts';

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html#tag-restrictions
const MAX_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

const FORMS = forms({
  otherType: (value) => {
    const pairs = pairsOf(value);
    const form = pairs === undefined ? '{"KEY":"VALUE"}' : quote(Object.fromEntries(pairs));
    return `must be an object, not ${quote(value)}; write ${form}`;
  },
});

/** Returns the tags in AWS's form, [{Key: …, Value: …}], or in a text such as a=b,c=d. */
function pairsOf(value: unknown): readonly (readonly [string, string])[] | undefined {
  if (typeof value === 'string') return pairsOf(value.split(','));
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const pairs = value.slice(0, MAX_TAGS).map((one: unknown) => {
    if (typeof one === 'string') return splitPair(one);
    if (typeof one !== 'object' || one === null) return [];
    const fields = Object.entries(one).map(([name, said]: [string, unknown]) => [name.toLowerCase(), said] as const);
    const field = (...names: readonly string[]) => fields.find(([name]) => names.includes(name))?.[1];
    return field('key', 'name') === undefined
      ? fields.length === 1
        ? Object.entries(one).flat()
        : []
      : [field('key', 'name'), field('value')];
  });
  const texts = pairs.flatMap(([key, said]) =>
    typeof key === 'string' && said !== undefined ? [[key, String(said)] as const] : [],
  );
  return texts.length === pairs.length ? texts : undefined;
}

/** Splits a text at the first = or :. */
function splitPair(text: string): string[] {
  const at = text.search(/[=:]/);
  return at < 1 ? [] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** AWS tags of a repository. */
export const tags = z.record(text(MAX_KEY_LENGTH), text(MAX_VALUE_LENGTH), FORMS).check(
  z.superRefine((values, context) => {
    for (const [key, value] of Object.entries(values)) {
      const problem = keyProblem(key) ?? valueProblem(value);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [key], message: problem });
    }
  }),
  z.meta({ maxProperties: MAX_TAGS }),
  z.describe(
    'AWS tags of the repositories. The tags of all layers are merged. For the same key, the claim takes precedence over defaults, and enforced over the claim.',
  ),
);

function keyProblem(key: string): string | undefined {
  if (key === '') return 'must not have an empty key';
  if (/^aws:/i.test(key)) return 'must not have a key that begins with aws:, which AWS reserves';
  return CHARACTERS.test(key) ? undefined : 'must have keys of letters, digits, spaces and _ . : / = + - @';
}

function valueProblem(value: string): string | undefined {
  return CHARACTERS.test(value) ? undefined : 'must consist of letters, digits, spaces and _ . : / = + - @';
}

/** Returns the problem of the tags of all layers together with those that the provider adds, or undefined. */
export function tagsProblem(values: Readonly<Record<string, string>>, added: readonly string[]): string | undefined {
  const taken = Object.keys(values).find((key) => added.includes(key));
  if (taken !== undefined) return `has the key ${quote(taken)}, which the provider sets itself; use another key`;
  const count = Object.keys(values).length;
  if (count + added.length <= MAX_TAGS) return undefined;
  const sum =
    added.length === 0 ? '' : `: ${count} in all layers, and ${added.length} from the provider (${added.join(', ')})`;
  return `must have at most ${MAX_TAGS} tags, not ${count + added.length}${sum}`;
}
