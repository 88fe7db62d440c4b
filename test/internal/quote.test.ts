import { describe, expect, test } from 'vitest';
import { listed, printable, printableLines, quote } from '../../src/internal/quote.ts';

const nested = (depth: number): unknown => {
  let value: unknown = 'x';
  for (let level = 0; level < depth; level++) value = [value];
  return value;
};

describe('quote', () => {
  const cases: readonly { value: unknown; want: string }[] = [
    { value: 'plain', want: '"plain"' },
    { value: '', want: '""' },
    { value: undefined, want: 'nothing' },
    { value: null, want: 'null' },
    { value: 4.5, want: '4.5' },
    { value: Number.NaN, want: 'null' },
    { value: { a: [1, undefined, 'b'], c: undefined }, want: '{"a":[1,null,"b"]}' },
    { value: 'a'.repeat(100), want: `"${'a'.repeat(100)}"` },
    { value: 'a'.repeat(101), want: `"${'a'.repeat(100)}…"` },
    { value: `${'a'.repeat(99)}🙂b`, want: `"${'a'.repeat(99)}…"` },
    { value: [`${'a'.repeat(200)}`, 'b'], want: `["${'a'.repeat(98)}…` },
    { value: nested(100_000), want: `${'['.repeat(100)}…` },
    { value: Array.from({ length: 1_000_000 }, () => 1), want: `[${'1,'.repeat(49)}1…` },
  ];
  for (const { value, want } of cases) {
    test(want.slice(0, 40), () => {
      expect(quote(value)).toBe(want);
    });
  }

  const unsafe: readonly { what: string; text: string; want: string }[] = [
    { what: 'a terminal sequence', text: '\u001b[2J', want: '"\\u001b[2J"' },
    { what: 'a line break', text: 'a\nb', want: '"a\\nb"' },
    { what: 'a C1 control', text: '\u009b31m', want: '"\\u009b31m"' },
    { what: 'a right-to-left override', text: 'a\u202eb', want: '"a\\u202eb"' },
    { what: 'an isolate', text: '\u2066x\u2069', want: '"\\u2066x\\u2069"' },
    { what: 'a zero-width space', text: 'a\u200bb', want: '"a\\u200bb"' },
    { what: 'a byte order mark', text: '\ufeffa', want: '"\\ufeffa"' },
    { what: 'a line separator', text: 'a\u2028b\u2029', want: '"a\\u2028b\\u2029"' },
    { what: 'half of a surrogate pair', text: 'a\ud800', want: '"a\\ud800"' },
    { what: 'a tag character', text: '\u{e0041}', want: '"\\udb40\\udc41"' },
    { what: 'a soft hyphen', text: 'a\u00adb', want: '"a\\u00adb"' },
    { what: 'letters of other scripts', text: 'größe 東京 🙂', want: '"größe 東京 🙂"' },
  ];
  for (const { what, text, want } of unsafe) {
    test(`escapes ${what}`, () => {
      expect(quote(text)).toBe(want);
      expect(quote({ [text]: text })).toBe(`{${want}:${want}}`);
    });
  }
});

test('printable escapes without quotes and cuts', () => {
  expect(printable('a\nb\u202e')).toBe('a\\u000ab\\u202e');
  expect(printable('a'.repeat(101))).toBe(`${'a'.repeat(100)}…`);
});

test('printableLines keeps line breaks and tabs only', () => {
  expect(printableLines('a\n\tb\r\u001b\u202e\u007f')).toBe('a\n\tb\\u000d\\u001b\\u202e\\u007f');
  expect(printableLines('abc', 2)).toBe('ab…');
});

test('listed names the first words and counts the others', () => {
  expect(listed(['a', 'b'])).toBe('a, b');
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  expect(listed([])).toBe('');
  expect(listed(['a\u202e', 'b'.repeat(200)])).toBe(`a\\u202e, ${'b'.repeat(100)}…`);
});
