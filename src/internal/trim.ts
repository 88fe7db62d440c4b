/**
 * Returns `text` without the `characters` at its end. A regular expression such as /x+$/ starts a match at each x, which takes quadratic time.
 */
export function trimEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Returns `text` without the `characters` at its beginning and end. */
export function trim(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text.charAt(start))) start++;
  return trimEnd(text.slice(start), characters);
}
