import type { Pacer } from '../../../internal/async/pacer.ts';

/** Always left out, as Flux does. */
const ALWAYS = ['.git/', '.gitignore', '.gitmodules', '.gitattributes'];

/** Directories whose result is remembered. */
const MAX_KNOWN = 1_000;

interface Rule {
  readonly matches: (path: string) => boolean;
  readonly keeps: boolean;
  readonly onlyDirectories: boolean;
}

/** Patterns that count within a directory; the empty text is the top. */
export interface PatternFile {
  readonly directory: string;
  readonly patterns: string;
}

/** True when there is a pattern in the text, not only blank lines and comments. */
export function hasPatterns(text: string): boolean {
  return text.split(/\r?\n/).some((line) => line.trim() !== '' && !line.startsWith('#'));
}

/**
 * Makes a test for paths that patterns in the syntax of .gitignore leave out (https://git-scm.com/docs/gitignore, "Pattern format"): the
 * last pattern that matches decides, and what lies in a directory that is left out cannot be taken back. `patterns` come after those of
 * `files`. Throws what the pacer throws.
 */
export async function ignoreRules(
  patterns: string,
  pacer: Pacer,
  files: readonly PatternFile[] = [],
): Promise<(path: string, isDirectory?: boolean) => Promise<boolean>> {
  // Patterns come from authors who are not trusted: RE2 takes linear time whatever they are. Loaded when first needed.
  const { RE2JS } = await import('re2js');
  const compile = (expression: string) => {
    const compiled = RE2JS.compile(expression, RE2JS.DOTALL);
    return (path: string) => compiled.matches(path);
  };
  const rules = [
    ...ALWAYS.flatMap((line) => parseRule(line, compile)),
    ...files.flatMap((file) => rulesOf(file, compile)),
    ...rulesOf({ directory: '', patterns }, compile),
  ];
  const matches = (path: string, isDirectory: boolean) => {
    const rule = rules.findLast(
      ({ matches: covers, onlyDirectories }) => (isDirectory || !onlyDirectories) && covers(path),
    );
    return rule !== undefined && !rule.keeps;
  };
  const known = new Map<string, boolean>();
  const isLeftOut = async (path: string, isDirectory: boolean) => {
    const before = isDirectory ? known.get(path) : undefined;
    if (before !== undefined) return before;
    await pacer.giveWay();
    const found = pacer.run(() => matches(path, isDirectory));
    if (isDirectory && known.size < MAX_KNOWN) known.set(path, found);
    return found;
  };
  return async (path, isDirectory = false) => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (const index of parts.keys()) {
      const isLast = index === parts.length - 1;
      if (await isLeftOut(parts.slice(0, index + 1).join('/'), !isLast || isDirectory)) return true;
    }
    return false;
  };
}

type Compile = (expression: string) => (path: string) => boolean;

function rulesOf({ directory, patterns }: PatternFile, compile: Compile): Rule[] {
  const prefix = directory === '' ? '' : `${directory}/`;
  const within = ({ matches, ...rule }: Rule): Rule => ({
    ...rule,
    matches: (path) => path.startsWith(prefix) && matches(path.slice(prefix.length)),
  });
  const rules = patterns.split(/\r?\n/).flatMap((line) => parseRule(line, compile));
  return prefix === '' ? rules : rules.map(within);
}

function parseRule(line: string, compile: Compile): Rule[] {
  if (line.startsWith('#')) return [];
  let pattern = withoutTrailingBlanks(line);
  const keeps = pattern.startsWith('!');
  if (keeps) pattern = pattern.slice(1);
  const onlyDirectories = pattern.endsWith('/');
  if (onlyDirectories) pattern = pattern.slice(0, -1);
  if (pattern === '') return [];
  const anchored = pattern.includes('/');
  const expression = `${anchored ? '' : '(?:.*/)?'}${toExpression(pattern.replace(/^\//, ''))}`;
  try {
    return [{ matches: compile(expression), keeps, onlyDirectories }];
  } catch {
    // A class such as [z-a] matches nothing, in git as well.
    return [];
  }
}

/** A blank with a backslash before it stays. */
function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ' && line[end - 2] !== '\\') end -= 1;
  return line.slice(0, end);
}

/** The expression of one pattern, in RE2's syntax. */
function toExpression(pattern: string): string {
  let expression = '';
  for (let rest = pattern; rest !== ''; ) {
    const [token = '', kind] = nextToken(rest, expression === '');
    expression += kind;
    rest = rest.slice(token.length);
  }
  return expression;
}

function nextToken(rest: string, isFirst: boolean): [token: string, expression: string] {
  const doubled = /^\*\*\//.exec(rest);
  if (doubled && isFirst) return ['**/', '(?:[^/]+/)*'];
  if (rest.startsWith('/**/')) return ['/**/', '/(?:[^/]+/)*'];
  if (rest === '/**') return ['/**', '/.+'];
  const stars = /^\*+/.exec(rest)?.[0];
  if (stars !== undefined) return [stars, '[^/]*'];
  if (rest.startsWith('?')) return ['?', '[^/]'];
  const characterClass = /^\[[!^]?\]?[^\]]*\]/.exec(rest)?.[0];
  if (characterClass !== undefined) return [characterClass, classExpression(characterClass)];
  const literal = /^\\?./su.exec(rest)?.[0] ?? rest;
  return [literal, literally(literal.length > 1 && literal.startsWith('\\') ? literal.slice(1) : literal)];
}

function classExpression(characterClass: string): string {
  const inner = characterClass.slice(1, -1);
  const negated = /^[!^]/.test(inner);
  const members = (negated ? inner.slice(1) : inner).replaceAll(/[\\\]^[]/g, '\\$&').replaceAll('/', '');
  return negated ? `[^/${members}]` : `[${members}]`;
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
