/** Joins alternatives: `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return joined(words, 'or');
}

/** Joins words: `a, b and c`. */
export function allOf(words: readonly string[]): string {
  return joined(words, 'and');
}

function joined(words: readonly string[], last: 'or' | 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}
