import { codeAt, DASH, isBlank, isBreak, isBreakOrEnd, isDigit, PIPE, PLUS, SPACE, TAB, ZERO } from './characters.ts';
import { columnOf, endLine, fail, peekCode, type Scanner, takeBreak, type YamlToken } from './scanner.ts';

/** The line breaks that are retained at the end of a block scalar: one (`clip`), all (`keep`) or none (`strip`). */
type Chomping = 'clip' | 'keep' | 'strip';

/** Scans a scalar after `|` (literal) or `>` (folded). */
export function scanBlockScalar(scanner: Scanner): YamlToken {
  const start = scanner.offset;
  const isLiteral = peekCode(scanner) === PIPE;
  scanner.offset += 1;
  const { chomping, increment } = takeHeader(scanner);
  endLine(scanner, 'the header of a block scalar');
  const given = increment === 0 ? 0 : Math.max(scanner.indent, 0) + increment;
  const first = takeBreaks(scanner, given);
  const { indent } = first;
  let value = '';
  let lineBreak = '';
  let breaks = first.breaks;
  let wasIndented = false;
  while (columnOf(scanner) === indent && peekCode(scanner) !== 0) {
    const isIndented = isBlank(peekCode(scanner));
    const isFolded = !isLiteral && !wasIndented && !isIndented && lineBreak === '\n';
    if (!isFolded) value += lineBreak;
    else if (breaks === '') value += ' ';
    value += breaks + takeLine(scanner);
    wasIndented = isIndented;
    lineBreak = isBreak(peekCode(scanner)) ? takeBreak(scanner) : '';
    ({ breaks } = takeBreaks(scanner, indent));
  }
  if (chomping !== 'strip') value += lineBreak;
  if (chomping === 'keep') value += breaks;
  return { kind: 'scalar', start, value, suffix: '', plain: false, key: undefined };
}

/** Takes the indicators after `|` or `>`, in either order. The increment is 0 if it is not given. */
function takeHeader(scanner: Scanner): { chomping: Chomping; increment: number } {
  const before = takeChomping(scanner);
  const increment = takeIncrement(scanner);
  const after = before ?? (increment > 0 ? takeChomping(scanner) : undefined);
  return { chomping: after ?? 'clip', increment };
}

function takeChomping(scanner: Scanner): Chomping | undefined {
  const code = peekCode(scanner);
  if (code !== PLUS && code !== DASH) return undefined;
  scanner.offset += 1;
  return code === PLUS ? 'keep' : 'strip';
}

function takeIncrement(scanner: Scanner): number {
  const code = peekCode(scanner);
  if (!isDigit(code)) return 0;
  if (code === ZERO) throw fail(scanner, 'the indentation of a block scalar must be between 1 and 9');
  scanner.offset += 1;
  return code - ZERO;
}

function takeLine(scanner: Scanner): string {
  const from = scanner.offset;
  while (!isBreakOrEnd(codeAt(scanner.text, scanner.offset))) scanner.offset += 1;
  return scanner.text.slice(from, scanner.offset);
}

/** Takes empty lines and the indentation of the next line. An indentation of 0 is unknown and is determined here. */
function takeBreaks(scanner: Scanner, indent: number): { breaks: string; indent: number } {
  let breaks = '';
  let deepest = 0;
  for (;;) {
    while ((indent === 0 || columnOf(scanner) < indent) && peekCode(scanner) === SPACE) scanner.offset += 1;
    deepest = Math.max(deepest, columnOf(scanner));
    const code = peekCode(scanner);
    if (code === TAB && (indent === 0 || columnOf(scanner) < indent))
      throw fail(scanner, 'a tab cannot indent a block scalar; use spaces');
    if (!isBreak(code)) return { breaks, indent: indent === 0 ? Math.max(deepest, scanner.indent + 1, 1) : indent };
    breaks += takeBreak(scanner);
  }
}
