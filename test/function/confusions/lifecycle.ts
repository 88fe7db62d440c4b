import type { Confusion } from './confusion.ts';

/** Rules for the expiry of images. */
export const lifecycle: readonly Confusion[] = [
  [
    'lifecycle:\nkeepLast: 10',
    'spec.parameters.lifecycle: is empty, but keepLast is at the same level; indent it below lifecycle',
  ],
  [
    'lifecycle:\nkeepLast: 10\nuntaggedDays: 3',
    'spec.parameters.lifecycle: is empty, but keepLast and untaggedDays are at the same level; indent them below lifecycle',
  ],
  [
    'lifecycle: \'{"rules":[{"rulePriority":1}]}\'',
    'spec.parameters.lifecycle: must be an object, not "{\\"rules\\":[{\\"rulePriority\\":1}]}"; write {policy: \'{"rules":[{"rulePriority":1}]}\'}',
  ],
  ['lifecycle: 10', 'spec.parameters.lifecycle: must be an object, not 10; write {"keepLast":10}'],
  [
    'lifecycle: 30d',
    'spec.parameters.lifecycle: must be an object, not "30d"; write {keepLast: NUMBER} or {olderThanDays: NUMBER}',
  ],
  [
    'lifecycle: [{rulePriority: 1, selection: {tagStatus: any}}]',
    'spec.parameters.lifecycle: must be an object, not [{"rulePriority":1,"selection":{"tagStatus":"any"}}]; write {"policy":{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any"}}]}}',
  ],
  [
    'lifecycle: [{tagPrefixes: [v], keepLast: 10}]',
    'spec.parameters.lifecycle: must be an object, not [{"tagPrefixes":["v"],"keepLast":10}]; write {"rules":[{"tagPrefixes":["v"],"keepLast":10}]}',
  ],
  [
    'lifecycle: {rules: [{rulePriority: 1, selection: {tagStatus: any}, action: {type: expire}}]}',
    "spec.parameters.lifecycle.rules[0]: has rulePriority, selection and action, the fields of ECR's own form; use tagPrefixes or tagPatterns with keepLast or olderThanDays, or put the rules below lifecycle.policy",
  ],
  [
    'lifecycle: {rules: [{tagStatus: tagged, tagPrefixes: [v], keepLast: 5}]}',
    "spec.parameters.lifecycle.rules[0]: has tagStatus, the fields of ECR's own form; use tagPrefixes or tagPatterns with keepLast or olderThanDays, or put the rules below lifecycle.policy",
  ],
  [
    'lifecycle: {rules: {tagPrefixes: [v], keepLast: 5}}',
    'spec.parameters.lifecycle.rules: must be a list, not {"tagPrefixes":["v"],"keepLast":5}; write [{"tagPrefixes":["v"],"keepLast":5}]',
  ],
  [
    'lifecycle: {rules: [{tagPrefixes: v, keepLast: "5"}]}',
    '2 problems: (1) spec.parameters.lifecycle.rules[0].tagPrefixes: must be a list, not "v"; write ["v"]; (2) spec.parameters.lifecycle.rules[0].keepLast: must be an integer from 1 to 2147483647, not "5"; write 5, without quotes',
  ],
  [
    'lifecycle: {keepLast: "10"}',
    'spec.parameters.lifecycle.keepLast: must be an integer from 1 to 2147483647, not "10"; write 10, without quotes',
  ],
  [
    'lifecycle: {untaggedDays: 14d}',
    'spec.parameters.lifecycle.untaggedDays: must be an integer from 1 to 2147483647, not "14d"; write 14, a number of days',
  ],
  [
    'lifecycle: {untaggedDays: 2w, olderThanDays: "thirty"}',
    '2 problems: (1) spec.parameters.lifecycle.olderThanDays: must be an integer from 1 to 2147483647, not "thirty"; (2) spec.parameters.lifecycle.untaggedDays: must be an integer from 1 to 2147483647, not "2w"; write 14, a number of days',
  ],
  [
    'lifecycle: {keepLast: 10.5}',
    'spec.parameters.lifecycle.keepLast: must be an integer from 1 to 2147483647, not 10.5; write it without a fraction',
  ],
  ['lifecycle: {keepLast: 0}', 'spec.parameters.lifecycle.keepLast: must be at least 1 (it is 0)'],
  [
    'lifecycle: {keepDays: 10}',
    'spec.parameters.lifecycle.keepDays: unknown field; remove it or use one of keepLast, olderThanDays, untaggedDays, archive, rules and policy',
  ],
  [
    'lifecycle: {}',
    'spec.parameters.lifecycle: must have keepLast, olderThanDays, untaggedDays, archive or rules, or policy (it is {})',
  ],
  [
    'lifecycle: {archive: 90}',
    'spec.parameters.lifecycle.archive: must be an object, not 90; its fields are notPulledDays, deleteAfterDays',
  ],
  [
    'lifecycle: {archive: {notPulledDays: 90d}}',
    'spec.parameters.lifecycle.archive.notPulledDays: must be an integer from 1 to 2147483647, not "90d"; write 90, a number of days',
  ],
  ['lifecycle: {untagged: 14}', 'spec.parameters.lifecycle.untagged: unknown field; did you mean untaggedDays?'],
  [
    'lifecycle: {rules: [{prefix: v, keepLast: 5}]}',
    '2 problems: (1) spec.parameters.lifecycle.rules[0].prefix: unknown field; did you mean tagPrefixes?; (2) spec.parameters.lifecycle.rules[0]: must have either tagPrefixes or tagPatterns (it is {"prefix":"v","keepLast":5})',
  ],
  ['lifecycle: {rules: []}', 'spec.parameters.lifecycle.rules: must have at least one rule, or be omitted (it is [])'],
  ['keepLast: 10', 'spec.parameters.keepLast: unknown field; it belongs in lifecycle'],
];
