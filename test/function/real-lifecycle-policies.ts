import type { Json, JsonObject } from '../../src/json/value.ts';
import type { RealPolicy } from './real-policies.ts';

const PROPERTIES = 'lifecycle_policy_parameters.html';
const EXAMPLES = 'lifecycle_policy_examples.html';
const ARCHIVE = 'archive-image.html';

const pushed = (countNumber: number) => ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber });
const pulled = (countNumber: number) => ({ countType: 'sinceImagePulled', countUnit: 'days', countNumber });
const archived = (countNumber: number) => ({
  storageClass: 'archive',
  countType: 'sinceImageTransitioned',
  countUnit: 'days',
  countNumber,
});
const moreThan = (countNumber: number) => ({ countType: 'imageCountMoreThan', countNumber });
const EXPIRE = { type: 'expire' };
const TRANSITION = { type: 'transition', targetStorageClass: 'archive' };

function rule(rulePriority: number, selection: JsonObject, action: JsonObject = EXPIRE, description?: string) {
  return { rulePriority, ...(description === undefined ? {} : { description }), selection, action };
}

const rules = (...list: Json[]): JsonObject => ({ rules: list });
const prefixes = (...tagPrefixList: string[]) => ({ tagStatus: 'tagged', tagPrefixList });
const patterns = (...tagPatternList: string[]) => ({ tagStatus: 'tagged', tagPatternList });
const untagged = { tagStatus: 'untagged' };
const any = { tagStatus: 'any' };

