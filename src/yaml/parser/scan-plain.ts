import { COLON, codeAt, HASH, isBlank, isBlankOrEnd, isBreak, isFlowIndicator, TAB } from './characters.ts';
import {
  columnOf,
  fail,
  isAtDocumentMark,
  peekCode,
  type Scanner,
  skipBlanks,
  takeBreak,
  type YamlToken,
} from './scanner.ts';

/** Scans an unquoted scalar: up to `: `, ` #`, an indicator of the enclosing flow collection, or a line that is not indented. */
export function scanPlain(scanner: Scanner): YamlToken {
  const start = scanner.offset;
  const indent = scanner.indent + 1;
  let value = '';
  let gap = '';
  let isLineOpen = false;
  while (!isAtDocumentMark(scanner) && peekCode(scanner) !== HASH) {
    const end = endOfText(scanner);
    if (end === scanner.offset) break;
    value += gap + scanner.text.slice(scanner.offset, end);
    scanner.offset = end;
    isLineOpen = false;
    skipBlanks(scanner);
    if (!isBreak(peekCode(scanner))) break;
    gap = takeGap(scanner, indent);
    isLineOpen = true;
    if (scanner.flowLevel === 0 && columnOf(scanner) < indent) break;
  }
  if (isLineOpen) scanner.keyAllowed = true;
  return { kind: 'scalar', start, value, suffix: '', plain: true, key: undefined };
}

/** Returns the end of the text on this line, without trailing blanks and comments. */
function endOfText({ text, offset, flowLevel }: Scanner): number {
  let end = offset;
  for (let at = offset; ; at += 1) {
    const code = codeAt(text, at);
    if (isBlank(code)) continue;
    if (isBlankOrEnd(code)) return end;
    if (code === HASH && at > end) return end;
    if (code === COLON && isBlankOrEnd(codeAt(text, at + 1))) return end;
    if (flowLevel > 0 && isFlowIndicator(code)) return end;
    end = at + 1;
  }
}

/** Takes line breaks and the blanks between them. */
function takeGap(scanner: Scanner, indent: number): string {
  const first = takeBreak(scanner);
  let further = '';
  for (let code = peekCode(scanner); ; code = peekCode(scanner)) {
    if (isBreak(code)) further += takeBreak(scanner);
    else if (!isBlank(code)) return fold(first, further);
    else if (code === TAB && columnOf(scanner) < indent) throw fail(scanner, 'a tab cannot indent text; use spaces');
    else scanner.offset += 1;
  }
}

/** Joins the line breaks between two lines of folded text: a single one becomes a blank, and the first of several is dropped. */
export function fold(first: string, further: string): string {
  if (first !== '\n') return first + further;
  return further === '' ? ' ' : further;
}
