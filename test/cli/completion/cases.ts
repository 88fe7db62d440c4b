/** Words before the cursor, and the candidates for the last of them, in order. */
export interface CompletionCase {
  readonly words: readonly string[];
  readonly offers: readonly string[];
}

/** Cases for all shells. The words follow the program's name. */
export const CASES: readonly CompletionCase[] = [
  { words: ['ca'], offers: ['cache'] },
  { words: ['xpkg', ''], offers: ['build', 'copy', 'extract', 'inspect', 'lint', 'push'] },
  { words: ['cache', 'v'], offers: ['verify'] },
  { words: ['completion', ''], offers: ['bash', 'fish', 'zsh'] },
  { words: ['cache', 'ls', '--fo'], offers: ['--format'] },
  { words: ['cache', 'ls', '/tmp', '--q'], offers: ['--quiet'] },
  { words: ['cache', 'ls', '--format', ''], offers: ['json', 'table', 'yaml'] },
  { words: ['cache', 'ls', '-o', 't'], offers: ['table'] },
  { words: ['xpkg', 'build', '--log-level', ''], offers: ['debug', 'error', 'info', 'warn'] },
  { words: ['--content-cache-d'], offers: ['--content-cache-dir'] },
];
