/** The column after which a line is folded at the next single blank. */
const BEST_WIDTH = 80;

/** A text being printed, with the state that the next piece depends on. */
export interface YamlWriter {
  text: string;
  /** The number of characters since the last line break. */
  column: number;
  /** True at the start and after white space. */
  whitespace: boolean;
  /** True while the line contains only indentation and indicators. */
  indention: boolean;
}

/** Creates a writer without text. */
export function createWriter(): YamlWriter {
  return { text: '', column: 0, whitespace: true, indention: true };
}

function breakLine(writer: YamlWriter, sign = '\n'): void {
  writer.text += sign;
  writer.column = 0;
}

function write(writer: YamlWriter, text: string): void {
  writer.text += text;
  writer.column += isAscii(text) ? text.length : Array.from(text).length;
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** Moves to column `indent` of a new line, or of the current line if it contains nothing after that column. */
export function writeIndent(writer: YamlWriter, indent: number): void {
  if (!writer.indention || writer.column > indent || (writer.column === indent && !writer.whitespace))
    breakLine(writer);
  if (writer.column < indent) write(writer, ' '.repeat(indent - writer.column));
  writer.whitespace = true;
  writer.indention = true;
}

/** Writes an indicator. With `indention`, the next indicator may follow on the same line. */
export function writeIndicator(writer: YamlWriter, sign: string, needsBlank: boolean, indention = false): void {
  if (needsBlank && !writer.whitespace) write(writer, ' ');
  write(writer, sign);
  writer.whitespace = false;
  writer.indention = writer.indention && indention;
}

function endScalar(writer: YamlWriter): void {
  writer.whitespace = false;
  writer.indention = false;
}

/** Writes a scalar without quotes, folded if allowed. */
export function writePlain(writer: YamlWriter, text: string, indent: number, mayFold: boolean): void {
  if (!writer.whitespace) write(writer, ' ');
  writeFolded(writer, text, indent, mayFold);
  endScalar(writer);
}

/** Writes a scalar in single quotes, folded if allowed. */
export function writeSingleQuoted(writer: YamlWriter, text: string, indent: number, mayFold: boolean): void {
  writeIndicator(writer, "'", true);
  writeFolded(writer, text.replaceAll("'", "''"), indent, mayFold);
  writeIndicator(writer, "'", false);
  endScalar(writer);
}

/** Writes text and folds it only at single blanks inside the text. */
function writeFolded(writer: YamlWriter, text: string, indent: number, mayFold: boolean): void {
  const fits = !mayFold || writer.column + text.length <= BEST_WIDTH || !text.includes(' ');
  if (fits && !/[\u2028\u2029]/.test(text)) {
    write(writer, text);
    return;
  }
  const pieces = text.match(/ +|[\u2028\u2029]|[^ \u2028\u2029]+/g) ?? [];
  let atBreak = false;
  for (const [index, piece] of pieces.entries()) {
    if (piece === '\u2028' || piece === '\u2029') {
      breakLine(writer, piece);
      writer.indention = true;
      atBreak = true;
    } else if (piece.startsWith(' ')) {
      const inside = index > 0 && index < pieces.length - 1;
      if (piece === ' ' && inside && mayFold && writer.column > BEST_WIDTH) writeIndent(writer, indent);
      else write(writer, piece);
    } else {
      if (atBreak) writeIndent(writer, indent);
      atBreak = false;
      writer.indention = false;
      write(writer, piece);
    }
  }
}

const ESCAPES = new Map<string, string>([
  ['\0', '0'],
  ['\x07', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\x1b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\x85', 'N'],
  ['\xa0', '_'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
]);

function escapeCharacter(character: string): string {
  const short = ESCAPES.get(character);
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

const ESCAPED = /["\\\u2028\u2029]|[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/gu;

/** Writes a scalar in double quotes, with escapes, folded if allowed. */
export function writeDoubleQuoted(writer: YamlWriter, text: string, indent: number, mayFold: boolean): void {
  writeIndicator(writer, '"', true);
  // After a byte order mark, Go escapes everything, including blanks.
  const pieces = text.startsWith('\uFEFF') ? [] : (text.match(/ +|[^ ]+/g) ?? []);
  if (text.startsWith('\uFEFF')) write(writer, Array.from(text, escapeCharacter).join(''));
  for (const [index, piece] of pieces.entries()) {
    const inside = index > 0 && (index < pieces.length - 1 || piece.length > 1);
    if (piece.startsWith(' ') && inside && mayFold && writer.column > BEST_WIDTH) {
      writeIndent(writer, indent);
      if (piece.length > 1) write(writer, `\\${piece.slice(1)}`);
    } else write(writer, piece.replace(ESCAPED, escapeCharacter));
  }
  writeIndicator(writer, '"', false);
  endScalar(writer);
}

/** Writes a scalar of several lines literally, after `|`. */
export function writeLiteral(writer: YamlWriter, text: string, indent: number): void {
  const hint = /^[ \n\u2028\u2029]/.test(text) ? '2' : '';
  const chomp = /(?:^|[\n\u2028\u2029])[\n\u2028\u2029]$/.test(text) ? '+' : /[\n\u2028\u2029]$/.test(text) ? '' : '-';
  writeIndicator(writer, `|${hint}${chomp}`, true);
  breakLine(writer);
  writer.indention = true;
  writer.whitespace = true;
  for (const piece of text.match(/[\n\u2028\u2029]|[^\n\u2028\u2029]+/g) ?? []) {
    if (/^[\n\u2028\u2029]$/.test(piece)) {
      breakLine(writer, piece);
      writer.indention = true;
    } else {
      writeIndent(writer, indent);
      write(writer, piece);
      writer.indention = false;
    }
  }
}
