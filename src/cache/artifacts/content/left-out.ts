import { quote } from '../../../internal/quote.ts';

/** The maximum number of links and devices that are matched with patterns. */
const MAX_MATCHED_LINKS = 1_000;
/** The maximum depth of nested directories. */
export const MAX_DEPTH = 100;

/** True for a path of more than {@link MAX_DEPTH} segments, which would be slow to match. */
export function isDeep(path: string): boolean {
  return path.split('/').length > MAX_DEPTH;
}

/**
 * Describes the paths that no pattern covers, as a clause for messages; undefined if patterns cover all. Paths must be sorted. Matching is
 * slow: of many paths, only the first are matched, and the others are assumed not to be covered.
 */
export async function describeLeftOut(
  paths: readonly string[],
  isAsked: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  const unasked: string[] = [];
  for (const path of paths.slice(0, MAX_MATCHED_LINKS)) {
    if (isDeep(path) || !(await isAsked(path))) unasked.push(path);
  }
  const rest = Math.max(0, paths.length - MAX_MATCHED_LINKS);
  const count = `${rest === 0 ? '' : 'up to '}${unasked.length + rest}`;
  const [first] = unasked;
  if (first === undefined) return rest === 0 ? undefined : `it omits ${count} links and devices`;
  const what = unasked.length + rest === 1 ? 'a link or device' : `${count} links and devices, the first`;
  return `it omits ${what} ${quote(first)}`;
}
