/** Code units that have a meaning in YAML. */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const EXCLAMATION = 0x21;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const PERCENT = 0x25;
export const AMPERSAND = 0x26;
export const SINGLE_QUOTE = 0x27;
export const STAR = 0x2a;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const DASH = 0x2d;
export const DOT = 0x2e;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const LESS = 0x3c;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const PIPE = 0x7c;
export const CLOSE_BRACE = 0x7d;
const NEXT_LINE = 0x85;
const LINE_SEPARATOR = 0x2028;
const PARAGRAPH_SEPARATOR = 0x2029;

/** Returns the code unit at an offset, or 0 after the end. YAML text contains no other 0. */
export function codeAt(text: string, offset: number): number {
  return offset < text.length ? text.charCodeAt(offset) : 0;
}

/** True for a space or a tab. */
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** True for the line breaks of YAML 1.1. */
export function isBreak(code: number): boolean {
  if (code < NEXT_LINE) return code === LF || code === CR;
  return code === NEXT_LINE || code === LINE_SEPARATOR || code === PARAGRAPH_SEPARATOR;
}

/** True for a line break or the end of the text. */
export function isBreakOrEnd(code: number): boolean {
  return code === 0 || isBreak(code);
}

/** True for a space, a tab, a line break or the end of the text. Other control characters are refused before a text is scanned. */
export function isBlankOrEnd(code: number): boolean {
  if (code < NEXT_LINE) return code <= SPACE;
  return code === NEXT_LINE || code === LINE_SEPARATOR || code === PARAGRAPH_SEPARATOR;
}

/** True for `0` to `9`. */
export function isDigit(code: number): boolean {
  return code >= ZERO && code < COLON;
}

/** Returns the end of the run of letters, digits, `_` and `-` that begins at `offset`. */
export function endOfWord(text: string, offset: number): number {
  let end = offset;
  while (isWord(codeAt(text, end))) end += 1;
  return end;
}

function isWord(code: number): boolean {
  return isDigit(code) || isLetter(code) || code === 0x5f || code === DASH;
}

/** True for an ASCII letter. */
export function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** True for `,`, `?` and brackets: within a flow collection they end an unquoted scalar. */
export function isFlowIndicator(code: number): boolean {
  return (
    code === COMMA ||
    code === QUESTION ||
    code === OPEN_BRACKET ||
    code === CLOSE_BRACKET ||
    code === OPEN_BRACE ||
    code === CLOSE_BRACE
  );
}
