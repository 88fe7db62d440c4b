import { OciError, quote } from '../errors.ts';

// Versions and constraints as the Go library Masterminds/semver v3.5.0 understands them, which is what Crossplane and Flux use: its
// rules for pre-releases, commas, incomplete versions and `!=` are its own.

/** A version; numbers are bigints because the library takes 64 bits. */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Without the dash; empty for a release. */
  readonly prerelease: string;
}

/** A parsed constraint: groups of which one, and in it every comparison, must hold. */
export type Constraint = readonly Group[];

interface Group {
  readonly comparisons: readonly Comparison[];
  /** Some comparison names a pre-release, so all pre-releases compete. */
  readonly admitsPrereleases: boolean;
}

interface Comparison {
  readonly operator: Operator;
  readonly version: Version;
  /** Something was left out or a wildcard, and what it was. */
  readonly missing: 'none' | 'patch' | 'minor' | 'major';
}

type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~' | '^';

const MAX_VERSION_LENGTH = 256;
const MAX_CONSTRAINT_LENGTH = 512;
const MAX_GROUPS = 32;
const MAX_NUMBER = 2n ** 64n - 1n;

const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const VERSION = new RegExp(
  `^v?([0-9]+)(?:\\.([0-9]+))?(?:\\.([0-9]+))?(?:-(${IDENTIFIERS}))?(?:\\+(${IDENTIFIERS}))?$`,
);
// Matches the same as Go's \s.
const BLANK = '[\\t\\n\\f\\r ]';
const PART = '[0-9|xX*]+';
const PARTIAL = `v?(${PART})(?:\\.(${PART}))?(?:\\.(${PART}))?(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?`;
const RANGE = new RegExp(`${BLANK}*(${PARTIAL})${BLANK}+-${BLANK}+(${PARTIAL})${BLANK}*`, 'g');
const COMPARISON = new RegExp(`${BLANK}*(!=|>=|=>|<=|=<|~>|[=<>~^]|)${BLANK}*${PARTIAL}(${BLANK}*)`, 'y');
const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['', '='],
  ['=', '='],
  ['!=', '!='],
  ['>', '>'],
  ['<', '<'],
  ['>=', '>='],
  ['=>', '>='],
  ['<=', '<='],
  ['=<', '<='],
  ['~', '~'],
  ['~>', '~'],
  ['^', '^'],
]);

/** Parses a version: a leading `v`, leading zeros and a missing minor or patch are fine. Undefined for what is none. */
export function parseVersion(text: string): Version | undefined {
  const match = text.length <= MAX_VERSION_LENGTH ? VERSION.exec(text) : null;
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', prerelease = ''] = match;
  const version = { major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch), prerelease };
  const fits = [version.major, version.minor, version.patch].every((number) => number <= MAX_NUMBER);
  const hasLeadingZero = prerelease.split('.').some((identifier) => /^0[0-9]+$/.test(identifier));
  return fits && !hasLeadingZero ? version : undefined;
}

/** Orders versions as semver.org says; build metadata does not count. Negative when `a` is lower. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compare(a.major, b.major) ||
    compare(a.minor, b.minor) ||
    compare(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

/** Parses a constraint such as `>=1.2.3, <2 || ^3`. Throws `INVALID_CONSTRAINT`, also for the empty text. */
export function parseConstraint(text: string): Constraint {
  if (text.length > MAX_CONSTRAINT_LENGTH) throw invalid(text, `it is longer than ${MAX_CONSTRAINT_LENGTH} characters`);
  const groups = text.replace(RANGE, (_, from: string, ...rest: string[]) => `>= ${from}, <= ${rest[4]} `).split('||');
  if (groups.length > MAX_GROUPS) throw invalid(text, `it has more than ${MAX_GROUPS} parts joined by "||"`);
  return groups.map((group) => parseGroup(group, text));
}

/** True when the version satisfies the constraint. */
export function satisfies(version: Version, constraint: Constraint): boolean {
  return constraint.some(({ comparisons, admitsPrereleases }) => {
    if (version.prerelease !== '' && !admitsPrereleases) return false;
    return comparisons.every((comparison) => HOLDS[comparison.operator](version, comparison));
  });
}

