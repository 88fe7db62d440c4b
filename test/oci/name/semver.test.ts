import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions, parseConstraint, parseVersion, satisfies } from '../../../src/oci/index.ts';
import { startCpuTimer } from '../../cpu-time.ts';
import { thrownCode } from '../fixtures.ts';

const CANDIDATES =
  '0.0.0 0.0.3 0.2.3 0.9.9-rc.1 1.0.0 1.2.3-beta.1 1.2.3 1.2.4-rc.1 1.2.4 1.3.0-alpha 1.3.0 1.4.5 2.0.0-rc.1 2.0.0'.split(
    ' ',
  );
const RELEASES = CANDIDATES.filter((version) => !version.includes('-')).join(' ');

function matching(constraint: string): string {
  const parsed = parseConstraint(constraint);
  return CANDIDATES.filter((candidate) => {
    const version = parseVersion(candidate);
    return version !== undefined && satisfies(version, parsed);
  }).join(' ');
}

/** What Masterminds/semver v3.5.0 answered for the candidates. */
const ANSWERS: readonly [constraints: readonly string[], matches: string][] = [
  [['*', 'x', 'X', '>=0.0.0', '~*', '~0.0.0'], RELEASES],
  [['>=1.0.0'], '1.0.0 1.2.3 1.2.4 1.3.0 1.4.5 2.0.0'],
  [['>=1.0.0-0', '>=1.x-0'], '1.0.0 1.2.3-beta.1 1.2.3 1.2.4-rc.1 1.2.4 1.3.0-alpha 1.3.0 1.4.5 2.0.0-rc.1 2.0.0'],
  [['^1.2', '^1.2.3', '^v1.2.3', '1.2 - 1.4'], '1.2.3 1.2.4 1.3.0 1.4.5'],
  [['~1.2', '~1.2.3', '~>1.2.3', '1.2', '1.2.x'], '1.2.3 1.2.4'],
  [['^1.2.3-0', '^1.2.3-beta.1'], '1.2.3-beta.1 1.2.3 1.2.4-rc.1 1.2.4 1.3.0-alpha 1.3.0 1.4.5'],
  [['~1.2.3-0', '1.2-1.4'], '1.2.3-beta.1 1.2.3 1.2.4-rc.1 1.2.4'],
  [['>=1.2.3-0 <2.0.0', '>=1.2.3-0, <2.0.0'], '1.2.3-beta.1 1.2.3 1.2.4-rc.1 1.2.4 1.3.0-alpha 1.3.0 1.4.5 2.0.0-rc.1'],
  [['<2.0.0-0'], '0.0.0 0.0.3 0.2.3 0.9.9-rc.1 1.0.0 1.2.3-beta.1 1.2.3 1.2.4-rc.1 1.2.4 1.3.0-alpha 1.3.0 1.4.5'],
  [['<2.0.0'], '0.0.0 0.0.3 0.2.3 1.0.0 1.2.3 1.2.4 1.3.0 1.4.5'],
  [['1', 'v1', '~1'], '1.0.0 1.2.3 1.2.4 1.3.0 1.4.5'],
  [['1.x-0', '1.x.x-0'], '1.0.0 1.2.3-beta.1 1.2.3 1.2.4-rc.1 1.2.4 1.3.0-alpha 1.3.0 1.4.5'],
  [['v1.2.3', '=1.2.3', '01.2.3', '1.2.3+build'], '1.2.3'],
  [['1.2.3-beta.1'], '1.2.3-beta.1'],
  [['>1.2.3-alpha'], '1.2.3-beta.1 1.2.3 1.2.4-rc.1 1.2.4 1.3.0-alpha 1.3.0 1.4.5 2.0.0-rc.1 2.0.0'],
  [['^0.2'], '0.2.3'],
  [['^0.0'], '0.0.0 0.0.3'],
  [['^0', '~0', '<1'], '0.0.0 0.0.3 0.2.3'],
  [['^*'], '0.0.0'],
  [['> 1'], '2.0.0'],
  [['> 1.2'], '1.3.0 1.4.5 2.0.0'],
  [['<= 1'], '0.0.0 0.0.3 0.2.3 1.0.0 1.2.3 1.2.4 1.3.0 1.4.5'],
  [['<= 1.2'], '0.0.0 0.0.3 0.2.3 1.0.0 1.2.3 1.2.4'],
  [['<1.2'], '0.0.0 0.0.3 0.2.3 1.0.0'],
  [['!=1.2.3'], '0.0.0 0.0.3 0.2.3 1.0.0 1.2.4 1.3.0 1.4.5 2.0.0'],
  [['!=1.2'], '0.0.0 0.0.3 0.2.3 1.0.0 1.3.0 1.4.5 2.0.0'],
  [['!=1.x'], '0.0.0 0.0.3 0.2.3 2.0.0'],
  [['=>1.2.3', '>= v1.2.3'], '1.2.3 1.2.4 1.3.0 1.4.5 2.0.0'],
  [['=<1.2.3', '<=1.2.3'], '0.0.0 0.0.3 0.2.3 1.0.0 1.2.3'],
  [['>1.2.3||<1.0.0', '>1.2.3 || <1.0.0'], '0.0.0 0.0.3 0.2.3 1.2.4 1.3.0 1.4.5 2.0.0'],
  [['^1.2.3 ^1.3.0'], '1.3.0 1.4.5'],
  [['>=1.2.3,<2', '>=1.2.3 , <2', ' >=1.2.3  <2 '], '1.2.3 1.2.4 1.3.0 1.4.5'],
  [['1.2 - 1.4 || 2.0.0'], '1.2.3 1.2.4 1.3.0 1.4.5 2.0.0'],
];

