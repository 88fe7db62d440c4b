import { MAX_DEPTH } from '../limits.ts';
import {
  AMPERSAND,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DOUBLE_QUOTE,
  EXCLAMATION,
  GREATER,
  HASH,
  isBlank,
  isBlankOrEnd,
  isBreak,
  isLetter,
  OPEN_BRACE,
  OPEN_BRACKET,
  PERCENT,
  PIPE,
  QUESTION,
  SINGLE_QUOTE,
  SPACE,
  STAR,
  TAB,
} from './characters.ts';
import { scanBlockScalar } from './scan-block.ts';
import { scanDirective } from './scan-directive.ts';
import { scanPlain } from './scan-plain.ts';
import { scanQuoted } from './scan-quoted.ts';
import { scanAnchor, scanTag } from './scan-tag.ts';
import {
  addToken,
  closeBlocks,
  columnOf,
  dropKey,
  fail,
  insertToken,
  isAtDocumentMark,
  isPossibleKey,
  openBlock,
  peekCode,
  type Scanner,
  saveKey,
  skipComment,
  type TokenKind,
  takeBreak,
  type YamlToken,
} from './scanner.ts';

/** Returns the next token without taking it. After the end of the stream, that is `stream-end`. */
export function peekToken(scanner: Scanner): YamlToken {
  for (;;) {
    const token = scanner.tokens[scanner.head];
    // While the token may be a key, the text after it determines its kind.
    if (token !== undefined && !isPossibleKey(scanner, token.key)) return token;
    fetchToken(scanner);
  }
}

/** Takes the token that {@link peekToken} returns. */
export function skipToken(scanner: Scanner): void {
  scanner.taken += 1;
  scanner.head += 1;
  if (scanner.head < scanner.tokens.length) return;
  scanner.tokens.length = 0;
  scanner.head = 0;
}

type Fetch = (scanner: Scanner) => void;

function fetchToken(scanner: Scanner): void {
  skipToToken(scanner);
  closeBlocks(scanner, columnOf(scanner));
  chooseFetch(scanner)(scanner);
}

/** The function for each indicator that means the same in every context. */
const BY_SIGN = new Map<number, Fetch>([
  [0, fetchEnd],
  [OPEN_BRACKET, (scanner) => openFlow(scanner, 'flow-list-start')],
  [OPEN_BRACE, (scanner) => openFlow(scanner, 'flow-map-start')],
  [CLOSE_BRACKET, (scanner) => closeFlow(scanner, 'flow-list-end')],
  [CLOSE_BRACE, (scanner) => closeFlow(scanner, 'flow-map-end')],
  [COMMA, fetchFlowEntry],
  [STAR, (scanner) => fetchNode(scanner, scanAnchor)],
  [AMPERSAND, (scanner) => fetchNode(scanner, scanAnchor)],
  [EXCLAMATION, (scanner) => fetchNode(scanner, scanTag)],
  [SINGLE_QUOTE, (scanner) => fetchNode(scanner, scanQuoted)],
  [DOUBLE_QUOTE, (scanner) => fetchNode(scanner, scanQuoted)],
]);

function chooseFetch(scanner: Scanner): Fetch {
  const code = peekCode(scanner);
  if (isLetter(code)) return fetchPlain;
  const isFirst = scanner.offset === scanner.lineStart;
  if (isFirst && code === PERCENT) return fetchDirective;
  if (isFirst && isAtDocumentMark(scanner)) return fetchDocumentMark;
  const fetch = BY_SIGN.get(code);
  if (fetch !== undefined) return fetch;
  const isFlow = scanner.flowLevel > 0;
  const isAlone = isBlankOrEnd(peekCode(scanner, 1));
  if (code === DASH && isAlone) return fetchBlockEntry;
  if (code === QUESTION && (isFlow || isAlone)) return fetchKey;
  if (code === COLON && (isFlow || isAlone)) return fetchValue;
  if ((code === PIPE || code === GREATER) && !isFlow) return fetchBlockScalar;
  if (startsPlain(scanner, code)) return fetchPlain;
  throw fail(scanner, 'this character cannot begin a value; put the value in quotes');
}

function fetchPlain(scanner: Scanner): void {
  fetchNode(scanner, scanPlain);
}

/** Skips blanks, comments and line breaks. A tab is not a blank where a key is allowed, since it would hide the indentation. */
function skipToToken(scanner: Scanner): void {
  for (;;) {
    const isTabBlank = scanner.flowLevel > 0 || !scanner.keyAllowed;
    let code = peekCode(scanner);
    while (code === SPACE || (code === TAB && isTabBlank)) {
      scanner.offset += 1;
      code = peekCode(scanner);
    }
    if (code === HASH) skipComment(scanner);
    if (!isBreak(peekCode(scanner))) return;
    takeBreak(scanner);
    if (scanner.flowLevel === 0) scanner.keyAllowed = true;
  }
}

