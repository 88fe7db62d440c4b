import { describe, expect, test } from 'vitest';
import { imageExamples, readLifecyclePolicy } from '../../../src/preview/model/lifecycle.ts';

const rule = (rulePriority: number, selection: object, action: object = { type: 'expire' }) => ({
  rulePriority,
  selection,
  action,
});
const days = (countType: string, countNumber: number) => ({ countType, countUnit: 'days', countNumber });
const policy = (...rules: object[]) => JSON.stringify({ rules });

describe('the description of a rule', () => {
  for (const { selection, action, sentence } of [
    {
      selection: { tagStatus: 'untagged', ...days('sinceImagePushed', 1) },
      sentence: 'Expire images without a tag 1 day after their push.',
    },
    {
      selection: { tagStatus: 'tagged', tagPatternList: ['v*'], countType: 'imageCountMoreThan', countNumber: 50 },
      sentence: 'Expire all but the newest 50 images with a tag like v*.',
    },
    {
      selection: { tagStatus: 'tagged', tagPrefixList: ['a', 'b'], ...days('sinceImagePushed', 30) },
      sentence: 'Expire images with tags like a* and b* 30 days after their push.',
    },
    {
      selection: { tagStatus: 'any', ...days('sinceImagePulled', 90) },
      action: { type: 'transition', targetStorageClass: 'archive' },
      sentence: 'Archive images without a pull for 90 days.',
    },
    {
      selection: { tagStatus: 'any', storageClass: 'archive', ...days('sinceImageTransitioned', 120) },
      sentence: 'Expire images 120 days after they were archived.',
    },
  ]) {
    test(sentence, () => {
      expect(readLifecyclePolicy(policy(rule(1, selection, action)))[0]?.sentence).toBe(sentence);
    });
  }

  test('rules are in the order of their priority', () => {
    const rules = readLifecyclePolicy(
      policy(
        rule(2, { tagStatus: 'any', ...days('sinceImagePushed', 2) }),
        rule(1, { tagStatus: 'untagged', ...days('sinceImagePushed', 1) }),
      ),
    );
    expect(rules.map(({ limit }) => limit.number)).toEqual([1, 2]);
  });

  for (const text of ['', 'nonsense', '[]', '{"rules":{}}', '{"rules":["a",null]}']) {
    test(`${JSON.stringify(text)} has no rules`, () => expect(readLifecyclePolicy(text)).toEqual([]));
  }
});

describe('examples of images', () => {
  const rules = readLifecyclePolicy(
    policy(
      rule(1, { tagStatus: 'tagged', tagPatternList: ['v*-rc*'], ...days('sinceImagePushed', 7) }),
      rule(2, { tagStatus: 'tagged', tagPrefixList: ['v'], countType: 'imageCountMoreThan', countNumber: 1 }),
      rule(3, { tagStatus: 'untagged', ...days('sinceImagePushed', 3) }),
    ),
  );
  const fates = Object.fromEntries(imageExamples(rules).map(({ tags, fate }) => [tags.join(' '), fate]));

  test('the first matching rule by priority determines the result', () => {
    expect(fates).toEqual({
      'v1.4.2-rc0': 'expires 7 days after its push',
      'v1.4.2': 'expires once 1 newer image exists',
      latest: 'stays',
      '': 'expires 3 days after its push',
    });
  });

  test('rules for the archive do not apply to images outside it', () => {
    const archived = readLifecyclePolicy(
      policy(rule(1, { tagStatus: 'any', storageClass: 'archive', ...days('sinceImageTransitioned', 100) })),
    );
    expect(imageExamples(archived).map(({ fate }) => fate)).toEqual(['stays', 'stays']);
  });
});
