import type { Refuse } from '../errors.ts';
import { CR, codeAt, HASH, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, LF } from './characters.ts';

/** The kind of a token. `tag` and `scalar` tokens have a value. */
export type TokenKind =
  | 'version-directive'
  | 'tag-directive'
  | 'document-start'
  | 'document-end'
  | 'stream-end'
  | 'block-list-start'
  | 'block-map-start'
  | 'block-end'
  | 'flow-list-start'
  | 'flow-list-end'
  | 'flow-map-start'
  | 'flow-map-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

/** A token. A `key` token is inserted before a token that turns out to be a key, once the `:` after it is found. */
export interface YamlToken {
  readonly kind: TokenKind;
  /** The offset of its first character. */
  readonly start: number;
  /** A scalar's text; the name of an anchor or alias; the handle of a tag or tag directive. */
  readonly value: string;
  /** The rest of a tag; the prefix of a tag directive. */
  readonly suffix: string;
  /** True for an unquoted scalar that is not a block scalar. */
  readonly plain: boolean;
  /** Set for a token that may be a key; see {@link isPossibleKey}. */
  key: SimpleKey | undefined;
}

/** A place where a key without `?` may begin. */
export interface SimpleKey {
  possible: boolean;
  /** True at the indentation of a map in block context, where only a key is allowed. */
  readonly required: boolean;
  /** The number of the token, counted from the beginning of the stream. */
  readonly token: number;
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A text being scanned. Offsets and columns count UTF-16 code units. */
export interface Scanner {
  readonly text: string;
  readonly refuse: Refuse;
  offset: number;
  /** Line breaks before `offset`. */
  line: number;
  lineStart: number;
  flowLevel: number;
  /** The column of the open block collection; -1 outside of block collections. */
  indent: number;
  readonly indents: number[];
  keyAllowed: boolean;
  /** The possible key of each open flow collection. The first entry is that of the block context. */
  readonly keys: (SimpleKey | undefined)[];
  /** The tokens that are scanned and not yet taken, from `head` on. */
  readonly tokens: YamlToken[];
  head: number;
  /** The number of tokens taken. */
  taken: number;
}

/** The maximum length of a key without `?`, in characters: the specification's lookahead limit. */
const MAX_KEY = 1024;

/** Creates a scanner at the beginning of a text, which must not contain control characters. */
export function createScanner(text: string, refuse: Refuse): Scanner {
  return {
    text,
    refuse,
    offset: 0,
    line: 0,
    lineStart: 0,
    flowLevel: 0,
    indent: -1,
    indents: [],
    keyAllowed: true,
    keys: [undefined],
    tokens: [],
    head: 0,
    taken: 0,
  };
}

/** Returns the code unit at the scanner's position, or `ahead` units after it. */
export function peekCode(scanner: Scanner, ahead = 0): number {
  return codeAt(scanner.text, scanner.offset + ahead);
}

/** Returns the column of the scanner's position, from 0. */
export function columnOf(scanner: Scanner): number {
  return scanner.offset - scanner.lineStart;
}

/** Takes a line break and returns its value: a line feed, except for the separators U+2028 and U+2029. */
export function takeBreak(scanner: Scanner): string {
  const code = peekCode(scanner);
  scanner.offset += code === CR && peekCode(scanner, 1) === LF ? 2 : 1;
  scanner.line += 1;
  scanner.lineStart = scanner.offset;
  return code > 0x85 ? String.fromCharCode(code) : '\n';
}

/** Skips spaces and tabs. */
export function skipBlanks(scanner: Scanner): void {
  while (isBlank(peekCode(scanner))) scanner.offset += 1;
}

/** Skips blanks and a comment, then a line break. Rejects anything else on the line; `what` appears in the message. */
export function endLine(scanner: Scanner, what: string): void {
  skipBlanks(scanner);
  if (peekCode(scanner) === HASH) skipComment(scanner);
  const code = peekCode(scanner);
  if (!isBreakOrEnd(code)) throw fail(scanner, `${what} may be followed only by a comment or a line break`);
  if (isBreak(code)) takeBreak(scanner);
}

/** Skips to the end of the line. */
export function skipComment(scanner: Scanner): void {
  while (!isBreakOrEnd(peekCode(scanner))) scanner.offset += 1;
}

/** True at the beginning of a line with `---` or `...`. */
export function isAtDocumentMark(scanner: Scanner): boolean {
  if (scanner.offset !== scanner.lineStart) return false;
  const { text, offset } = scanner;
  return (text.startsWith('---', offset) || text.startsWith('...', offset)) && isBlankOrEnd(codeAt(text, offset + 3));
}

/** Returns an error at the scanner's position. */
export function fail(scanner: Scanner, why: string): Error {
  return scanner.refuse('SYNTAX', scanner.offset, why);
}

/** Adds a token that begins at `start`. */
export function addToken(scanner: Scanner, kind: TokenKind, start: number, key?: SimpleKey): void {
  scanner.tokens.push({ kind, start, value: '', suffix: '', plain: false, key });
}

/** Inserts a token before the one with a number, counted from the beginning of the stream. */
export function insertToken(scanner: Scanner, kind: TokenKind, start: number, before: number): void {
  const token: YamlToken = { kind, start, value: '', suffix: '', plain: false, key: undefined };
  scanner.tokens.splice(scanner.head + before - scanner.taken, 0, token);
}

/** Opens a block collection if the column is deeper than that of the open one. It begins before the token `before`, by default the next one. */
export function openBlock(scanner: Scanner, kind: TokenKind, start: number, column: number, before?: number): void {
  if (scanner.flowLevel > 0 || scanner.indent >= column) return;
  scanner.indents.push(scanner.indent);
  scanner.indent = column;
  if (before === undefined) addToken(scanner, kind, start);
  else insertToken(scanner, kind, start, before);
}

/** Closes the block collections at deeper columns. */
export function closeBlocks(scanner: Scanner, column: number): void {
  if (scanner.flowLevel > 0) return;
  while (scanner.indent > column) {
    addToken(scanner, 'block-end', scanner.offset);
    scanner.indent = scanner.indents.pop() ?? -1;
  }
}

/** Records that the next token may be a key, and returns the record for {@link YamlToken.key}. */
export function saveKey(scanner: Scanner): SimpleKey | undefined {
  if (!scanner.keyAllowed) return undefined;
  const column = columnOf(scanner);
  dropKey(scanner);
  const key: SimpleKey = {
    possible: true,
    required: scanner.flowLevel === 0 && scanner.indent === column,
    token: scanner.taken + scanner.tokens.length - scanner.head,
    offset: scanner.offset,
    line: scanner.line,
    column,
  };
  scanner.keys[scanner.flowLevel] = key;
  return key;
}

/** Drops the possible key of the open collection. */
export function dropKey(scanner: Scanner): void {
  const key = scanner.keys[scanner.flowLevel];
  if (key === undefined || !key.possible) return;
  if (key.required) throw missingColon(scanner, key);
  key.possible = false;
}

/** True while a key may still turn out to be one: on the same line, and at most 1,024 characters back. */
export function isPossibleKey(scanner: Scanner, key: SimpleKey | undefined): key is SimpleKey {
  if (key === undefined || !key.possible) return false;
  if (key.line === scanner.line && !isLong(scanner, key)) return true;
  if (key.required) throw missingColon(scanner, key);
  key.possible = false;
  return false;
}

function isLong(scanner: Scanner, key: SimpleKey): boolean {
  if (scanner.offset - key.offset <= MAX_KEY) return false;
  // There are more code units than characters if some characters are outside the basic multilingual plane.
  return Array.from(scanner.text.slice(key.offset, scanner.offset)).length > MAX_KEY;
}

function missingColon(scanner: Scanner, key: SimpleKey): Error {
  return scanner.refuse('SYNTAX', key.offset, 'a key must be followed by ":" on its line, within 1,024 characters');
}
