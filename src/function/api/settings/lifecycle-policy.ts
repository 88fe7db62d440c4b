import * as z from 'zod/mini';
import { ECR_MODEL } from '../../../aws/ecr-model.ts';
import { quote } from '../../../internal/quote.ts';
import type { JsonObject } from '../../../json/value.ts';
import { listOf, text } from '../checks.ts';
import { describeIssues, PARSE_OPTIONS } from '../input-error.ts';
import { ANY_POLICY, type CheckedPolicy, type PolicyProblem, rawPolicy } from './raw-policy.ts';

// The rules of this file: https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html and
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
const MAX_PATTERN_WILDCARDS = 4;
const MAX_TAGS = 100;
const MAX_DESCRIPTION_LENGTH = 256;
/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html, rules per lifecycle policy. */
export const MAX_RULES = 50;
/** The minimum number of days in the archive before a policy may delete an image. */
export const MIN_ARCHIVE_DAYS = 90;

/** A number of images or days, or a priority. */
export const positive = z.int32('must be an integer from 1 to 2147483647').check(z.minimum(1, 'must be at least 1'));

const tag = text(ECR_MODEL.shapes.ImageTag.max);

/** A pattern of tags. */
export const tagPattern = tag.check(
  z.refine((pattern) => pattern.split('*').length - 1 <= MAX_PATTERN_WILDCARDS, {
    error: `must have at most ${MAX_PATTERN_WILDCARDS} wildcards`,
  }),
);

/** Returns the schema of a list of tags, prefixes or patterns. */
export function tagList(item: z.ZodMiniString): z.ZodMiniArray<z.ZodMiniString> {
  return listOf(item, MAX_TAGS).check(z.minLength(1, 'must have at least one entry'));
}

/** A prefix of tags. A tag never contains an asterisk, and ECR supports wildcards only in patterns. */
export const tagPrefix = tag.check(
  z.minLength(1, 'must not be empty'),
  z.refine((prefix) => !prefix.includes('*'), {
    error: ({ input }) => `must not contain *, as prefixes have no wildcards; use tagPatterns: [${quote(input)}]`,
  }),
);

const policySchema = z.strictObject({
  rules: listOf(
    z.strictObject({
      rulePriority: positive,
      description: z.optional(text(MAX_DESCRIPTION_LENGTH)),
      selection: z.strictObject({
        tagStatus: z.enum(['tagged', 'untagged', 'any']),
        tagPrefixList: z.optional(tagList(tag)),
        tagPatternList: z.optional(tagList(tagPattern)),
        storageClass: z.optional(z.enum(['standard', 'archive'])),
        countType: z.enum(['imageCountMoreThan', 'sinceImagePushed', 'sinceImagePulled', 'sinceImageTransitioned']),
        countUnit: z.optional(z.literal('days')),
        countNumber: positive,
      }),
      action: z.strictObject({
        type: z.enum(['expire', 'transition']),
        targetStorageClass: z.optional(z.literal('archive')),
      }),
    }),
    MAX_RULES,
  ).check(z.minLength(1, 'must have at least one rule')),
});

type LifecyclePolicy = z.infer<typeof policySchema>;
type Rule = LifecyclePolicy['rules'][number];

/** A lifecycle policy in ECR's own form. */
export const rawLifecyclePolicy = rawPolicy(checkLifecyclePolicy).check(
  z.meta(ANY_POLICY),
  z.describe(
    'The lifecycle policy in the form of ECR, as YAML or as JSON text, for rules that the other fields cannot express.',
  ),
);

function checkLifecyclePolicy(policy: JsonObject): CheckedPolicy<LifecyclePolicy> {
  const parsed = policySchema.safeParse(policy, PARSE_OPTIONS);
  if (!parsed.success) return { problems: describeIssues(parsed.error, policy, policySchema) };
  const { rules } = parsed.data;
  const problems = [...rules.flatMap(ruleProblems), ...priorityProblems(rules), ...classProblems(rules)];
  return problems.length === 0 ? { policy: parsed.data } : { problems };
}

