/** Turns a pattern of Go's filepath.Match into a regular expression: `*` and `?` stop at slashes, `[a-z]` and `[^a-z]` are sets. */
export function globExpression(pattern: string): RegExp {
  const tokens = pattern.matchAll(/\\(.)|\*+|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|[\s\S]/gu);
  const parts = Array.from(tokens, ([token, escaped, negated, set]) => {
    if (escaped !== undefined) return literal(escaped);
    if (token.startsWith('*')) return '[^/]*';
    if (token === '?') return '[^/]';
    if (set !== undefined) return negated === '^' ? `[^/${setBody(set)}]` : `(?!/)[${setBody(set)}]`;
    return literal(token);
  });
  return new RegExp(`^${parts.join('')}$`, 'u');
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function setBody(set: string): string {
  return set.replace(/\\(.)|[[\]^&~|{}()/]/gu, (token, escaped?: string) => literal(escaped ?? token));
}