/** Lifecycle policies like those that teams have, and what AWS's documentation says of each. */
export const LIFECYCLE_POLICIES: readonly RealPolicy[] = [
  {
    what: 'the newest 25 images',
    policy: rules(rule(1, { ...any, ...moreThan(25) })),
    plain: { keepLast: 25 },
    aws: 'one rule for any image, by count',
    page: EXAMPLES,
  },
  {
    what: 'untagged images for 10 days',
    policy: rules(rule(1, { ...untagged, ...pushed(10) })),
    plain: { untaggedDays: 10 },
    aws: 'one rule for untagged images, by age',
    page: EXAMPLES,
  },
  {
    what: 'everything for 180 days',
    policy: rules(rule(1, { ...any, ...pushed(180) })),
    plain: { olderThanDays: 180 },
    aws: 'one rule for any image, by age',
    page: EXAMPLES,
  },
  {
    what: 'images of pull requests for a fortnight',
    policy: rules(rule(1, { ...prefixes('pr-'), ...pushed(14) })),
    plain: { rules: [{ tagPrefixes: ['pr-'], olderThanDays: 14 }] },
    aws: 'tagged needs tagPrefixList or tagPatternList',
    page: PROPERTIES,
  },
  {
    what: 'the newest three of each release train, by pattern',
    policy: rules(
      rule(1, { ...patterns('v1.*'), ...moreThan(3) }),
      rule(2, { ...patterns('v2.*'), ...moreThan(3) }),
      rule(3, { ...untagged, ...pushed(2) }),
    ),
    plain: {
      rules: [
        { tagPatterns: ['v1.*'], keepLast: 3 },
        { tagPatterns: ['v2.*'], keepLast: 3 },
      ],
      untaggedDays: 2,
    },
    aws: 'rules are applied by priority, lowest first',
    page: EXAMPLES,
  },
  {
    what: 'images that have a tag of staging and one of green',
    policy: rules(rule(1, { ...prefixes('staging', 'green'), ...moreThan(4) })),
    aws: 'of several tags, an image must have all',
    page: PROPERTIES,
  },
  {
    what: 'archive what nobody pulled for 60 days, delete it after 400 days there',
    policy: rules(rule(1, { ...any, ...pulled(60) }, TRANSITION), rule(2, { ...any, ...archived(400) })),
    plain: { archive: { notPulledDays: 60, deleteAfterDays: 400 } },
    aws: 'any may stand once for each storage class, the last of its class',
    page: EXAMPLES,
  },
  {
    what: 'the same with the archive first',
    policy: rules(rule(1, { ...any, ...archived(400) }), rule(2, { ...any, ...pulled(60) }, TRANSITION)),
    aws: 'priorities of the two storage classes are independent',
    page: PROPERTIES,
  },
  {
    what: 'archive releases by age, expire the rest by count',
    policy: rules(
      rule(1, { ...patterns('release-*'), ...pushed(365) }, TRANSITION),
      rule(2, { ...any, ...moreThan(100) }),
    ),
    aws: 'sinceImagePushed may transition',
    page: ARCHIVE,
  },
  {
    what: 'archive all but the newest 50',
    policy: rules(rule(1, { ...any, ...moreThan(50) }, TRANSITION)),
    aws: 'imageCountMoreThan may transition',
    page: ARCHIVE,
  },
  {
    what: 'storageClass standard in words',
    policy: rules(rule(1, { ...any, storageClass: 'standard', ...moreThan(12) })),
    aws: 'standard is where nothing is said',
    page: PROPERTIES,
  },
  {
    what: 'delete from the archive after the least time, tags by pattern',
    policy: rules(rule(5, { ...patterns('nightly-*'), ...archived(90) })),
    aws: 'an archived image is kept for 90 days at least',
    page: ARCHIVE,
  },
  {
    what: 'untagged images of both storage classes',
    policy: rules(rule(1, { ...untagged, ...pushed(1) }), rule(2, { ...untagged, ...archived(120) })),
    aws: 'one rule for untagged images for each storage class',
    page: PROPERTIES,
  },
  {
    what: 'priorities with gaps, last rule first in the list',
    policy: rules(rule(1000, { ...any, ...moreThan(40) }), rule(10, { ...untagged, ...pushed(3) })),
    aws: 'priorities need not be sequential, nor in the order of the list',
    page: PROPERTIES,
  },
  {
    what: 'a description in each rule',
    policy: rules(rule(1, { ...untagged, ...pushed(7) }, EXPIRE, 'Layers of failed builds')),
    aws: 'description is optional',
    page: PROPERTIES,
  },
  {
    what: 'as JSON text, copied from a pipeline',
    policy: JSON.stringify(rules(rule(1, { ...any, ...moreThan(30) })), undefined, 4),
    plain: { keepLast: 30 },
    aws: 'lifecyclePolicyText is JSON text',
    page: EXAMPLES,
  },
  {
    what: 'four wildcards in a pattern',
    policy: rules(rule(1, { ...patterns('*-rc*.*-*'), ...pushed(30) })),
    aws: 'at most four wildcards a string',
    page: PROPERTIES,
  },
  {
    what: 'five wildcards in a pattern',
    policy: rules(rule(1, { ...patterns('*a*b*c*d*'), ...pushed(30) })),
    aws: 'at most four wildcards a string',
    page: PROPERTIES,
    refused: 'rules[0].selection.tagPatternList[0]: must have at most 4 wildcards',
  },
  {
    what: 'a rule for any image before a rule by tag',
    policy: rules(rule(1, { ...any, ...moreThan(20) }), rule(2, { ...prefixes('v'), ...moreThan(5) })),
    aws: 'any must have the highest priority',
    page: PROPERTIES,
    refused: 'rules[0].rulePriority: must be the highest of the storage class standard',
  },
  {
    what: 'two rules for untagged images',
    policy: rules(rule(1, { ...untagged, ...pushed(3) }), rule(2, { ...untagged, ...moreThan(5) })),
    aws: 'untagged may stand once for each storage class',
    page: PROPERTIES,
    refused: 'rules[1].selection.tagStatus: is untagged, as in rules[0]',
  },
  {
    what: 'two rules for any image',
    policy: rules(rule(1, { ...any, ...pushed(30) }), rule(2, { ...any, ...moreThan(500) })),
    aws: 'any may stand once for each storage class',
    page: PROPERTIES,
    refused: 'rules[1].selection.tagStatus: is any, as in rules[0]',
  },
  {
    what: 'one priority twice',
    policy: rules(rule(1, { ...prefixes('a'), ...moreThan(5) }), rule(1, { ...prefixes('b'), ...moreThan(5) })),
    aws: 'each priority is unique',
    page: PROPERTIES,
    refused: 'rules[1].rulePriority: is 1, as in rules[0]',
  },
  {
    what: 'expire what nobody pulled',
    policy: rules(rule(1, { ...any, ...pulled(90) })),
    aws: 'sinceImagePulled goes with transition',
    page: PROPERTIES,
    refused: 'rules[0].action.type: must be transition with sinceImagePulled',
  },
  {
    what: 'delete from the archive after 30 days',
    policy: rules(rule(1, { ...any, ...archived(30) })),
    aws: 'not before 90 days',
    page: ARCHIVE,
    refused: 'rules[0].selection.countNumber: must be at least 90',
  },
  {
    what: 'sinceImageTransitioned without its storage class',
    policy: rules(rule(1, { ...any, ...archived(90), storageClass: undefined })),
    aws: 'storageClass: archive is required then',
    page: PROPERTIES,
    refused: 'rules[0].selection.storageClass: must be archive with sinceImageTransitioned',
  },
  {
    what: 'the newest ten in the archive',
    policy: rules(rule(1, { ...any, storageClass: 'archive', ...moreThan(10) })),
    aws: 'the archive counts sinceImageTransitioned only',
    page: PROPERTIES,
    refused: 'rules[0].selection.storageClass: must be standard with imageCountMoreThan',
  },
  {
    what: 'transition out of the archive',
    policy: rules(rule(1, { ...any, ...archived(90) }, TRANSITION)),
    aws: 'archived images can only expire',
    page: ARCHIVE,
    refused: 'rules[0].action.type: must be expire with sinceImageTransitioned',
  },
  {
    what: 'transition without a target',
    policy: rules(rule(1, { ...any, ...pulled(90) }, { type: 'transition' })),
    aws: 'targetStorageClass is required with transition',
    page: PROPERTIES,
    refused: 'rules[0].action: must have targetStorageClass: archive with transition',
  },
  {
    what: 'tagged without tags',
    policy: rules(rule(1, { tagStatus: 'tagged', ...moreThan(3) })),
    aws: 'tagged needs tagPrefixList or tagPatternList; all tagged images are the pattern *',
    page: PROPERTIES,
    refused: 'rules[0].selection.tagStatus: tagged must have either tagPrefixList or tagPatternList',
  },
  {
    what: 'untagged with a prefix',
    policy: rules(rule(1, { ...untagged, tagPrefixList: ['dev'], ...pushed(3) })),
    aws: 'untagged has neither list',
    page: PROPERTIES,
    refused: 'rules[0].selection.tagStatus: untagged must have no tagPrefixList',
  },
  {
    what: 'days for a count',
    policy: rules(rule(1, { ...any, ...moreThan(3), countUnit: 'days' })),
    aws: 'countUnit goes with ages only',
    page: PROPERTIES,
    refused: 'rules[0].selection.countUnit: must be left out with imageCountMoreThan',
  },
  {
    what: 'hours',
    policy: rules(rule(1, { ...any, countType: 'sinceImagePushed', countUnit: 'hours', countNumber: 48 })),
    aws: 'the unit is days',
    page: PROPERTIES,
    refused: 'rules[0].selection.countUnit: must be',
  },
  {
    what: 'a number in quotes',
    policy: rules(rule(1, { ...any, countType: 'imageCountMoreThan', countNumber: '10' })),
    aws: 'countNumber is an integer',
    page: PROPERTIES,
    refused: 'rules[0].selection.countNumber: must be',
  },
];
