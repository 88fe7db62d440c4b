import { OciError, quote } from '../errors.ts';

// Versions and constraints with the semantics of the Go library Masterminds/semver v3.5.0, which Crossplane and Flux use. It has its own
// rules for pre-releases, commas, incomplete versions and `!=`.

/** A version. Numbers are bigints because the library has 64-bit integers. */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Without the dash; empty for a release. */
  readonly prerelease: string;
}

/** A parsed constraint. A version satisfies it if it satisfies all comparisons of at least one group. */
export type Constraint = readonly Group[];

interface Group {
  readonly comparisons: readonly Comparison[];
  /** True if a comparison names a pre-release, so that pre-releases can satisfy the group. */
  readonly admitsPrereleases: boolean;
}

interface Comparison {
  readonly operator: Operator;
  readonly version: Version;
  /** The first part that is absent or a wildcard. */
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
// Equivalent to Go's \s.
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

/** Parses a version; a leading `v`, leading zeros and a missing minor or patch are accepted. Returns undefined for invalid text. */
export function parseVersion(text: string): Version | undefined {
  const match = text.length <= MAX_VERSION_LENGTH ? VERSION.exec(text) : null;
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', prerelease = ''] = match;
  const version = { major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch), prerelease };
  const fits = [version.major, version.minor, version.patch].every((number) => number <= MAX_NUMBER);
  const hasLeadingZero = prerelease.split('.').some((identifier) => /^0[0-9]+$/.test(identifier));
  return fits && !hasLeadingZero ? version : undefined;
}

/** Compares versions by the rules of semver.org, ignoring build metadata. Returns a negative number if `a` is lower. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compare(a.major, b.major) ||
    compare(a.minor, b.minor) ||
    compare(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

/** Parses a constraint such as `>=1.2.3, <2 || ^3`. Throws `INVALID_CONSTRAINT`, also for empty text. */
export function parseConstraint(text: string): Constraint {
  if (text.length > MAX_CONSTRAINT_LENGTH) throw invalid(text, `must have at most ${MAX_CONSTRAINT_LENGTH} characters`);
  const groups = text.replace(RANGE, (_, from: string, ...rest: string[]) => `>= ${from}, <= ${rest[4]} `).split('||');
  if (groups.length > MAX_GROUPS) throw invalid(text, `must have at most ${MAX_GROUPS} parts joined by "||"`);
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
    if (match === null) throw invalid(text, `cannot parse ${quote(group.slice(position).trim())}`);
    comparisons.push(toComparison(match, text));
    position += match[0].length;
    const isLast = position === group.length;
    const isComma = group[position] === ',';
    if (!isLast && !isComma && match.at(-1) === '')
      throw invalid(text, 'comparisons must be separated by a blank or a comma');
    if (isComma) position += 1;
    if (isComma && position === group.length) throw invalid(text, 'must not end with a comma');
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
  if (version === undefined) throw invalid(text, `${quote(match[0].trim())} does not contain a version`);
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

function isDifferent(version: Version, { version: bound, missing }: Comparison): boolean {
  if (missing === 'none') return compareVersions(version, bound) !== 0;
  if (version.major !== bound.major) return true;
  if (missing === 'minor') return false;
  if (version.minor !== bound.minor) return true;
  if (missing === 'major') return version.patch !== bound.patch || compareVersions(version, bound) !== 0;
  return comparePrereleases(version.prerelease, bound.prerelease) !== 0;
}

function isGreater(version: Version, { version: bound, missing }: Comparison): boolean {
  if (missing === 'none' || missing === 'major') return compareVersions(version, bound) > 0;
  if (version.major !== bound.major) return version.major > bound.major;
  return missing === 'patch' && version.minor > bound.minor;
}

function isAtMost(version: Version, { version: bound, missing }: Comparison): boolean {
  if (missing === 'none') return compareVersions(version, bound) <= 0;
  if (version.major !== bound.major) return version.major < bound.major;
  return missing === 'minor' || version.minor <= bound.minor;
}

function isTilde(version: Version, { version: bound, missing }: Comparison): boolean {
  if (compareVersions(version, bound) < 0) return false;
  const isZero = bound.major === 0n && bound.minor === 0n && bound.patch === 0n;
  // In the library, ~0.0.0 means ~*, and its users rely on it.
  if (isZero && (missing === 'none' || missing === 'major')) return true;
  return version.major === bound.major && (missing === 'minor' || version.minor === bound.minor);
}

function isCaret(version: Version, { version: bound, missing }: Comparison): boolean {
  if (compareVersions(version, bound) < 0 || version.major !== bound.major) return false;
  if (bound.major > 0n || missing === 'minor') return true;
  if (version.minor !== bound.minor) return false;
  if (bound.minor > 0n || missing === 'patch') return true;
  return version.patch === bound.patch;
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
