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
      ? `has ${allOf(fields.filter((field) => OF_ECR.includes(field)))}, of ECR's own form; write tagPrefixes or tagPatterns with keepLast or olderThanDays, or put the rules below lifecycle.policy`
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
      keepLast: z.optional(positive.check(z.describe('Expire all but the newest that many.'))),
      olderThanDays: z.optional(positive.check(z.describe('Expire those pushed more than that many days ago.'))),
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
      positive.check(z.describe('Archive images without a pull in that many days. Archived images cannot be pulled.')),
    ),
    deleteAfterDays: z.optional(
      positive.check(
        z.minimum(MIN_ARCHIVE_DAYS, `must be at least ${MIN_ARCHIVE_DAYS}, the shortest time that ECR archives for`),
        z.describe('Delete images that many days after they were archived.'),
      ),
    ),
  })
  .check(
    z.refine(({ notPulledDays, deleteAfterDays }) => (notPulledDays ?? deleteAfterDays) !== undefined, {
      error: 'must have notPulledDays or deleteAfterDays',
    }),
  );

/** The images that expire: in plain terms, or as ECR's policy. */
export const lifecycle = z
  .strictObject(
    {
      keepLast: z.optional(positive.check(z.describe('Expire all but the newest that many images, tagged or not.'))),
      olderThanDays: z.optional(
        positive.check(z.describe('Expire all images pushed more than that many days ago, tagged or not.')),
      ),
      untaggedDays: z.optional(
        positive.check(z.describe('Expire images without a tag that many days after their push.')),
      ),
      archive: z.optional(archive.check(z.describe('Move images to the archive, a cheaper storage class.'))),
      rules: z.optional(
        listOf(rule, MAX_RULES).check(
          z.minLength(1, 'must have a rule, or be left out'),
          z.describe('Rules by tag. An earlier rule takes precedence over a later one, and over all other terms.'),
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
    z.describe('Images that expire. Default of ECR: none.'),
  );

/** The object that a value of another type stands for. */
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
    return { path: ['policy'], message: `must not stand beside ${PLAIN_TERMS}; say it one way` };
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
  if (count > MAX_RULES) return { message: `comes to ${count} rules, ECR allows ${MAX_RULES}` };
  const { length } = lifecyclePolicyText(value);
  if (length >= MIN_LENGTH && length <= MAX_LENGTH) return undefined;
  const message = `comes to ${length} characters of policy text, ECR allows ${MIN_LENGTH} to ${MAX_LENGTH}`;
  return policy === undefined ? { message } : { path: ['policy'], message };
}

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

function policyOf(value: Lifecycle): { readonly rules: readonly JsonObject[] } {
  const { policy } = value;
  if (policy) {
    const sorted = [...policy.rules].sort((a, b) => a.rulePriority - b.rulePriority);
    return { rules: sorted.map(({ selection, ...rest }) => ({ ...rest, selection: withSortedTags(selection) })) };
  }
  return { rules: plainRules(value).map((one, index) => ({ rulePriority: index + 1, ...one })) };
}

/** The rules that the plain terms stand for. ECR wants a rule for any image to be the last of its storage class. */
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
