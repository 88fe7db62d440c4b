import { createPacer } from '../../internal/async/pacer.ts';
import { OciError, quote } from '../errors.ts';
import { compileExpression } from './expression.ts';
import { isTag } from './reference.ts';
import { type Constraint, compareVersions, parseConstraint, parseVersion, satisfies, type Version } from './semver.ts';

/** The selection of a tag, with the fields of Flux's OCIRepository. */
export interface TagSelection {
  /** A version constraint, see {@link parseConstraint}. */
  readonly semver: string;
  /** A Go regular expression that part of a tag must match. */
  readonly semverFilter?: string | undefined;
}

/** The time limit for matching all tags, in milliseconds. */
const MAX_MS = 5_000;

interface Candidate {
  readonly tag: string;
  readonly version: Version;
}

/**
 * Returns the tag of the highest version that satisfies the constraint, by Flux's rules: tags with fewer than two dots and tags that are
 * not a version are ignored, and pre-releases count only if the constraint names one. Of equal versions, the tag that is last in byte
 * order is returned, so the result does not depend on the registry's order. Throws `INVALID_CONSTRAINT`, `NO_MATCHING_TAG`, and
 * `TOO_LARGE` if it takes longer than 5 s. One match of a malicious filter can block its thread for some tenths of a second.
 */
export async function selectTag(tags: readonly string[], { semver, semverFilter }: TagSelection): Promise<string> {
  const constraint = parseConstraint(semver);
  let best: Candidate | undefined;
  await forEachPassing(tags, semverFilter, (tag) => {
    best = higherOf(best, tag, constraint);
  });
  if (best !== undefined) return best.tag;
  const filter = semverFilter ? ` among those that match ${quote(semverFilter)}` : '';
  throw new OciError('NO_MATCHING_TAG', `none of ${tags.length} tags${filter} satisfies ${quote(semver)}`);
}

/**
 * Lists the tags that match a filter, in the order of `tags`. With a constraint, lists the candidates of {@link selectTag}, beginning with
 * the one that it returns. Throws `INVALID_CONSTRAINT`, and `TOO_LARGE` as {@link selectTag} does.
 */
export async function filterTags(
  tags: readonly string[],
  { semver, semverFilter }: { readonly [Key in keyof TagSelection]?: TagSelection[Key] | undefined },
): Promise<string[]> {
  const found: Candidate[] = [];
  const passed: string[] = [];
  const constraint = semver === undefined ? undefined : parseConstraint(semver);
  await forEachPassing(tags, semverFilter, (tag) => {
    if (constraint === undefined) passed.push(tag);
    else found.push(...candidates(tag, constraint));
  });
  return [...passed, ...found.sort((a, b) => (isHigher(a, b) ? -1 : 1)).map(({ tag }) => tag)];
}

/** Calls `visit` for each tag that matches the filter, within the time limit for all tags. */
async function forEachPassing(
  tags: readonly string[],
  filter: string | undefined,
  visit: (tag: string) => void,
): Promise<void> {
  const passes = filter ? await compileExpression(filter, 'filter for tags') : () => true;
  const pacer = createPacer(MAX_MS, () => {
    const what = `${tags.length} tags${filter ? ` with the filter ${quote(filter)}` : ''}`;
    return new OciError('TOO_LARGE', `cannot choose a tag: comparing ${what} takes more than ${MAX_MS / 1_000} s`);
  });
  for (const tag of tags) {
    await pacer.giveWay();
    pacer.run(() => isTag(tag) && passes(tag) && visit(tag));
  }
}

/** Returns the tag of the highest version among a few tags, by the rules of {@link selectTag}. */
export function highestVersion(tags: readonly string[], constraint: Constraint): string | undefined {
  let best: Candidate | undefined;
  for (const tag of tags.filter(isTag)) best = higherOf(best, tag, constraint);
  return best?.tag;
}

function higherOf(best: Candidate | undefined, tag: string, constraint: Constraint): Candidate | undefined {
  const [found] = candidates(tag, constraint);
  return found === undefined || (best !== undefined && !isHigher(found, best)) ? best : found;
}

/** Returns the tag with its version if that satisfies the constraint, else an empty list. */
function candidates(tag: string, constraint: Constraint): readonly Candidate[] {
  const version = parseTagVersion(tag);
  return version !== undefined && satisfies(version, constraint) ? [{ tag, version }] : [];
}

/** Parses a tag as Flux does, which counts dots first: `1.0-a.b` is a version and `v1` is not. */
function parseTagVersion(tag: string): Version | undefined {
  return tag.split('.').length < 3 ? undefined : parseVersion(tag);
}

function isHigher(a: Candidate, b: Candidate): boolean {
  const order = compareVersions(a.version, b.version);
  return order > 0 || (order === 0 && a.tag > b.tag);
}
