import type { Json, JsonObject } from '../../../src/json/value.ts';
import { type BadInput, row } from './row.ts';

/** A rule of a raw lifecycle policy that is valid except for the given fields. */
const rule = (over: JsonObject = {}, selection: JsonObject = {}) => ({
  rulePriority: 1,
  selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10, ...selection },
  action: { type: 'expire' },
  ...over,
});

const lifecyclePolicy = (...rules: Json[]) => ({ lifecycle: { policy: { rules } } });

export const lifecycle: readonly BadInput[] = [
  row('an empty lifecycle', 'required', ['lifecycle'], { lifecycle: {} }),
  row('a misspelled field', 'unknown fields', ['lifecycle.keeplast'], { lifecycle: { keeplast: 5 } }),
  row('keeping none', 'ECR: counts from 1', ['lifecycle.keepLast'], { lifecycle: { keepLast: 0 } }),
  row('keeping more images than ECR supports', 'ECR: 32 bits', ['lifecycle.keepLast'], {
    lifecycle: { keepLast: 3e9 },
  }),
  row('half a day', 'types', ['lifecycle.untaggedDays'], { lifecycle: { untaggedDays: 0.5 } }),
  row('other fields together with a raw policy', 'one or the other', ['lifecycle.policy'], {
    lifecycle: { keepLast: 5, policy: { rules: [rule()] } },
  }),
  row('a rule by tag without tags', 'one of two', ['lifecycle.rules[0]'], { lifecycle: { rules: [{ keepLast: 5 }] } }),
  row('a rule by tag with two counts', 'one of two', ['lifecycle.rules[0]'], {
    lifecycle: { rules: [{ tagPrefixes: ['v'], keepLast: 5, olderThanDays: 3 }] },
  }),
  row('a prefix with a wildcard', 'ECR: wildcards in patterns only', ['lifecycle.rules[0].tagPrefixes[0]'], {
    lifecycle: { rules: [{ tagPrefixes: ['pr-*'], olderThanDays: 14 }] },
  }),
  row('a pattern with five wildcards', 'ECR: four wildcards', ['lifecycle.rules[0].tagPatterns[0]'], {
    lifecycle: { rules: [{ tagPatterns: ['*a*b*c*d*'], keepLast: 5 }] },
  }),
  row('a policy of over 30,720 characters', 'ECR: 100 to 30,720 characters', ['lifecycle'], {
    lifecycle: {
      rules: Array.from({ length: 40 }, (_, index) => ({
        tagPrefixes: ['a', 'b', 'c'].map((letter) => `release-${index}-${letter.repeat(280)}`),
        keepLast: 5,
      })),
    },
  }),
  row('more than 50 rules', 'ECR: 50 rules', ['lifecycle'], {
    lifecycle: {
      rules: Array.from({ length: 50 }, (_, index) => ({ tagPrefixes: [`v${index}`], keepLast: 5 })),
      untaggedDays: 3,
    },
  }),
  row('keepLast together with olderThanDays', 'ECR: one rule for any image', ['lifecycle'], {
    lifecycle: { keepLast: 5, olderThanDays: 30 },
  }),
  row('deleting from the archive after 30 days', 'ECR: 90 days', ['lifecycle.archive.deleteAfterDays'], {
    lifecycle: { archive: { notPulledDays: 90, deleteAfterDays: 30 } },
  }),
  row('an empty archive', 'required', ['lifecycle.archive'], { lifecycle: { archive: {} } }),
  row(
    'expiring images that are not pulled',
    'ECR: sinceImagePulled archives only',
    ['lifecycle.policy.rules[0].action.type'],
    lifecyclePolicy(rule({}, { countType: 'sinceImagePulled', countUnit: 'days' })),
  ),
  row(
    'a count in the archive',
    'ECR: the archive has sinceImageTransitioned only',
    ['lifecycle.policy.rules[0].selection.storageClass'],
    lifecyclePolicy(rule({}, { storageClass: 'archive' })),
  ),
  row(
    'days in the archive without its class, too few, archived again',
    'ECR: sinceImageTransitioned',
    [
      'lifecycle.policy.rules[0].selection.storageClass',
      'lifecycle.policy.rules[0].selection.countNumber',
      'lifecycle.policy.rules[0].action.type',
    ],
    lifecyclePolicy(
      rule(
        { action: { type: 'transition', targetStorageClass: 'archive' } },
        { countType: 'sinceImageTransitioned', countUnit: 'days', countNumber: 89 },
      ),
    ),
  ),
  row(
    'rules with equal priorities',
    'ECR: priorities differ',
    ['lifecycle.policy.rules[1].rulePriority'],
    lifecyclePolicy(rule({}, { tagStatus: 'tagged', tagPrefixList: ['v'] }), rule()),
  ),
  row(
    'a rule for any image before another',
    'ECR: any comes last',
    ['lifecycle.policy.rules[0].rulePriority'],
    lifecyclePolicy(rule(), rule({ rulePriority: 2 }, { tagStatus: 'tagged', tagPrefixList: ['v'] })),
  ),
  row(
    'two rules for untagged images',
    'ECR: one rule for untagged',
    ['lifecycle.policy.rules[1].selection.tagStatus'],
    lifecyclePolicy(rule({}, { tagStatus: 'untagged' }), rule({ rulePriority: 2 }, { tagStatus: 'untagged' })),
  ),
  row(
    'a rule for tagged images without tags',
    'ECR: tagged wants tags',
    ['lifecycle.policy.rules[0].selection.tagStatus'],
    lifecyclePolicy(rule({}, { tagStatus: 'tagged' })),
  ),
  row(
    'a rule for untagged images with tags',
    'ECR: only tagged has tags',
    ['lifecycle.policy.rules[0].selection.tagStatus'],
    lifecyclePolicy(rule({}, { tagStatus: 'untagged', tagPrefixList: ['v'] })),
  ),
  row(
    'a count with a unit',
    'ECR: no unit for counts',
    ['lifecycle.policy.rules[0].selection.countUnit'],
    lifecyclePolicy(rule({}, { countUnit: 'days' })),
  ),
  row(
    'days without a unit',
    'ECR: a unit for ages',
    ['lifecycle.policy.rules[0].selection.countUnit'],
    lifecyclePolicy(rule({}, { countType: 'sinceImagePushed' })),
  ),
  row(
    'an action that does not exist in ECR',
    'words',
    ['lifecycle.policy.rules[0].action.type'],
    lifecyclePolicy(rule({ action: { type: 'delete' } })),
  ),
  row('a policy without rules', 'ECR: at least one rule', ['lifecycle.policy.rules'], lifecyclePolicy()),
  row('a policy as text without rules', 'ECR: at least one rule', ['lifecycle.policy.rules'], {
    lifecycle: { policy: '{"rules": []}' },
  }),
  row('a policy as text that is a list', 'types', ['lifecycle.policy'], { lifecycle: { policy: '[]' } }),
];
