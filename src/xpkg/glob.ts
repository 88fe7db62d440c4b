/** Turns a pattern of Go's filepath.Match into a regular expression: `*` and `?` stop at slashes, `[a-z]` and `[^a-z]` are sets. */
export function globExpression(pattern: string): RegExp {
  let expression = '';
  let hasSets = true;
  for (let at = 0; at < pattern.length; ) {
    const set = hasSets && pattern[at] === '[' ? matchAt(SET, pattern, at) : undefined;
    // No set after one without an end has an end.
    if (pattern[at] === '[' && set === undefined && !matchAt(EMPTY_SET, pattern, at)) hasSets = false;
    const [token = '', escaped] = set ?? matchAt(TOKEN, pattern, at) ?? [];
    expression += set ? setExpression(set) : tokenExpression(token, escaped);
    at += token.length;
  }
  return new RegExp(`^${expression}$`, 'u');
}

const SET = /\[(\^?)((?:\\.|[^\]\\])+)\]/uy;
const EMPTY_SET = /\[\^?\]/y;
const TOKEN = /\\(.)|\*+|[\s\S]/uy;

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | undefined {
  expression.lastIndex = at;
  return expression.exec(text) ?? undefined;
}

function setExpression([, negated, members = '']: RegExpExecArray): string {
  return negated === '^' ? `[^/${setBody(members)}]` : `(?!/)[${setBody(members)}]`;
}

function tokenExpression(token: string, escaped: string | undefined): string {
  if (escaped !== undefined) return literal(escaped);
  if (token.startsWith('*')) return '[^/]*';
  return token === '?' ? '[^/]' : literal(token);
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function setBody(set: string): string {
  return set.replace(/\\(.)|[[\]^&~|{}()/]/gu, (token, escaped?: string) => literal(escaped ?? token));
}
