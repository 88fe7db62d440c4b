import { parseObject } from '../../json/parse-object.ts';
import { isList, isObject, type Json, type JsonObject } from '../../json/value.ts';

/** A rule of a lifecycle policy. */
export interface LifecycleRule {
  /** The rule in words. */
  readonly sentence: string;
  /** Patterns of tags with `*`. An image must have a matching tag for each. Empty if the rule does not select by tag. */
  readonly patterns: readonly string[];
  readonly selects: 'tagged' | 'untagged' | 'any';
  readonly storage: 'standard' | 'archive';
  readonly action: 'expire' | 'archive';
  readonly limit: { readonly kind: 'age' | 'count' | 'notPulled' | 'archived'; readonly number: number };
}

/** An example of an image, and the effect of the policy on it. */
export interface ImageExample {
  /** The tags of the image; none for an untagged image. */
  readonly tags: readonly string[];
  /** The effect of the policy on the image, in words. */
  readonly fate: string;
  /** The number of days after the push at which the image expires or is archived, if known. */
  readonly days: number | undefined;
  /** The number of the rule that applies, from 1; undefined if no rule selects the image. */
  readonly rule: number | undefined;
}

/**
 * Reads the rules of a lifecycle policy, in the order of their priority
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html). Returns no rules for text that is not a policy.
 */
export function readLifecyclePolicy(text: string): readonly LifecycleRule[] {
  const { rules } = parseObject(text) ?? {};
  const list = isList(rules) ? rules.filter(isObject) : [];
  return [...list].sort((a, b) => numberOf(a.rulePriority) - numberOf(b.rulePriority)).map(readRule);
}

function readRule(rule: JsonObject): LifecycleRule {
  const selection = isObject(rule.selection) ? rule.selection : {};
  const action = isObject(rule.action) && rule.action.type === 'transition' ? 'archive' : 'expire';
  const patterns = [
    ...texts(selection.tagPrefixList).map((prefix) => `${prefix}*`),
    ...texts(selection.tagPatternList),
  ];
  const { tagStatus } = selection;
  const selects = tagStatus === 'tagged' || tagStatus === 'untagged' ? tagStatus : 'any';
  const storage = selection.storageClass === 'archive' ? 'archive' : 'standard';
  const limit = { kind: KINDS[String(selection.countType)] ?? 'age', number: numberOf(selection.countNumber) };
  const parts = { patterns, selects, storage, action, limit } as const;
  return { ...parts, sentence: sentenceOf(parts) };
}

const KINDS: Readonly<Record<string, LifecycleRule['limit']['kind']>> = {
  imageCountMoreThan: 'count',
  sinceImagePushed: 'age',
  sinceImagePulled: 'notPulled',
  sinceImageTransitioned: 'archived',
};

function sentenceOf({ patterns, selects, storage, action, limit }: Omit<LifecycleRule, 'sentence'>): string {
  const verb = action === 'archive' ? 'Archive' : 'Expire';
  const days = plural(limit.number, 'day');
  const where = storage === 'archive' ? ' in the archive' : '';
  const what =
    selects === 'untagged'
      ? 'images without a tag'
      : patterns.length > 0
        ? `images with ${patterns.length === 1 ? 'a tag like' : 'tags like'} ${patterns.join(' and ')}`
        : 'images';
  if (limit.kind === 'count') return `${verb} all but the newest ${limit.number} ${what}${where}.`;
  if (limit.kind === 'notPulled') return `${verb} ${what}${where} without a pull for ${days}.`;
  if (limit.kind === 'archived') return `${verb} ${what} ${days} after they were archived.`;
  return `${verb} ${what}${where} ${days} after their push.`;
}

/** Returns examples of images for a policy: one for each rule that selects by tag, `latest`, and an untagged image. */
export function imageExamples(rules: readonly LifecycleRule[]): readonly ImageExample[] {
  const ofRules = rules.filter(({ patterns }) => patterns.length > 0).map(({ patterns }) => patterns.map(tagLike));
  const all = [...ofRules, ['latest'], []];
  const distinct = new Map(all.map((tags) => [tags.join(' '), tags]));
  return [...distinct.values()].slice(0, MAX_EXAMPLES).map((tags) => exampleOf(rules, tags));
}

const MAX_EXAMPLES = 8;

/** Returns a tag that a pattern such as `v*` matches. */
function tagLike(pattern: string): string {
  let at = 0;
  const parts = pattern.startsWith('v') ? ['1.4.2', '0', '1'] : ['42', '7', '1'];
  return pattern.replaceAll('*', () => parts[at++ % parts.length] ?? '1');
}

/**
 * Applies the rules to one image. The first rule by priority that selects an image applies: in ECR, a later rule never expires an image
 * that an earlier rule selects.
 */
function exampleOf(rules: readonly LifecycleRule[], tags: readonly string[]): ImageExample {
  const index = rules.findIndex((rule) => rule.storage === 'standard' && selectsImage(rule, tags));
  const rule = rules[index];
  if (rule === undefined) return { tags, fate: 'stays', days: undefined, rule: undefined };
  const { limit, action } = rule;
  const goes = action === 'archive' ? 'is archived' : 'expires';
  const number = index + 1;
  if (limit.kind === 'count') {
    const newer = plural(limit.number, 'newer image');
    return {
      tags,
      fate: `${goes} once ${newer} ${limit.number === 1 ? 'exists' : 'exist'}`,
      days: undefined,
      rule: number,
    };
  }
  if (limit.kind === 'notPulled') {
    return { tags, fate: `${goes} ${plural(limit.number, 'day')} after its last pull`, days: undefined, rule: number };
  }
  return { tags, fate: `${goes} ${plural(limit.number, 'day')} after its push`, days: limit.number, rule: number };
}

function selectsImage({ selects, patterns }: LifecycleRule, tags: readonly string[]): boolean {
  if (selects === 'any') return true;
  if (selects === 'untagged') return tags.length === 0;
  return tags.length > 0 && patterns.every((pattern) => tags.some((tag) => matches(pattern, tag)));
}

/** True when a pattern, in which `*` matches any text, matches a whole tag. */
function matches(pattern: string, tag: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return tag === pattern;
  if (!tag.startsWith(first) || !tag.endsWith(last) || tag.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = tag.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= tag.length - last.length;
}

/** Formats a number with its noun, such as `1 day` or `2 days`. */
export function plural(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : nouns}`;
}

function texts(value: Json | undefined): string[] {
  return isList(value) ? value.filter((one) => typeof one === 'string') : [];
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}
