import { codeAt, DOT, endOfWord, isBlank, isBlankOrEnd, isDigit } from './characters.ts';
import { takeHandle, takeUri } from './scan-tag.ts';
import { endLine, fail, peekCode, type Scanner, skipBlanks } from './scanner.ts';

/** Scans a line that begins with `%`: the version of YAML, or a handle for tags. */
export function scanDirective(scanner: Scanner): void {
  const start = scanner.offset;
  const end = endOfWord(scanner.text, start + 1);
  const name = scanner.text.slice(start + 1, end);
  if (!isBlankOrEnd(codeAt(scanner.text, end)) || (name !== 'YAML' && name !== 'TAG'))
    throw fail(scanner, 'a line that begins with "%" must be a %YAML or %TAG directive');
  scanner.offset = end;
  skipBlanks(scanner);
  const { value, suffix } = name === 'YAML' ? takeVersion(scanner) : takeTagDirective(scanner);
  endLine(scanner, 'a directive');
  const kind = name === 'YAML' ? 'version-directive' : 'tag-directive';
  scanner.tokens.push({ kind, start, value, suffix, plain: false, key: undefined });
}

function takeVersion(scanner: Scanner): { value: string; suffix: string } {
  const major = takeNumber(scanner);
  if (peekCode(scanner) !== DOT) throw fail(scanner, 'the %YAML directive must have a version such as 1.1');
  scanner.offset += 1;
  return { value: `${major}.${takeNumber(scanner)}`, suffix: '' };
}

/** Takes a number of at most two digits, as Go does; 01 is 1. */
function takeNumber(scanner: Scanner): number {
  const from = scanner.offset;
  while (isDigit(peekCode(scanner))) scanner.offset += 1;
  const digits = scanner.text.slice(from, scanner.offset);
  if (digits.length === 0 || digits.length > 2)
    throw fail(scanner, 'the %YAML directive must have a version such as 1.1');
  return Number(digits);
}

function takeTagDirective(scanner: Scanner): { value: string; suffix: string } {
  const value = takeHandle(scanner);
  if (!value.endsWith('!')) throw fail(scanner, 'the handle of a %TAG directive must end with "!"');
  if (!isBlank(peekCode(scanner))) throw fail(scanner, 'a %TAG directive must have a handle and a prefix');
  skipBlanks(scanner);
  const suffix = takeUri(scanner);
  if (suffix === '' || !isBlankOrEnd(peekCode(scanner)))
    throw fail(scanner, 'a %TAG directive must have a handle and a prefix that is a URI');
  return { value, suffix };
}
