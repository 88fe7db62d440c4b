/** Reports whether a name matches a pattern. */
export type FileMatcher = (name: string) => boolean;

/** One element of a pattern. `*` and `?` do not match a slash. */
type Element =
  | { readonly kind: 'star' | 'any' }
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly [low: number, high: number][] };

/**
 * Compiles a pattern of Go's path/filepath.Match as it works on Unix (Go 1.24, src/path/filepath/match.go): `*`, `?`, `[a-z]`, `[^a-z]`
 * and `\` before a literal character. Returns undefined for a pattern for which Go returns ErrBadPattern. The time of a match is bounded by the
 * product of both lengths.
 */
export function compileFileMatch(pattern: string): FileMatcher | undefined {
  const elements = parsePattern([...pattern]);
  return elements && ((name) => matches(elements, [...name]));
}

function parsePattern(characters: readonly string[]): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '[') {
      const parsed = parseClass(characters, at + 1);
      if (parsed === undefined) return undefined;
      elements.push(parsed.element);
      at = parsed.end;
    } else if (character === '\\') {
      at += 1;
      const escaped = characters[at];
      if (escaped === undefined) return undefined;
      elements.push({ kind: 'character', character: escaped });
    } else if (character === '*') elements.push({ kind: 'star' });
    else elements.push(character === '?' ? { kind: 'any' } : { kind: 'character', character });
  }
  return elements;
}

/** Parses a class after its `[`; `end` is the position of its `]`. */
function parseClass(characters: readonly string[], start: number): { element: Element; end: number } | undefined {
  const negated = characters[start] === '^';
  const ranges: [number, number][] = [];
  let at = negated ? start + 1 : start;
  // As in Go, a `]` at the beginning does not end a class, and is not allowed in it either.
  while (ranges.length === 0 || characters[at] !== ']') {
    const low = parseBound(characters, at);
    if (low === undefined) return undefined;
    at = low.end;
    const high = characters[at] === '-' ? parseBound(characters, at + 1) : low;
    if (high === undefined) return undefined;
    at = high.end;
    ranges.push([low.point, high.point]);
  }
  return { element: { kind: 'class', negated, ranges }, end: at };
}

/** Parses one bound of a range, which must not be at the end of the pattern. */
function parseBound(characters: readonly string[], start: number): { point: number; end: number } | undefined {
  if (characters[start] === '-' || characters[start] === ']') return undefined;
  const at = characters[start] === '\\' ? start + 1 : start;
  const point = characters[at]?.codePointAt(0);
  return point === undefined || at + 1 >= characters.length ? undefined : { point, end: at + 1 };
}

/** Matches a name. Backtracks to the latest star only: the lengths that earlier stars match never matter. */
function matches(elements: readonly Element[], name: readonly string[]): boolean {
  let [element, at] = [0, 0];
  let star: { element: number; at: number } | undefined;
  while (element < elements.length || at < name.length) {
    const current = elements[element];
    if (current?.kind === 'star') {
      element += 1;
      star = { element, at };
    } else if (current !== undefined && at < name.length && matchesOne(current, name[at] ?? '')) {
      element += 1;
      at += 1;
    } else {
      if (star === undefined || star.at >= name.length || name[star.at] === '/') return false;
      star.at += 1;
      ({ element, at } = star);
    }
  }
  return true;
}

function matchesOne(element: Element, character: string): boolean {
  if (element.kind === 'character') return element.character === character;
  // Unlike a star, a class matches a slash.
  if (element.kind !== 'class') return character !== '/';
  const point = character.codePointAt(0) ?? 0;
  return element.ranges.some(([low, high]) => low <= point && point <= high) !== element.negated;
}
