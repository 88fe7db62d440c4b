import { quote } from '../../../internal/quote.ts';

/** Links and devices that are matched with patterns, to tell those that no pattern leaves out. */
const MAX_MATCHED_LINKS = 1_000;
/** Directories in one another. */
export const MAX_DEPTH = 100;

/** True for a path of more than {@link MAX_DEPTH} parts, which would take long to match. */
export function isDeep(path: string): boolean {
  return path.split('/').length > MAX_DEPTH;
}

/**
 * Describes in a part of a sentence which of these paths, which are in order, are left out by no pattern; undefined for none. Matching takes long:
 * of many paths, the first are matched, and the others count as if no pattern named them.
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
  if (first === undefined) return rest === 0 ? undefined : `it leaves out ${count} links and devices`;
  const what = unasked.length + rest === 1 ? 'a link or device' : `${count} links and devices, the first`;
  return `it leaves out ${what} ${quote(first)}`;
}
