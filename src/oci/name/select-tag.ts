import { createPacer } from '../../internal/async/pacer.ts';
import { reasonOf } from '../../internal/reason.ts';
import { OciError, quote } from '../errors.ts';
import { isTag } from './reference.ts';
import { compareVersions, parseConstraint, parseVersion, satisfies, type Version } from './semver.ts';

/** Selects a tag, with the fields of Flux's OCIRepository. */
export interface TagSelection {
  /** A constraint as {@link parseConstraint} reads it. */
  readonly semver: string;
  /** A Go regular expression that a tag must match somewhere to be looked at. */
  readonly semverFilter?: string | undefined;
}

const MAX_FILTER_LENGTH = 512;
/** Milliseconds of matching for all tags together. */
const DEFAULT_MAX_MS = 5_000;

/**
 * Picks the tag of the highest version that satisfies the constraint, by Flux's rules: tags with fewer than two dots and tags that are not
 * a version are passed over, pre-releases count only when the constraint names one. Of equal versions the tag that sorts last in
 * byte order wins, so that the answer does not depend on the registry's order. Throws `INVALID_CONSTRAINT`, `NO_MATCHING_TAG`, and
 * `TOO_LARGE` when it takes longer than `maxMs`.
 */
export async function selectTag(
  tags: readonly string[],
  { semver, semverFilter }: TagSelection,
  maxMs = DEFAULT_MAX_MS,
): Promise<string> {
  const constraint = parseConstraint(semver);
  const passes = semverFilter === undefined || semverFilter === '' ? () => true : await compileFilter(semverFilter);
  const pacer = createPacer(maxMs, () => {
    const what = `${tags.length} tags${semverFilter ? ` with the filter ${quote(semverFilter)}` : ''}`;
    return new OciError('TOO_LARGE', `cannot choose a tag: comparing ${what} takes more than ${maxMs / 1_000} s`);
  });
  let best: { tag: string; version: Version } | undefined;
  for (const tag of tags) {
    await pacer.giveWay();
    const version = pacer.run(() => (isTag(tag) && passes(tag) ? parseTagVersion(tag) : undefined));
    if (version === undefined || !satisfies(version, constraint)) continue;
    if (best === undefined || isHigher({ tag, version }, best)) best = { tag, version };
  }
  if (best !== undefined) return best.tag;
  const filter = semverFilter ? ` among those that match ${quote(semverFilter)}` : '';
  throw new OciError('NO_MATCHING_TAG', `none of ${tags.length} tags${filter} satisfies ${quote(semver)}`);
}

/** Flux counts dots before it parses, so `1.0-a.b` passes and `v1` does not. */
function parseTagVersion(tag: string): Version | undefined {
  return tag.split('.').length < 3 ? undefined : parseVersion(tag);
}

function isHigher(a: { tag: string; version: Version }, b: { tag: string; version: Version }): boolean {
  const order = compareVersions(a.version, b.version);
  return order > 0 || (order === 0 && a.tag > b.tag);
}

/**
 * Filters come from authors who are not trusted, and JavaScript's own expressions can take exponential time. RE2 takes linear time and
 * reads the syntax of Go, which is what Flux documents. Loaded when first needed.
 */
async function compileFilter(filter: string): Promise<(tag: string) => boolean> {
  if (filter.length > MAX_FILTER_LENGTH) throw badFilter(filter, `it is longer than ${MAX_FILTER_LENGTH} characters`);
  const { RE2JS } = await import('re2js');
  try {
    const expression = RE2JS.compile(filter);
    return (tag) => expression.matcher(tag).find();
  } catch (error) {
    throw badFilter(filter, reasonOf(error), error);
  }
}

function badFilter(filter: string, why: string, cause?: unknown): OciError {
  return new OciError('INVALID_CONSTRAINT', `invalid filter for tags ${quote(filter)}: ${why}`, { cause });
}
