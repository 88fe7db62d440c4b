import { BACKSLASH, codeAt, DOUBLE_QUOTE, isBlank, isBlankOrEnd, isBreak, SINGLE_QUOTE } from './characters.ts';
import { fold } from './scan-plain.ts';
import { fail, isAtDocumentMark, peekCode, type Scanner, skipBlanks, takeBreak, type YamlToken } from './scanner.ts';

/** Scans a scalar in single or double quotes. */
export function scanQuoted(scanner: Scanner): YamlToken {
  const start = scanner.offset;
  const quote = peekCode(scanner);
  scanner.offset += 1;
  let value = '';
  for (;;) {
    if (isAtDocumentMark(scanner)) throw fail(scanner, 'the document ends within quotes; close them first');
    if (peekCode(scanner) === 0) throw fail(scanner, 'quotes are not closed');
    value += quote === SINGLE_QUOTE ? takeSingleQuoted(scanner) : takeDoubleQuoted(scanner);
    const isEscapedBreak = quote === DOUBLE_QUOTE && peekCode(scanner) === BACKSLASH;
    if (isEscapedBreak) {
      scanner.offset += 1;
      takeBreak(scanner);
    }
    if (peekCode(scanner) === quote) break;
    value += takeSpace(scanner, isEscapedBreak);
  }
  scanner.offset += 1;
  return { kind: 'scalar', start, value, suffix: '', plain: false, key: undefined };
}

/** Takes text up to white space or the closing quote. */
function takeSingleQuoted(scanner: Scanner): string {
  const { text } = scanner;
  const from = scanner.offset;
  let hasQuotes = false;
  for (let code = codeAt(text, scanner.offset); !isBlankOrEnd(code); code = codeAt(text, scanner.offset)) {
    if (code === SINGLE_QUOTE) {
      if (codeAt(text, scanner.offset + 1) !== SINGLE_QUOTE) break;
      hasQuotes = true;
      scanner.offset += 1;
    }
    scanner.offset += 1;
  }
  const taken = text.slice(from, scanner.offset);
  return hasQuotes ? taken.replaceAll("''", "'") : taken;
}

/** Takes text up to white space, the closing quote or a backslash before a line break. */
function takeDoubleQuoted(scanner: Scanner): string {
  const { text } = scanner;
  let value = '';
  let from = scanner.offset;
  for (let code = codeAt(text, from); !isBlankOrEnd(code) && code !== DOUBLE_QUOTE; ) {
    if (code !== BACKSLASH) scanner.offset += 1;
    else if (isBreak(peekCode(scanner, 1))) break;
    else {
      value += text.slice(from, scanner.offset) + takeEscape(scanner);
      from = scanner.offset;
    }
    code = codeAt(text, scanner.offset);
  }
  return value + text.slice(from, scanner.offset);
}

/** Takes blanks, which are retained, or blanks and line breaks, which are folded. */
function takeSpace(scanner: Scanner, afterEscapedBreak: boolean): string {
  const from = scanner.offset;
  skipBlanks(scanner);
  const isOnOneLine = !afterEscapedBreak && !isBreak(peekCode(scanner));
  if (isOnOneLine) return scanner.text.slice(from, scanner.offset);
  const first = afterEscapedBreak ? '' : takeBreak(scanner);
  let further = '';
  for (let code = peekCode(scanner); isBlank(code) || isBreak(code); code = peekCode(scanner)) {
    if (isBreak(code)) further += takeBreak(scanner);
    else scanner.offset += 1;
  }
  return fold(first, further);
}

const ESCAPES = new Map(
  Object.entries({
    '0': '\0',
    a: '\x07',
    b: '\b',
    t: '\t',
    '\t': '\t',
    n: '\n',
    v: '\v',
    f: '\f',
    r: '\r',
    e: '\x1b',
    ' ': ' ',
    '"': '"',
    "'": "'",
    '\\': '\\',
    N: '\x85',
    _: '\xa0',
    L: '\u2028',
    P: '\u2029',
  }),
);

const DIGITS = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

function takeEscape(scanner: Scanner): string {
  const name = scanner.text.charAt(scanner.offset + 1);
  const escaped = ESCAPES.get(name);
  const length = DIGITS.get(name);
  if (escaped !== undefined) {
    scanner.offset += 2;
    return escaped;
  }
  if (length === undefined) {
    throw fail(scanner, 'a backslash in double quotes must begin a YAML escape; write "\\\\" for the backslash itself');
  }
  const digits = scanner.text.slice(scanner.offset + 2, scanner.offset + 2 + length);
  if (digits.length < length || !/^[0-9a-fA-F]*$/.test(digits))
    throw fail(scanner, `the escape "\\${name}" must have ${length} hexadecimal digits`);
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw fail(scanner, `the escape "\\${name}${digits}" is not a Unicode character`);
  scanner.offset += 2 + length;
  return String.fromCodePoint(code);
}
