import * as z from 'zod/mini';
import { isList, isObject, type Json, type JsonObject } from '../../../json/value.ts';
import { late } from '../late.ts';

// The rules of this file: https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
const MAX_PATTERN_WILDCARDS = 4;

/** A number of images or days, or a priority, as ECR takes it. */
export const positive = z
  .int32('must be a whole number from 1 to 2147483647')
  .check(z.minimum(1, 'must be at least 1'));

const selection = late(() =>
  z.strictObject({
    tagStatus: z.enum(['tagged', 'untagged', 'any']),
    tagPrefixList: z.optional(z.array(z.string())),
    tagPatternList: z.optional(z.array(z.string())),
    storageClass: z.optional(z.enum(['standard', 'archive'])),
    countType: z.enum(['imageCountMoreThan', 'sinceImagePushed', 'sinceImagePulled', 'sinceImageTransitioned']),
    countUnit: z.optional(z.literal('days')),
    countNumber: positive,
  }),
);

/** A lifecycle policy in ECR's own form. */
export const rawLifecyclePolicy = late(() =>
  z
    .strictObject({
      rules: z
        .array(
          z.strictObject({
            rulePriority: positive,
            description: z.optional(z.string().check(z.maxLength(256, 'must be at most 256 characters'))),
            selection,
            action: z.strictObject({
              type: z.enum(['expire', 'transition']),
              targetStorageClass: z.optional(z.literal('archive')),
            }),
          }),
        )
        .check(z.minLength(1, 'must have a rule')),
    })
    .check(
      z.describe(
        'The lifecycle policy in the form that ECR documents, as YAML, for what the plain terms do not cover.',
      ),
    ),
);

interface PolicyProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What ECR would find wrong with a lifecycle policy whose fields are all right by themselves. */
export function policyProblems(policy: JsonObject): PolicyProblem[] {
  const rules = isList(policy.rules) ? policy.rules.filter(isObject) : [];
  return [...rules.flatMap(ruleProblems), ...priorityProblems(rules), ...statusProblems(rules)];
}

function ruleProblems(rule: JsonObject, index: number): PolicyProblem[] {
  const path = ['rules', index, 'selection'];
  const { tagStatus, tagPrefixList, tagPatternList, countType, countUnit } = selectionOf(rule);
  const problems: PolicyProblem[] = [];
  const say = (field: string, message: string) => problems.push({ path: [...path, field], message });
  const lists = [tagPrefixList, tagPatternList].filter((list) => isList(list) && list.length > 0).length;
  if (tagStatus === 'tagged' && lists !== 1)
    say('tagStatus', 'tagged must have either tagPrefixList or tagPatternList');
  if (tagStatus !== 'tagged' && lists > 0)
    say('tagStatus', `${tagStatus} must have no tagPrefixList and no tagPatternList`);
  const wild = texts(tagPatternList).find((pattern) => pattern.split('*').length - 1 > MAX_PATTERN_WILDCARDS);
  if (wild !== undefined)
    say('tagPatternList', `${wild} has more than the ${MAX_PATTERN_WILDCARDS} wildcards that ECR allows`);
  if (countType === 'imageCountMoreThan' && countUnit !== undefined)
    say('countUnit', 'must be left out with imageCountMoreThan');
  if (countType !== 'imageCountMoreThan' && countUnit === undefined) say('countUnit', `must be days with ${countType}`);
  const action = isObject(rule.action) ? rule.action : {};
  if ((action.type === 'transition') !== (action.targetStorageClass !== undefined)) {
    problems.push({
      path: ['rules', index, 'action'],
      message: 'must have a targetStorageClass with transition, and only with that',
    });
  }
  return problems;
}

function priorityProblems(rules: readonly JsonObject[]): PolicyProblem[] {
  return rules.flatMap(({ rulePriority }, index) => {
    const first = rules.findIndex((rule) => rule.rulePriority === rulePriority);
    if (first === index) return [];
    const message = `is ${rulePriority}, as in rules[${first}]; each rule must have a priority of its own`;
    return [{ path: ['rules', index, 'rulePriority'], message }];
  });
}

function statusProblems(rules: readonly JsonObject[]): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const last = Math.max(...rules.map(priorityOf));
  rules.forEach((rule, index) => {
    const { tagStatus, storageClass } = selectionOf(rule);
    if (tagStatus === 'tagged') return;
    const path = ['rules', index, 'selection', 'tagStatus'];
    const first = rules.findIndex((other) => {
      const of = selectionOf(other);
      return of.tagStatus === tagStatus && of.storageClass === storageClass;
    });
    if (first !== index)
      problems.push({ path, message: `${tagStatus} is already in rules[${first}]; ECR takes it once` });
    else if (tagStatus === 'any' && priorityOf(rule) !== last) {
      problems.push({
        path: ['rules', index, 'rulePriority'],
        message: 'must be the highest of all, as ECR wants it of the rule for any image',
      });
    }
  });
  return problems;
}

function selectionOf(rule: JsonObject): JsonObject {
  return isObject(rule.selection) ? rule.selection : {};
}

function priorityOf({ rulePriority }: JsonObject): number {
  return typeof rulePriority === 'number' ? rulePriority : 0;
}

function texts(list: Json | undefined): string[] {
  return isList(list) ? list.filter((item) => typeof item === 'string') : [];
}
