import type { Pacer } from '../../../internal/async/pacer.ts';
import { latin1Text, utf8Bytes } from '../../../internal/bytes/bytes.ts';
import { wildmatchExpression } from './wildmatch.ts';

/** Files that are always omitted, as in Flux. */
const ALWAYS = ['.git/', '.gitignore', '.gitmodules', '.gitattributes'];

/** The maximum number of directories whose result is cached. */
const MAX_KNOWN = 1_000;

interface Rule {
  readonly matches: (path: string) => boolean;
  readonly keeps: boolean;
  readonly onlyDirectories: boolean;
}

/** Patterns that apply within a directory; the root is the empty string. */
export interface PatternFile {
  readonly directory: string;
  readonly patterns: string;
}

/** True when the text contains a pattern, not only blank lines and comments. */
export function hasPatterns(text: string): boolean {
  return linesOf(text).some((line) => line.trim() !== '' && !line.startsWith('#'));
}

/**
 * Compiles patterns in the syntax of .gitignore into a function that is true for paths to omit (https://git-scm.com/docs/gitignore,
 * "Pattern format"): the last pattern that matches decides, and a file in an omitted directory cannot be included again. `patterns` follow
 * those of `files`. Throws the error of the pacer.
 */
export async function ignoreRules(
  patterns: string,
  pacer: Pacer,
  files: readonly PatternFile[] = [],
): Promise<(path: string, isDirectory?: boolean) => Promise<boolean>> {
  // Authors of patterns are not trusted: RE2 takes linear time for any pattern. Loaded when first needed.
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

/** Splits a pattern file into lines. Removes a byte order mark, and carriage returns at line ends. */
function linesOf(patterns: string): string[] {
  return patterns.replace(/^\uFEFF/, '').split(/\r?\n|\r$/);
}

/** Parses a line as dir.c of git 2.39 does. */
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

/** Converts text to one character for each UTF-8 byte: git compares bytes. */
function bytesIn(text: string): string {
  return latin1Text(utf8Bytes(text));
}

/** Removes trailing blanks, except those that a backslash escapes. */
function withoutTrailingBlanks(line: string): string {
  return /^(?:[^\\ ]|\\.| +(?=[^ ]))*(?:\\$)?/s.exec(line)?.[0] ?? '';
}
