import {
  ARCHIVE,
  any,
  archived,
  EXAMPLES,
  EXPIRE,
  moreThan,
  PROPERTIES,
  patterns,
  prefixes,
  pulled,
  pushed,
  rule,
  rules,
  TRANSITION,
  untagged,
} from './lifecycle-parts.ts';
import type { RealPolicy } from './policy.ts';

/** Realistic lifecycle policies that AWS accepts, each with a quotation from AWS's documentation. */
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
    aws: 'tagged requires tagPrefixList or tagPatternList',
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
    what: 'archive images that were not pulled for 60 days, delete it after 400 days there',
    policy: rules(rule(1, { ...any, ...pulled(60) }, TRANSITION), rule(2, { ...any, ...archived(400) })),
    plain: { archive: { notPulledDays: 60, deleteAfterDays: 400 } },
    aws: 'any is allowed once for each storage class, as the last rule of the class',
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
    aws: 'standard is the default',
    page: PROPERTIES,
  },
  {
    what: 'delete from the archive after the least time, tags by pattern',
    policy: rules(rule(5, { ...patterns('nightly-*'), ...archived(90) })),
    aws: 'an archived image is retained for at least 90 days',
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
    aws: 'at most four wildcards per string',
    page: PROPERTIES,
  },
  {
    what: 'branches of update bots for a week, those of people for a month',
    policy: rules(
      rule(1, { ...prefixes('renovate-'), ...pushed(7) }),
      rule(2, { ...prefixes('dependabot-'), ...pushed(7) }),
      rule(3, { ...prefixes('branch-'), ...pushed(31) }),
    ),
    plain: {
      rules: [
        { tagPrefixes: ['renovate-'], olderThanDays: 7 },
        { tagPrefixes: ['dependabot-'], olderThanDays: 7 },
        { tagPrefixes: ['branch-'], olderThanDays: 31 },
      ],
    },
    aws: 'one list selects images that have all its tags; use a rule for each alternative',
    page: PROPERTIES,
  },
  {
    what: 'the newest 60 of all tagged images',
    policy: rules(rule(1, { ...patterns('*'), ...moreThan(60) })),
    plain: { rules: [{ tagPatterns: ['*'], keepLast: 60 }] },
    aws: 'the pattern * matches every tag',
    page: PROPERTIES,
  },
  {
    what: 'nightly builds for a month, releases for two years, 150 of the rest',
    policy: rules(
      rule(1, { ...patterns('nightly-*'), ...pushed(30) }),
      rule(2, { ...patterns('release-*', '*-final'), ...pushed(730) }),
      rule(3, { ...any, ...moreThan(150) }),
    ),
    plain: {
      rules: [
        { tagPatterns: ['nightly-*'], olderThanDays: 30 },
        { tagPatterns: ['release-*', '*-final'], olderThanDays: 730 },
      ],
      keepLast: 150,
    },
    aws: 'at most one rule expires an image: the first that selects it',
    page: EXAMPLES,
  },
  {
    what: 'a pattern without a wildcard',
    policy: rules(rule(1, { ...patterns('edge'), ...pushed(2) })),
    aws: 'wildcards in a pattern are optional',
    page: PROPERTIES,
  },
  {
    what: 'the same tags by count and by age',
    policy: rules(
      rule(1, { ...prefixes('main-'), ...moreThan(30) }),
      rule(2, { ...prefixes('main-'), ...pushed(120) }),
    ),
    aws: 'tagged is allowed in any number of rules',
    page: EXAMPLES,
  },
  {
    what: 'prefixes in one rule, patterns in the next',
    policy: rules(rule(1, { ...prefixes('dev-'), ...pushed(5) }), rule(2, { ...patterns('*-dev'), ...pushed(5) })),
    aws: 'either list in each rule',
    page: PROPERTIES,
  },
  {
    what: 'archive untagged images that are not pulled',
    policy: rules(rule(1, { ...untagged, ...pulled(14) }, TRANSITION)),
    aws: 'sinceImagePulled is allowed with each tag status',
    page: PROPERTIES,
  },
  {
    what: 'archive hotfixes after a quarter without a pull, delete them half a year later',
    policy: rules(
      rule(1, { ...prefixes('hotfix-'), ...pulled(90) }, TRANSITION),
      rule(2, { ...prefixes('hotfix-'), ...archived(180) }),
    ),
    aws: 'transition and a deletion from the archive in one policy',
    page: EXAMPLES,
  },
  {
    what: '200 images at hand, two years in the archive',
    policy: rules(rule(1, { ...any, ...moreThan(200) }, TRANSITION), rule(2, { ...any, ...archived(730) })),
    aws: 'any once for each storage class',
    page: PROPERTIES,
  },
  {
    what: 'JSON text with escapes, in one line',
    policy:
      '{"rules":[{"rulePriority":7,"description":"Gr\\u00fcne Builds","selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":80},"action":{"type":"expire"}}]}',
    aws: 'lifecyclePolicyText is JSON text',
    page: EXAMPLES,
  },
];
