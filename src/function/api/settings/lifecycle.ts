import * as z from 'zod/mini';
import { ECR_MODEL } from '../../../aws/ecr-model.ts';
import { quote } from '../../../internal/quote.ts';
import { allOf } from '../../../internal/sentence.ts';
import { canonicalJson } from '../../../json/canonical.ts';
import type { JsonObject } from '../../../json/value.ts';
import { listOf } from '../checks.ts';
import { forms } from '../messages/forms.ts';
import {
  MAX_RULES,
  MIN_ARCHIVE_DAYS,
  positive,
  rawLifecyclePolicy,
  tagList,
  tagPattern,
  tagPrefix,
} from './lifecycle-policy.ts';
import { policyForm } from './raw-policy.ts';

const { min: MIN_LENGTH, max: MAX_LENGTH } = ECR_MODEL.shapes.LifecyclePolicyText;

/** The fields of a rule in ECR's own form. */
const OF_ECR = [
  'rulePriority',
  'selection',
  'action',
  'tagStatus',
  'tagPrefixList',
  'tagPatternList',
  'countType',
  'countUnit',
  'countNumber',
];

const RULE_FORMS = forms({
  otherFields: (fields) =>
    fields.some((field) => OF_ECR.includes(field))
      ? `has ${allOf(fields.filter((field) => OF_ECR.includes(field)))}, the fields of ECR's own form; use tagPrefixes or tagPatterns with keepLast or olderThanDays, or put the rules below lifecycle.policy`
      : undefined,
});

const FORMS = forms({
  otherType: (value) => {
    const form = formOf(value) ?? '{keepLast: NUMBER} or {olderThanDays: NUMBER}';
    return `must be an object, not ${quote(value)}; write ${form}`;
  },
});

const rule = z
  .strictObject(
    {
      tagPrefixes: z.optional(
        tagList(tagPrefix).check(z.describe('Images that have a tag for each of these prefixes.')),
      ),
      tagPatterns: z.optional(
        tagList(tagPattern.check(z.minLength(1, 'must not be empty'))).check(
          z.describe('Images that have a tag for each of these patterns, such as v*.'),
        ),
      ),
      keepLast: z.optional(positive.check(z.describe('Expire all but this number of the newest images.'))),
      olderThanDays: z.optional(
        positive.check(z.describe('Expire images that were pushed more than this number of days ago.')),
      ),
    },
    RULE_FORMS,
  )
  .check(
    z.refine(({ tagPrefixes, tagPatterns }) => (tagPrefixes === undefined) !== (tagPatterns === undefined), {
      error: 'must have either tagPrefixes or tagPatterns',
    }),
    z.refine(({ keepLast, olderThanDays }) => (keepLast === undefined) !== (olderThanDays === undefined), {
      error: 'must have either keepLast or olderThanDays',
    }),
  );

const archive = z
  .strictObject({
    notPulledDays: z.optional(
      positive.check(
        z.describe('Archive images that were not pulled for this number of days. Archived images cannot be pulled.'),
      ),
    ),
    deleteAfterDays: z.optional(
      positive.check(
        z.minimum(
          MIN_ARCHIVE_DAYS,
          `must be at least ${MIN_ARCHIVE_DAYS}, the minimum duration of storage in the archive`,
        ),
        z.describe('Delete images this number of days after they were archived.'),
      ),
    ),
  })
  .check(
    z.refine(({ notPulledDays, deleteAfterDays }) => (notPulledDays ?? deleteAfterDays) !== undefined, {
      error: 'must have notPulledDays or deleteAfterDays',
    }),
  );

/** The images that expire, as simple rules or as ECR's policy. */
export const lifecycle = z
  .strictObject(
    {
      keepLast: z.optional(
        positive.check(z.describe('Expire all but this number of the newest images, tagged or untagged.')),
      ),
      olderThanDays: z.optional(
        positive.check(
          z.describe('Expire all images that were pushed more than this number of days ago, tagged or untagged.'),
        ),
      ),
      untaggedDays: z.optional(
        positive.check(z.describe('Expire untagged images this number of days after their push.')),
      ),
      archive: z.optional(archive.check(z.describe('Move images to the archive, a cheaper storage class.'))),
      rules: z.optional(
        listOf(rule, MAX_RULES).check(
          z.minLength(1, 'must have at least one rule, or be omitted'),
          z.describe('Rules by tag. An earlier rule takes precedence over later rules and over all other fields.'),
        ),
      ),
      policy: z.optional(rawLifecyclePolicy),
    },
    FORMS,
  )
  .check(
    z.superRefine((value, context) => {
      if (context.issues.length > 0) return;
      const problem = problemOf(value);
      if (problem) context.addIssue({ code: 'custom', ...problem });
    }),
    z.describe('Images that expire. Default in ECR: none.'),
  );

