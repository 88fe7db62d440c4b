import { describe, expect, test } from 'vitest';
import {
  entryNameOf,
  entryNamePrefix,
  isCollision,
  isEntryName,
  isSourceUnder,
} from '../../../src/cache/sets/cache-name.ts';

const ECR = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const A = `sha256:e3b0c${'1'.repeat(59)}`;
const B = `sha256:e3b0c${'2'.repeat(59)}`;
const C = `sha256:e3b0d${'1'.repeat(59)}`;

describe('two artifacts with one file name', () => {
  const cases: [string, boolean, [string, string, string, string]][] = [
    ['not when they are the same one', false, ['r.example.com/a', A, 'r.example.com/a', A]],
    ['when one source has two digests that begin alike', true, ['r.example.com/a', A, 'r.example.com/a', B]],
    ['not when the digests differ in the first five digits', false, ['r.example.com/a', A, 'r.example.com/a', C]],
    ['not when the sources differ in the first 50 characters', false, ['r.example.com/a', A, 'r.example.com/b', A]],
    ['when the sources differ behind the first 50 characters', true, [`${ECR}/platform/a`, A, `${ECR}/platform/b`, B]],
    ['when the sources differ in what a label drops', true, ['r.example.com/a_b', A, 'r.example.com/ab', B]],
    ['when the sources differ in what becomes a dash', true, ['r.example.com/team/a', A, 'r.example.com/team-a', B]],
  ];
  test.each(cases)('%s', (_, want, [sourceA, digestA, sourceB, digestB]) => {
    expect(isCollision({ source: sourceA, digest: digestA }, { source: sourceB, digest: digestB })).toBe(want);
    expect(isCollision({ source: sourceB, digest: digestB }, { source: sourceA, digest: digestA })).toBe(want);
  });

  test('the name ends with digits of the digest', () => {
    expect(entryNameOf({ source: 'r.example.com/a', digest: A })).toBe(`${entryNamePrefix('r.example.com/a')}e3b0c.gz`);
  });
});

test.each([
  ['registry-example-com-acme-cfg-sha256-e3b0c.gz', true],
  ['a.gz', true],
  [`${'x'.repeat(63)}.gz`, true],
  [`${'x'.repeat(64)}.gz`, false],
  ['a.tar.gz', false],
  ['a.xpkg', false],
  ['A.gz', false],
  ['-a.gz', false],
  ['a-.gz', false],
  ['.gz', false],
  ['a.gz\n', false],
])('Crossplane could look up %j: %s', (file, want) => {
  expect(isEntryName(file)).toBe(want);
});

test.each([
  ['r.example.com/team', 'r.example.com/team', true],
  ['r.example.com/team/a', 'r.example.com/team', true],
  ['r.example.com/team:v1', 'r.example.com/team', true],
  ['r.example.com/team', 'r.example.com', true],
  ['r.example.com/team-a', 'r.example.com/team', false],
  ['r.example.com/tea', 'r.example.com/team', false],
  ['r.example.com:5000/team', 'r.example.com', false],
  ['r.example.com.evil.example/team', 'r.example.com', false],
  ['evil.example/r.example.com/team', 'r.example.com/team', false],
  ['R.example.com/team', 'r.example.com/team', false],
])('%s is at or below %s: %s', (source, prefix, want) => {
  expect(isSourceUnder(source, prefix)).toBe(want);
});
