import * as z from 'zod/mini';
import { canonicalJson } from '../../../json/canonical.ts';
import type { JsonObject } from '../../../json/value.ts';
import { late } from '../late.ts';
import { policyProblems, positive, rawLifecyclePolicy } from './lifecycle-policy.ts';

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html, lifecyclePolicyText
const MIN_LENGTH = 100;
const MAX_LENGTH = 30_720;

const tagList = z
  .array(z.string().check(z.minLength(1, 'must not be empty')))
  .check(z.minLength(1, 'must have an entry'));

const rule = late(() =>
  z
    .strictObject({
      tagPrefixes: z.optional(tagList.check(z.describe('Images that have a tag for each of these prefixes.'))),
      tagPatterns: z.optional(
        tagList.check(z.describe('Images that have a tag for each of these patterns, such as v*.')),
      ),
      keepLast: z.optional(positive.check(z.describe('Expire all but the newest that many.'))),
      olderThanDays: z.optional(positive.check(z.describe('Expire those pushed more than that many days ago.'))),
    })
    .check(
      z.refine(({ tagPrefixes, tagPatterns }) => (tagPrefixes === undefined) !== (tagPatterns === undefined), {
        error: 'must have either tagPrefixes or tagPatterns',
      }),
      z.refine(({ keepLast, olderThanDays }) => (keepLast === undefined) !== (olderThanDays === undefined), {
        error: 'must have either keepLast or olderThanDays',
      }),
    ),
);

/** Which images expire: in plain terms, or as the policy that ECR knows. */
export const lifecycle = late(() =>
  z
    .strictObject({
      keepLast: z.optional(positive.check(z.describe('Expire all but the newest that many images, tagged or not.'))),
      untaggedDays: z.optional(
        positive.check(z.describe('Expire images without a tag that many days after their push.')),
      ),
      rules: z.optional(
        z
          .array(rule)
          .check(
            z.minLength(1, 'must have a rule, or be left out'),
            z.describe(
              'Rules by tag. An earlier rule goes before a later one; keepLast and untaggedDays come after them all.',
            ),
          ),
      ),
      policy: z.optional(rawLifecyclePolicy),
    })
    .check(
      z.superRefine((value, context) => {
        if (context.issues.length > 0) return;
        const plain = value.keepLast ?? value.untaggedDays ?? value.rules;
        if (value.policy !== undefined && plain !== undefined) {
          context.addIssue({ code: 'custom', path: ['policy'], message: EITHER });
        } else if (value.policy === undefined && plain === undefined) {
          context.addIssue({ code: 'custom', message: 'must have keepLast, untaggedDays, rules or policy' });
        } else {
          const path = value.policy ? ['policy'] : [];
          for (const problem of policyProblems(policyOf(value))) {
            context.addIssue({
              code: 'custom',
              path: value.policy ? [...path, ...problem.path] : path,
              message: problem.message,
            });
          }
          const { length } = lifecyclePolicyText(value);
          if (length < MIN_LENGTH || length > MAX_LENGTH) {
            const message = `comes to ${length} characters of policy text, ECR allows ${MIN_LENGTH} to ${MAX_LENGTH}`;
            context.addIssue({ code: 'custom', path, message });
          }
        }
      }),
      z.meta({
        'x-kubernetes-validations': [
          {
            rule: 'has(self.policy) != (has(self.keepLast) || has(self.untaggedDays) || has(self.rules))',
            message: 'must have either policy, or keepLast, untaggedDays or rules',
          },
        ],
      }),
      z.describe('Which images expire. ECR: none where nothing is said.'),
    ),
);

const EITHER = 'must not stand beside keepLast, untaggedDays or rules; say it one way';

export type Lifecycle = z.infer<typeof lifecycle>;

/**
 * The lifecycle policy as ECR takes it, in one canonical form: the classic provider compares it with ECR's answer as text. Its fields
 * stand in the order of ECR's documentation, without white space.
 */
export function lifecyclePolicyText(value: Lifecycle): string {
  return canonicalJson(policyOf(value), FIELD_ORDER);
}

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
const FIELD_ORDER = [
  'rules',
  'rulePriority',
  'description',
  'selection',
  'tagStatus',
  'tagPatternList',
  'tagPrefixList',
  'storageClass',
  'countType',
  'countUnit',
  'countNumber',
  'action',
  'type',
  'targetStorageClass',
];

function policyOf({ keepLast, untaggedDays, rules = [], policy }: Lifecycle): JsonObject {
  if (policy) {
    const sorted = [...policy.rules].sort((a, b) => a.rulePriority - b.rulePriority);
    return { rules: sorted.map(({ selection, ...rest }) => ({ ...rest, selection: withSortedTags(selection) })) };
  }
  const selections: JsonObject[] = rules.map(({ tagPrefixes, tagPatterns, ...what }) => ({
    tagStatus: 'tagged',
    tagPrefixList: tagPrefixes && [...tagPrefixes].sort(),
    tagPatternList: tagPatterns && [...tagPatterns].sort(),
    ...counted(what),
  }));
  if (untaggedDays !== undefined)
    selections.push({ tagStatus: 'untagged', ...counted({ olderThanDays: untaggedDays }) });
  // ECR wants the rule for any image to come last.
  if (keepLast !== undefined) selections.push({ tagStatus: 'any', ...counted({ keepLast }) });
  return {
    rules: selections.map((selection, index) => ({ rulePriority: index + 1, selection, action: { type: 'expire' } })),
  };
}

function withSortedTags(
  selection: JsonObject & { tagPrefixList?: string[] | undefined; tagPatternList?: string[] | undefined },
): JsonObject {
  const { tagPrefixList, tagPatternList } = selection;
  return {
    ...selection,
    ...(tagPrefixList && { tagPrefixList: [...tagPrefixList].sort() }),
    ...(tagPatternList && { tagPatternList: [...tagPatternList].sort() }),
  };
}

function counted(what: {
  readonly keepLast?: number | undefined;
  readonly olderThanDays?: number | undefined;
}): JsonObject {
  return what.keepLast === undefined
    ? { countType: 'sinceImagePushed', countUnit: 'days', countNumber: what.olderThanDays }
    : { countType: 'imageCountMoreThan', countNumber: what.keepLast };
}