/** Returns the object that corresponds to a value of another type. */
function formOf(value: unknown): string | undefined {
  if (typeof value === 'number') return `{"keepLast":${value}}`;
  if (!Array.isArray(value)) return policyForm(value);
  const isOfEcr = value.some((one) => typeof one === 'object' && one !== null && 'rulePriority' in one);
  return isOfEcr ? `{"policy":{"rules":${quote(value)}}}` : `{"rules":${quote(value)}}`;
}

const PLAIN_TERMS = 'keepLast, olderThanDays, untaggedDays, archive or rules';

export type Lifecycle = z.infer<typeof lifecycle>;

function problemOf(value: Lifecycle): { path?: string[]; message: string } | undefined {
  const { policy, keepLast, olderThanDays, untaggedDays, archive: archiving, rules } = value;
  const hasPlain = (keepLast ?? olderThanDays ?? untaggedDays ?? archiving ?? rules) !== undefined;
  if (policy !== undefined && hasPlain) {
    return { path: ['policy'], message: `must not be set together with ${PLAIN_TERMS}` };
  }
  if (policy === undefined && !hasPlain) return { message: `must have ${PLAIN_TERMS}, or policy` };
  const forAny = [keepLast, olderThanDays, archiving?.notPulledDays].filter((days) => days !== undefined);
  if (forAny.length > 1) {
    return {
      message:
        'must have only one of keepLast, olderThanDays and archive.notPulledDays: ECR takes one rule for any image',
    };
  }
  const { length: count } = policyOf(value).rules;
  if (count > MAX_RULES) return { message: `must result in at most ${MAX_RULES} rules, not ${count}` };
  const { length } = lifecyclePolicyText(value);
  if (length >= MIN_LENGTH && length <= MAX_LENGTH) return undefined;
  const message = `must result in ${MIN_LENGTH} to ${MAX_LENGTH} characters of policy text, not ${length}`;
  return policy === undefined ? { message } : { path: ['policy'], message };
}

/**
 * Returns the text of the lifecycle policy in canonical form, since the classic provider compares it with ECR's response as text. Its
 * fields are in the order of ECR's documentation, without white space.
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

function policyOf(value: Lifecycle): { readonly rules: readonly JsonObject[] } {
  const { policy } = value;
  if (policy) {
    const sorted = [...policy.rules].sort((a, b) => a.rulePriority - b.rulePriority);
    return { rules: sorted.map(({ selection, ...rest }) => ({ ...rest, selection: withSortedTags(selection) })) };
  }
  return { rules: plainRules(value).map((one, index) => ({ rulePriority: index + 1, ...one })) };
}

/** Returns the rules that result from the simple fields. ECR requires a rule for any image to be the last of its storage class. */
function plainRules({
  keepLast,
  olderThanDays,
  untaggedDays,
  archive: archiving,
  rules = [],
}: Lifecycle): JsonObject[] {
  const expire = (selection: JsonObject) => ({ selection, action: { type: 'expire' } });
  const plain: JsonObject[] = rules.map(({ tagPrefixes, tagPatterns, ...what }) =>
    expire({
      tagStatus: 'tagged',
      tagPrefixList: tagPrefixes && [...tagPrefixes].sort(),
      tagPatternList: tagPatterns && [...tagPatterns].sort(),
      ...counted(what),
    }),
  );
  if (untaggedDays !== undefined)
    plain.push(expire({ tagStatus: 'untagged', ...days('sinceImagePushed', untaggedDays) }));
  if ((keepLast ?? olderThanDays) !== undefined) {
    plain.push(expire({ tagStatus: 'any', ...counted({ keepLast, olderThanDays }) }));
  }
  if (archiving?.notPulledDays !== undefined) {
    plain.push({
      selection: { tagStatus: 'any', ...days('sinceImagePulled', archiving.notPulledDays) },
      action: { type: 'transition', targetStorageClass: 'archive' },
    });
  }
  if (archiving?.deleteAfterDays !== undefined) {
    const inArchive = days('sinceImageTransitioned', archiving.deleteAfterDays);
    plain.push(expire({ tagStatus: 'any', storageClass: 'archive', ...inArchive }));
  }
  return plain;
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
    ? days('sinceImagePushed', what.olderThanDays)
    : { countType: 'imageCountMoreThan', countNumber: what.keepLast };
}

function days(countType: string, countNumber: number | undefined): JsonObject {
  return { countType, countUnit: 'days', countNumber };
}
