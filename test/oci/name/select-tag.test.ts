import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { selectTag } from '../../../src/oci/index.ts';
import { startCpuTimer } from '../../cpu-time.ts';
import { rejection } from '../fixtures.ts';

describe('selectTag', () => {
  test.each([
    { tags: ['1.0.0', '1.10.0', '1.9.0'], semver: '*', want: '1.10.0', reason: 'numbers, not text' },
    { tags: ['v1.0.0', 'v1.1.0'], semver: '^1', want: 'v1.1.0', reason: 'the tag as written' },
    {
      tags: ['1.0.0', '2', 'v2', '2.1'],
      semver: '*',
      want: '1.0.0',
      reason: 'tags with fewer than two dots are ignored',
    },
    { tags: ['1.0-a.b', '0.9.0'], semver: '>=0.0.0-0', want: '1.0-a.b', reason: 'dots are counted, not numbers' },
    {
      tags: ['latest', 'sha256-abc.sig', '1.0.0', 'not.a.version'],
      semver: '*',
      want: '1.0.0',
      reason: 'tags that are not versions',
    },
    {
      tags: ['1.0.0', '1.1.0-rc.1'],
      semver: '^1',
      want: '1.0.0',
      reason: 'pre-releases only if the constraint names one',
    },
    {
      tags: ['1.0.0', '1.1.0-rc.1'],
      semver: '^1-0',
      want: '1.1.0-rc.1',
      reason: 'pre-releases if the constraint names one',
    },
    { tags: ['1.0.0', 'v1.0.0'], semver: '*', want: 'v1.0.0', reason: 'the last of equal versions in byte order' },
    { tags: ['v1.0.0', '1.0.0'], semver: '*', want: 'v1.0.0', reason: 'independently of the order of the list' },
    {
      tags: ['1.0.0-amd64', '1.1.0-arm64', '0.9.0-amd64'],
      semver: '>=0.0.0-0',
      semverFilter: '-amd64$',
      want: '1.0.0-amd64',
      reason: 'a filter',
    },
    { tags: ['1.0.0', '1.1.0'], semver: '*', semverFilter: '', want: '1.1.0', reason: 'an empty filter is ignored' },
    { tags: ['1.0.0', 'v2.0.0'], semver: '*', semverFilter: '0', want: 'v2.0.0', reason: 'a filter matches anywhere' },
    {
      tags: ['1.0.0-RC.1', '1.0.0-rc.2'],
      semver: '*-0',
      semverFilter: '(?i)RC',
      want: '1.0.0-rc.2',
      reason: "Go's flags",
    },
    {
      tags: ['1.0.0', '1.1.0'],
      semver: '*',
      semverFilter: '^(?P<major>1)\\.0',
      want: '1.0.0',
      reason: "Go's names for groups",
    },
  ])('selects $want: $reason', async ({ tags, want, ...selection }) => {
    expect(await selectTag(tags, selection)).toBe(want);
  });

  test.each([
    { tags: [], semver: '*', code: 'NO_MATCHING_TAG', reason: 'no tags' },
    { tags: ['1.0.0'], semver: '^2', code: 'NO_MATCHING_TAG', reason: 'no version satisfies the constraint' },
    { tags: ['1.0.0'], semver: '*', semverFilter: 'x', code: 'NO_MATCHING_TAG', reason: 'no tag matches the filter' },
    { tags: ['1.0.0'], semver: 'latest', code: 'INVALID_CONSTRAINT', reason: 'an empty constraint' },
    { tags: ['1.0.0'], semver: '*', semverFilter: '(', code: 'INVALID_CONSTRAINT', reason: 'an invalid expression' },
    {
      tags: ['1.0.0'],
      semver: '*',
      semverFilter: '(?=a)',
      code: 'INVALID_CONSTRAINT',
      reason: 'a look-ahead, which Go does not support',
    },
    { tags: ['1.0.0'], semver: '*', semverFilter: 'a'.repeat(513), code: 'INVALID_CONSTRAINT', reason: 'too long' },
    {
      tags: ['1.0.0'],
      semver: '*',
      semverFilter: '((a{100}){100}){100}',
      code: 'INVALID_CONSTRAINT',
      reason: 'a repetition that is too large',
    },
  ] as const)('refuses $reason', async ({ tags, code, ...selection }) => {
    await rejection(selectTag(tags, selection), code);
  });

  test('a malicious filter over twenty thousand long tags takes seconds at most', async () => {
    const tags = Array.from({ length: 20_000 }, (_, index) => `1.0.${index}-${'a'.repeat(110)}`);
    const cpuTime = startCpuTimer();
    for (const semverFilter of ['(a+)+$x', '(a|aa)+$x', '.*.*.*.*.*.*x$']) {
      await rejection(selectTag(tags, { semver: '*-0', semverFilter }), 'NO_MATCHING_TAG');
    }
    expect(cpuTime()).toBeLessThan(15_000);
  });

  test('the order of the tags is irrelevant', async () => {
    const tags = ['1.0.0', 'v1.0.0', '1.0.0-rc.1', '0.1.0', 'latest', '2.0.0+b', '2.0.0'].filter(
      (tag) => !tag.includes('+'),
    );
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(tags, { minLength: tags.length }), async (shuffled) => {
        expect(await selectTag(shuffled, { semver: '<2' })).toBe('v1.0.0');
      }),
    );
  });
});
