import type { Pacer } from '../../../internal/async/pacer.ts';
import { latin1Text, utf8Bytes } from '../../../internal/bytes/bytes.ts';
import { wildmatchExpression } from './wildmatch.ts';

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
  return linesOf(text).some((line) => line.trim() !== '' && !line.startsWith('#'));
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

type Compile = (expression: string) => (name: string) => boolean;

function rulesOf({ directory, patterns }: PatternFile, compile: Compile): Rule[] {
  const prefix = directory === '' ? '' : `${directory}/`;
  const within = ({ matches, ...rule }: Rule): Rule => ({
    ...rule,
    matches: (path) => path.startsWith(prefix) && matches(path.slice(prefix.length)),
  });
  const rules = linesOf(patterns).flatMap((line) => parseRule(line, compile));
  return prefix === '' ? rules : rules.map(within);
}

/** The lines of a file of patterns, without a byte order mark and carriage returns at their ends. */
function linesOf(patterns: string): string[] {
  return patterns.replace(/^\uFEFF/, '').split(/\r?\n|\r$/);
}

/** Reads one line as dir.c of git 2.39 does. */
function parseRule(line: string, compile: Compile): Rule[] {
  if (line.startsWith('#')) return [];
  let pattern = bytesIn(withoutTrailingBlanks(line));
  const keeps = pattern.startsWith('!');
  if (keeps) pattern = pattern.slice(1);
  const onlyDirectories = pattern.endsWith('/');
  if (onlyDirectories) pattern = pattern.slice(0, -1);
  const isPath = pattern.includes('/');
  if (pattern.startsWith('/')) pattern = pattern.slice(1);
  const plain = pattern.search(/[*?[\\]/);
  const expression = wildmatchExpression(pattern, isPath, isPath ? (plain < 0 ? pattern.length : plain) : 0);
  if (pattern === '' || expression === undefined) return [];
  const covers = compile(expression);
  const matches = (path: string) => covers(bytesIn(isPath ? path : path.slice(path.lastIndexOf('/') + 1)));
  return [{ matches, keeps, onlyDirectories }];
}

/** One character for each byte in UTF-8, as git compares them. */
function bytesIn(text: string): string {
  return latin1Text(utf8Bytes(text));
}

/** Blanks at the end do not count, unless a backslash is before one. */
function withoutTrailingBlanks(line: string): string {
  return /^(?:[^\\ ]|\\.| +(?=[^ ]))*(?:\\$)?/s.exec(line)?.[0] ?? '';
}