function ruleProblems({ selection, action }: Rule, index: number): PolicyProblem[] {
  const { tagStatus, tagPrefixList, tagPatternList, countType, countUnit, countNumber } = selection;
  const storageClass = classOf(selection);
  const problems: PolicyProblem[] = [];
  const say = (field: string, message: string) =>
    problems.push({ path: ['rules', index, 'selection', field], message });
  const lists = [tagPrefixList, tagPatternList].filter((list) => list !== undefined).length;
  if (tagStatus === 'tagged' && lists !== 1)
    say('tagStatus', 'tagged must have either tagPrefixList or tagPatternList');
  if (tagStatus !== 'tagged' && lists > 0)
    say('tagStatus', `${tagStatus} must have no tagPrefixList and no tagPatternList`);
  if (countType === 'imageCountMoreThan' && countUnit !== undefined)
    say('countUnit', 'must be omitted with imageCountMoreThan');
  if (countType !== 'imageCountMoreThan' && countUnit === undefined) say('countUnit', `must be days with ${countType}`);
  if (countType === 'sinceImageTransitioned') {
    if (storageClass !== 'archive') say('storageClass', 'must be archive with sinceImageTransitioned');
    if (countNumber < MIN_ARCHIVE_DAYS) {
      say('countNumber', `must be at least ${MIN_ARCHIVE_DAYS} with sinceImageTransitioned, not ${countNumber}`);
    }
  } else if (storageClass === 'archive') {
    say(
      'storageClass',
      `must be standard with ${countType}; for the archive, ECR only supports sinceImageTransitioned`,
    );
  }
  return [...problems, ...actionProblems(countType, action, index)];
}

function actionProblems(
  countType: Rule['selection']['countType'],
  { type, targetStorageClass }: Rule['action'],
  index: number,
): PolicyProblem[] {
  const path = ['rules', index, 'action'];
  const problems: PolicyProblem[] = [];
  if ((type === 'transition') !== (targetStorageClass !== undefined)) {
    const message = 'must have targetStorageClass: archive with transition, and no targetStorageClass with expire';
    problems.push({ path, message });
  }
  if (countType === 'sinceImagePulled' && type !== 'transition') {
    const message =
      'must be transition with sinceImagePulled; to delete such images, archive them first and expire them with sinceImageTransitioned';
    problems.push({ path: [...path, 'type'], message });
  }
  if (countType === 'sinceImageTransitioned' && type !== 'expire') {
    problems.push({ path: [...path, 'type'], message: 'must be expire with sinceImageTransitioned' });
  }
  return problems;
}

function priorityProblems(rules: readonly Rule[]): PolicyProblem[] {
  return rules.flatMap(({ rulePriority }, index) => {
    const first = rules.findIndex((rule) => rule.rulePriority === rulePriority);
    if (first === index) return [];
    const message = `is ${rulePriority}, as in rules[${first}]; each rule must have a unique priority`;
    return [{ path: ['rules', index, 'rulePriority'], message }];
  });
}

/** Returns the problems of rules within each storage class. ECR evaluates the storage classes separately. */
function classProblems(rules: readonly Rule[]): PolicyProblem[] {
  return rules.flatMap((rule, index): PolicyProblem[] => {
    const { tagStatus } = rule.selection;
    if (tagStatus === 'tagged') return [];
    const storageClass = classOf(rule.selection);
    const sameClass = rules.filter(({ selection }) => classOf(selection) === storageClass);
    const first = rules.findIndex((other) => sameClass.includes(other) && other.selection.tagStatus === tagStatus);
    if (first !== index) {
      const message = `is ${tagStatus}, as in rules[${first}]; ECR allows one such rule for the storage class ${storageClass}`;
      return [{ path: ['rules', index, 'selection', 'tagStatus'], message }];
    }
    const others = sameClass.filter(({ selection }) => selection.tagStatus !== 'any');
    const isLast = others.every(({ rulePriority }) => rulePriority <= rule.rulePriority);
    if (tagStatus !== 'any' || isLast) return [];
    const message = `must be the highest of the storage class ${storageClass}, since the rule is for any image, not ${quote(rule.rulePriority)}`;
    return [{ path: ['rules', index, 'rulePriority'], message }];
  });
}

function classOf({ storageClass = 'standard' }: Rule['selection']): 'standard' | 'archive' {
  return storageClass;
}
