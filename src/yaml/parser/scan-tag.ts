import { utf8Text } from '../../internal/bytes/bytes.ts';
import { codeAt, EXCLAMATION, endOfWord, GREATER, isBlankOrEnd, LESS, PERCENT, STAR } from './characters.ts';
import { fail, peekCode, type Scanner, type YamlToken } from './scanner.ts';

/** Scans `&name` or `*name`. */
export function scanAnchor(scanner: Scanner): YamlToken {
  const start = scanner.offset;
  const kind = peekCode(scanner) === STAR ? 'alias' : 'anchor';
  const end = endOfWord(scanner.text, start + 1);
  scanner.offset = end;
  if (end === start + 1 || !endsName(codeAt(scanner.text, end)))
    throw fail(scanner, `the name of an ${kind} must consist of letters, digits, "_" and "-"`);
  return { kind, start, value: scanner.text.slice(start + 1, end), suffix: '', plain: false, key: undefined };
}

const AFTER_NAME = new Set(Array.from('?:,]}%@`', (sign) => sign.charCodeAt(0)));

function endsName(code: number): boolean {
  return isBlankOrEnd(code) || AFTER_NAME.has(code);
}

/** Scans a tag: `!<URI>`, `!handle!suffix`, `!suffix` or `!`. The value is empty if the tag has no handle. */
export function scanTag(scanner: Scanner): YamlToken {
  const start = scanner.offset;
  const { value, suffix } = peekCode(scanner, 1) === LESS ? takeVerbatimTag(scanner) : takeTag(scanner);
  if (!isBlankOrEnd(peekCode(scanner))) throw fail(scanner, 'a tag must be followed by white space');
  return { kind: 'tag', start, value, suffix, plain: false, key: undefined };
}

function takeVerbatimTag(scanner: Scanner): { value: string; suffix: string } {
  scanner.offset += 2;
  const suffix = takeUri(scanner);
  if (suffix === '') throw fail(scanner, 'a tag "!<…>" must contain a URI');
  if (peekCode(scanner) !== GREATER) throw fail(scanner, 'a tag that begins with "!<" must end with ">"');
  scanner.offset += 1;
  return { value: '', suffix };
}

function takeTag(scanner: Scanner): { value: string; suffix: string } {
  const handle = takeHandle(scanner);
  const uri = takeUri(scanner);
  if (handle.length > 1 && handle.endsWith('!')) {
    if (uri === '') throw fail(scanner, `the tag handle ${handle} must be followed by a name`);
    return { value: handle, suffix: uri };
  }
  const suffix = handle.slice(1) + uri;
  return suffix === '' ? { value: '', suffix: '!' } : { value: '!', suffix };
}

/** Takes `!`, letters, digits, `_` and `-`, and another `!` if present. */
export function takeHandle(scanner: Scanner): string {
  const start = scanner.offset;
  if (peekCode(scanner) !== EXCLAMATION) throw fail(scanner, 'the handle of a tag must begin with "!"');
  const end = endOfWord(scanner.text, start + 1);
  scanner.offset = codeAt(scanner.text, end) === EXCLAMATION ? end + 1 : end;
  return scanner.text.slice(start, scanner.offset);
}

const URI = /(?:[\w;/?:@&=+$,.!~*'()[\]-]|%)+/y;

/** Takes the characters of a URI, with its escapes decoded. */
export function takeUri(scanner: Scanner): string {
  URI.lastIndex = scanner.offset;
  const text = URI.exec(scanner.text)?.[0] ?? '';
  if (!text.includes('%')) {
    scanner.offset += text.length;
    return text;
  }
  let uri = '';
  const end = scanner.offset + text.length;
  while (scanner.offset < end) {
    if (peekCode(scanner) === PERCENT) uri += takeUriEscapes(scanner);
    else {
      uri += scanner.text.charAt(scanner.offset);
      scanner.offset += 1;
    }
  }
  return uri;
}

/** Takes the escapes of one character, one for each of its bytes in UTF-8. */
function takeUriEscapes(scanner: Scanner): string {
  const bytes: number[] = [];
  do {
    const digits = /^%([0-9a-fA-F]{2})/.exec(scanner.text.slice(scanner.offset, scanner.offset + 3))?.[1];
    const byte = digits === undefined ? undefined : Number.parseInt(digits, 16);
    if (byte === undefined || (bytes.length === 0 ? lengthOfCharacter(byte) === 0 : (byte & 0xc0) !== 0x80))
      throw fail(scanner, 'a "%" escape in a tag must encode the UTF-8 bytes of a character');
    bytes.push(byte);
    scanner.offset += 3;
  } while (bytes.length < lengthOfCharacter(bytes[0] ?? 0));
  return utf8Text(Uint8Array.from(bytes));
}

/** Returns the length of a UTF-8 character by its first byte, or 0 if no character begins with that byte. */
function lengthOfCharacter(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc0) return 0;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 0;
}
