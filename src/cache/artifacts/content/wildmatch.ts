/** The ASCII characters in each of git's character classes. */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters of the class.
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t-\r ]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** A translated part of a pattern, and the offset after it; undefined for a pattern that matches nothing. */
type Part = { readonly expression: string; readonly end: number } | undefined;

/**
 * Translates a pattern of git into an expression in RE2's syntax, as wildmatch.c of git 2.39 interprets it. Pattern and names are bytes, one
 * character each. If `isPath` is true, `*` and `?` do not match slashes and `**` does. `from` is the offset of the first special character:
 * git compares the text before it separately, so that a `**` there is treated as at the beginning. Returns undefined for a pattern that
 * matches nothing, such as one with an unterminated class.
 */
export function wildmatchExpression(pattern: string, isPath: boolean, from: number): string | undefined {
  let expression = literal(pattern.slice(0, from));
  for (let at = from; at < pattern.length; ) {
    const part = partAt(pattern, at, isPath, from);
    if (part === undefined) return undefined;
    expression += part.expression;
    at = part.end;
  }
  return expression;
}

function partAt(pattern: string, at: number, isPath: boolean, from: number): Part {
  const sign = pattern.charAt(at);
  if (sign === '*') return starsAt(pattern, at, isPath, from);
  if (sign === '?') return { expression: '[^/]', end: at + 1 };
  if (sign === '[') return classAt(pattern, at);
  if (sign !== '\\') return { expression: literal(sign), end: at + 1 };
  return at + 1 < pattern.length ? { expression: literal(pattern.charAt(at + 1)), end: at + 2 } : undefined;
}

function starsAt(pattern: string, at: number, isPath: boolean, from: number): Part {
  let end = at;
  while (pattern[end] === '*') end += 1;
  const isWholePart = (at === from || pattern[at - 1] === '/') && /^(?:\/|\\\/|$)/.test(pattern.slice(end, end + 2));
  if (!isPath || end - at === 1 || !isWholePart) return { expression: '[^/]*', end };
  return pattern[end] === '/' ? { expression: '(?:.*/)?', end: end + 1 } : { expression: '.*', end };
}

/** Translates a class such as `[!a-z[:digit:]]`. */
function classAt(pattern: string, start: number): Part {
  const isNegated = pattern[start + 1] === '!' || pattern[start + 1] === '^';
  const members = new Set<number>();
  let before: number | undefined;
  let at = start + (isNegated ? 2 : 1);
  do {
    const member = memberAt(pattern, at, before);
    if (member === undefined) return undefined;
    for (const code of member.codes) members.add(code);
    before = member.last;
    at = member.end;
  } while (pattern[at] !== ']');
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const chosen = codes.filter((code) => members.has(code) !== isNegated && code !== SLASH);
  if (chosen.length === 0) return undefined;
  return { expression: `[${chosen.map(hexadecimal).join('')}]`, end: at + 1 };
}

const SLASH = '/'.charCodeAt(0);

interface Member {
  readonly codes: readonly number[];
  /** The character that a range may begin with; undefined after a range or a named class. */
  readonly last: number | undefined;
  readonly end: number;
}

function memberAt(pattern: string, at: number, before: number | undefined): Member | undefined {
  const sign = pattern.charAt(at);
  const next = pattern.charAt(at + 1);
  if (sign === '') return undefined;
  if (sign === '-' && before !== undefined && next !== '' && next !== ']') {
    const last = escapedAt(pattern, at + 1);
    return last && { codes: range(before, last.code), last: undefined, end: last.end };
  }
  if (sign === '[' && next === ':') {
    const close = pattern.indexOf(']', at + 2);
    if (close < 0) return undefined;
    if (close > at + 2 && pattern[close - 1] === ':') return namedClass(pattern.slice(at + 2, close - 1), close + 1);
  }
  const single = escapedAt(pattern, at);
  return single && { codes: [single.code], last: single.code, end: single.end };
}

function escapedAt(pattern: string, at: number): { code: number; end: number } | undefined {
  const place = pattern[at] === '\\' ? at + 1 : at;
  return place < pattern.length ? { code: pattern.charCodeAt(place), end: place + 1 } : undefined;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function namedClass(name: string, end: number): Member | undefined {
  const members = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (members === undefined) return undefined;
  return { codes: range(1, 127).filter((code) => members.test(String.fromCharCode(code))), last: undefined, end };
}

function literal(text: string): string {
  return Array.from(text, (sign) => (/\w/.test(sign) ? sign : hexadecimal(sign.charCodeAt(0)))).join('');
}

function hexadecimal(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`;
}
