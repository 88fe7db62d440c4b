import { createPacer } from '../../internal/async/pacer.ts';
import { OciError, quote } from '../errors.ts';
import { compileExpression } from './expression.ts';
import { isTag } from './reference.ts';
import { type Constraint, compareVersions, parseConstraint, parseVersion, satisfies, type Version } from './semver.ts';

/** Selects a tag, with the fields of Flux's OCIRepository. */
export interface TagSelection {
  /** A constraint as {@link parseConstraint} reads it. */
  readonly semver: string;
  /** A Go regular expression that a tag must match somewhere to be looked at. */
  readonly semverFilter?: string | undefined;
}

/** Milliseconds of matching for all tags together. */
const MAX_MS = 5_000;

interface Candidate {
  readonly tag: string;
  readonly version: Version;
}

/**
 * Picks the tag of the highest version that satisfies the constraint, by Flux's rules: tags with fewer than two dots and tags that are not
 * a version are passed over, pre-releases count only when the constraint names one. Of equal versions the tag that sorts last in
 * byte order wins, so that the answer does not depend on the registry's order. Throws `INVALID_CONSTRAINT`, `NO_MATCHING_TAG`, and
 * `TOO_LARGE` when it takes longer than 5 s. One match of a hostile filter holds up its thread for some tenths of a second.
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
 * Lists the tags that pass a filter, in the order of `tags`, or, with a constraint, those that {@link selectTag} chooses from, the one that it
 * picks first. Throws `INVALID_CONSTRAINT`, and `TOO_LARGE` as {@link selectTag} does.
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

/** Calls `visit` for each tag that passes the filter, within the time for all of them. */
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

/** Picks the tag of the highest version that satisfies the constraint, by the rules of {@link selectTag}, of a few tags. */
export function highestVersion(tags: readonly string[], constraint: Constraint): string | undefined {
  let best: Candidate | undefined;
  for (const tag of tags.filter(isTag)) best = higherOf(best, tag, constraint);
  return best?.tag;
}

function higherOf(best: Candidate | undefined, tag: string, constraint: Constraint): Candidate | undefined {
  const [found] = candidates(tag, constraint);
  return found === undefined || (best !== undefined && !isHigher(found, best)) ? best : found;
}

/** The tag with its version where that satisfies the constraint, else none. */
function candidates(tag: string, constraint: Constraint): readonly Candidate[] {
  const version = parseTagVersion(tag);
  return version !== undefined && satisfies(version, constraint) ? [{ tag, version }] : [];
}

/** Flux counts dots before it parses, so `1.0-a.b` passes and `v1` does not. */
function parseTagVersion(tag: string): Version | undefined {
  return tag.split('.').length < 3 ? undefined : parseVersion(tag);
}

function isHigher(a: Candidate, b: Candidate): boolean {
  const order = compareVersions(a.version, b.version);
  return order > 0 || (order === 0 && a.tag > b.tag);
}