describe('a constraint has the same meaning as in Crossplane and Flux', () => {
  test.each(ANSWERS.flatMap(([constraints, matches]) => constraints.map((constraint) => ({ constraint, matches }))))(
    '$constraint',
    ({ constraint, matches }) => {
      expect(matching(constraint)).toBe(matches);
    },
  );

  test.each([
    { text: '', reason: 'empty' },
    { text: '   ', reason: 'blank' },
    { text: 'latest', reason: 'a word' },
    { text: '1.2.3.4', reason: 'four parts' },
    { text: '1.2.3 - ', reason: 'an incomplete range' },
    { text: '>', reason: 'a missing version' },
    { text: '>>1', reason: 'two operators' },
    { text: '>=1.2.3<2', reason: 'a missing operator between versions' },
    { text: '1,', reason: 'a trailing comma' },
    { text: ',1', reason: 'a leading comma' },
    { text: '1,,2', reason: 'two commas' },
    { text: '1 ||', reason: 'an empty group' },
    { text: '|| 1', reason: 'a leading empty group' },
    { text: '1|2', reason: 'a single bar' },
    { text: '1x', reason: 'an incomplete wildcard' },
    { text: '1.2.3-', reason: 'an empty pre-release' },
    { text: '1.2.3-01', reason: 'a leading zero in a pre-release' },
    { text: '99999999999999999999.0.0', reason: 'a number over 64 bits' },
    { text: Array(33).fill('1').join('||'), reason: '33 groups' },
    { text: `1.2.3-${'a'.repeat(507)}`, reason: '513 characters' },
    { text: '<script>', reason: 'markup' },
  ])('refuses $reason', ({ text, reason }) => {
    expect(
      thrownCode(() => parseConstraint(text)),
      reason,
    ).toBe('INVALID_CONSTRAINT');
  });

  test('accepts 32 groups', () => {
    expect(matching(Array(32).fill('1.0.0').join('||'))).toBe('1.0.0');
  });

  test('is parsed in a short time, for any text', () => {
    const cpuTime = startCpuTimer();
    fc.assert(fc.property(fc.string({ maxLength: 600 }), (text) => void thrownCode(() => parseConstraint(text))));
    for (const piece of [' ', '1', '1 ', '1.', '- ', '1 - ', 'a-', '>=', '1-a.']) {
      thrownCode(() => parseConstraint(piece.repeat(512 / piece.length)));
    }
    expect(cpuTime()).toBeLessThan(2000);
  });
});

describe('parseVersion', () => {
  test.each([
    { text: 'v1', want: '1.0.0' },
    { text: '1.2', want: '1.2.0' },
    { text: '01.002.3', want: '1.2.3' },
    { text: 'v1.2.3-rc.1+build.5', want: '1.2.3-rc.1' },
    { text: '18446744073709551615.0.0', want: '18446744073709551615.0.0' },
    { text: '', want: undefined },
    { text: 'V1.0.0', want: undefined },
    { text: '1.2.3.4', want: undefined },
    { text: '1.2.3-', want: undefined },
    { text: '1.2.3-01', want: undefined },
    { text: '1.2.3-0a', want: '1.2.3-0a' },
    { text: ' 1.2.3', want: undefined },
    { text: '1.2.3\n', want: undefined },
    { text: `1.2.3-${'a'.repeat(250)}`, want: `1.2.3-${'a'.repeat(250)}` },
    { text: `1.2.3-${'a'.repeat(251)}`, want: undefined },
  ])('$text is $want', ({ text, want }) => {
    const version = parseVersion(text);
    const shown =
      version && `${version.major}.${version.minor}.${version.patch}${version.prerelease && `-${version.prerelease}`}`;
    expect(shown).toBe(want);
  });
});

test('versions are ordered as in semver.org', () => {
  const ordered =
    '1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.1.0 2.0.0 10.0.0'
      .split(' ')
      .map((text) => parseVersion(text))
      .filter((version) => version !== undefined);
  expect(ordered).toHaveLength(12);
  for (const [index, version] of ordered.entries()) {
    for (const [other, against] of ordered.entries()) {
      expect(Math.sign(compareVersions(version, against))).toBe(Math.sign(index - other));
    }
  }
});