function parseGroup(group: string, text: string): Group {
  const comparisons: Comparison[] = [];
  let position = 0;
  while (position < group.length || comparisons.length === 0) {
    COMPARISON.lastIndex = position;
    const match = COMPARISON.exec(group);
    if (match === null) throw invalid(text, `cannot understand ${quote(group.slice(position).trim())}`);
    comparisons.push(toComparison(match, text));
    position += match[0].length;
    const isLast = position === group.length;
    const isComma = group[position] === ',';
    if (!isLast && !isComma && match.at(-1) === '') throw invalid(text, 'want a blank or a comma between comparisons');
    if (isComma) position += 1;
    if (isComma && position === group.length) throw invalid(text, 'it ends with a comma');
  }
  return { comparisons, admitsPrereleases: comparisons.some(({ version }) => version.prerelease !== '') };
}

function toComparison(match: RegExpExecArray, text: string): Comparison {
  const [, sign = '', major = '', minor = '', patch = '', prerelease] = match;
  const missing = isWildcard(major) ? 'major' : isWildcard(minor) ? 'minor' : isWildcard(patch) ? 'patch' : 'none';
  const numbers = {
    major: '0.0.0',
    minor: `${major}.0.0`,
    patch: `${major}.${minor}.0`,
    none: `${major}.${minor}.${patch}`,
  };
  const version = parseVersion(`${numbers[missing]}${prerelease === undefined ? '' : `-${prerelease}`}`);
  if (version === undefined) throw invalid(text, `${quote(match[0].trim())} holds no version`);
  return { operator: OPERATORS.get(sign) ?? '=', version, missing };
}

function isWildcard(part: string): boolean {
  return part === '' || part === 'x' || part === 'X' || part === '*';
}

type Test = (version: Version, comparison: Comparison) => boolean;

const HOLDS: Readonly<Record<Operator, Test>> = {
  '=': (version, comparison) =>
    comparison.missing === 'none' ? compareVersions(version, comparison.version) === 0 : isTilde(version, comparison),
  '!=': isDifferent,
  '>': isGreater,
  '<': (version, comparison) => compareVersions(version, comparison.version) < 0,
  '>=': (version, comparison) => compareVersions(version, comparison.version) >= 0,
  '<=': isAtMost,
  '~': isTilde,
  '^': isCaret,
};

function isDifferent(version: Version, { version: wanted, missing }: Comparison): boolean {
  if (missing === 'none') return compareVersions(version, wanted) !== 0;
  if (version.major !== wanted.major) return true;
  if (missing === 'minor') return false;
  if (version.minor !== wanted.minor) return true;
  if (missing === 'major') return version.patch !== wanted.patch || compareVersions(version, wanted) !== 0;
  return comparePrereleases(version.prerelease, wanted.prerelease) !== 0;
}

function isGreater(version: Version, { version: wanted, missing }: Comparison): boolean {
  if (missing === 'none' || missing === 'major') return compareVersions(version, wanted) > 0;
  if (version.major !== wanted.major) return version.major > wanted.major;
  return missing === 'patch' && version.minor > wanted.minor;
}

function isAtMost(version: Version, { version: wanted, missing }: Comparison): boolean {
  if (missing === 'none') return compareVersions(version, wanted) <= 0;
  if (version.major !== wanted.major) return version.major < wanted.major;
  return missing === 'minor' || version.minor <= wanted.minor;
}

function isTilde(version: Version, { version: wanted, missing }: Comparison): boolean {
  if (compareVersions(version, wanted) < 0) return false;
  const isZero = wanted.major === 0n && wanted.minor === 0n && wanted.patch === 0n;
  // The library takes ~0.0.0 for ~*, and so do its users.
  if (isZero && (missing === 'none' || missing === 'major')) return true;
  return version.major === wanted.major && (missing === 'minor' || version.minor === wanted.minor);
}

function isCaret(version: Version, { version: wanted, missing }: Comparison): boolean {
  if (compareVersions(version, wanted) < 0 || version.major !== wanted.major) return false;
  if (wanted.major > 0n || missing === 'minor') return true;
  if (version.minor !== wanted.minor) return false;
  if (wanted.minor > 0n || missing === 'patch') return true;
  return version.patch === wanted.patch;
}

function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return 1;
  if (b === '') return -1;
  const left = a.split('.');
  const right = b.split('.');
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareIdentifiers(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const isNumberA = /^[0-9]+$/.test(a);
  const isNumberB = /^[0-9]+$/.test(b);
  if (isNumberA && isNumberB) return compare(BigInt(a), BigInt(b));
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  return a > b ? 1 : -1;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function invalid(text: string, why: string): OciError {
  return new OciError('INVALID_CONSTRAINT', `invalid version constraint ${quote(text)}: ${why}`);
}