const NEVER_PLAIN = new Set(Array.from('-?:,[]{}#&*!|>\'"%@`', (sign) => sign.charCodeAt(0)));

function startsPlain(scanner: Scanner, code: number): boolean {
  const next = peekCode(scanner, 1);
  if (code === DASH) return !isBlank(next);
  if (code === QUESTION || code === COLON) return scanner.flowLevel === 0 && !isBlankOrEnd(next);
  return !isBlankOrEnd(code) && !NEVER_PLAIN.has(code);
}

function fetchEnd(scanner: Scanner): void {
  closeBlocks(scanner, -1);
  dropKey(scanner);
  scanner.keyAllowed = false;
  addToken(scanner, 'stream-end', scanner.offset);
}

function fetchDirective(scanner: Scanner): void {
  closeBlocks(scanner, -1);
  dropKey(scanner);
  scanner.keyAllowed = false;
  scanDirective(scanner);
}

function fetchDocumentMark(scanner: Scanner): void {
  closeBlocks(scanner, -1);
  dropKey(scanner);
  scanner.keyAllowed = false;
  addSign(scanner, peekCode(scanner) === DASH ? 'document-start' : 'document-end', 3);
}

function addSign(scanner: Scanner, kind: TokenKind, length = 1): void {
  addToken(scanner, kind, scanner.offset);
  scanner.offset += length;
}

/** Fetches a scalar, an alias, an anchor or a tag. Each may begin a key. */
function fetchNode(scanner: Scanner, scan: (scanner: Scanner) => YamlToken): void {
  const key = saveKey(scanner);
  scanner.keyAllowed = false;
  const token = scan(scanner);
  token.key = key;
  scanner.tokens.push(token);
}

function fetchBlockScalar(scanner: Scanner): void {
  dropKey(scanner);
  scanner.keyAllowed = true;
  scanner.tokens.push(scanBlockScalar(scanner));
}

function openFlow(scanner: Scanner, kind: TokenKind): void {
  const key = saveKey(scanner);
  scanner.flowLevel += 1;
  if (scanner.flowLevel > MAX_DEPTH) {
    throw scanner.refuse('DEPTH', scanner.offset, `it is nested more than ${MAX_DEPTH} levels deep`);
  }
  scanner.keys[scanner.flowLevel] = undefined;
  scanner.keyAllowed = true;
  addToken(scanner, kind, scanner.offset, key);
  scanner.offset += 1;
}

function closeFlow(scanner: Scanner, kind: TokenKind): void {
  dropKey(scanner);
  if (scanner.flowLevel > 0) scanner.flowLevel -= 1;
  scanner.keyAllowed = false;
  addSign(scanner, kind);
}

function fetchFlowEntry(scanner: Scanner): void {
  dropKey(scanner);
  scanner.keyAllowed = true;
  addSign(scanner, 'flow-entry');
}

function fetchBlockEntry(scanner: Scanner): void {
  if (scanner.flowLevel === 0) {
    if (!scanner.keyAllowed) throw fail(scanner, 'a list item "-" cannot begin here; put it on a separate line');
    openBlock(scanner, 'block-list-start', scanner.offset, columnOf(scanner));
  }
  dropKey(scanner);
  scanner.keyAllowed = true;
  addSign(scanner, 'block-entry');
}

function fetchKey(scanner: Scanner): void {
  if (scanner.flowLevel === 0) {
    if (!scanner.keyAllowed) throw fail(scanner, 'a key "?" cannot begin here; put it on a separate line');
    openBlock(scanner, 'block-map-start', scanner.offset, columnOf(scanner));
  }
  dropKey(scanner);
  scanner.keyAllowed = scanner.flowLevel === 0;
  addSign(scanner, 'key');
}

function fetchValue(scanner: Scanner): void {
  const key = scanner.keys[scanner.flowLevel];
  if (isPossibleKey(scanner, key)) {
    insertToken(scanner, 'key', key.offset, key.token);
    openBlock(scanner, 'block-map-start', key.offset, key.column, key.token);
    key.possible = false;
    scanner.keyAllowed = false;
  } else {
    if (scanner.flowLevel === 0) {
      if (!scanner.keyAllowed)
        throw fail(scanner, 'a value ":" cannot begin here; put text that contains ": " in quotes');
      openBlock(scanner, 'block-map-start', scanner.offset, columnOf(scanner));
    }
    scanner.keyAllowed = scanner.flowLevel === 0;
  }
  addSign(scanner, 'value');
}
