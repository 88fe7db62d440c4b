import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonLimitError, parseJson, parseJsonOrUndefined } from '../../src/internal/parse-json.ts';

describe('parseJson', () => {
  test('reads any JSON as JSON.parse does', () => {
    const property = fc.property(fc.json(), (text) => {
      expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
    });
    fc.assert(property);
  });

  test.each([
    { text: '[1,2,3]', maxItems: 3, fits: true },
    { text: '[1,2,3]', maxItems: 2, fits: false },
    { text: '[[[[[[[[[[', maxItems: 9, fits: false },
    { text: '{"a":{"b":{}}}', maxItems: 3, fits: true },
    { text: '{"a":{"b":{}}}', maxItems: 2, fits: false },
    { text: '["a,[{\\",,,,"]', maxItems: 1, fits: true },
    { text: '["a,[{\\\\",1]', maxItems: 1, fits: false },
  ])('$text has at most $maxItems values: $fits', ({ text, maxItems, fits }) => {
    const parse = () => parseJson(Buffer.from(text), maxItems);
    if (fits) expect(parse()).toEqual(JSON.parse(text));
    else expect(parse).toThrow(JsonLimitError);
  });

  test('refuses an unfinished string at its end', () => {
    expect(() => parseJson(Buffer.from('["aaaaaaaa'), 1)).toThrow(SyntaxError);
  });

  test('refuses bytes that are not UTF-8', () => {
    expect(() => parseJson(Buffer.of(0x22, 0xff, 0x22))).toThrow(new SyntaxError('it is not UTF-8'));
  });
});

test.each([
  ['[1]', [1]],
  ['', undefined],
  ['no', undefined],
])('parseJsonOrUndefined gives for %j %j', (text, value) => {
  expect(parseJsonOrUndefined(text)).toEqual(value);
  expect(parseJsonOrUndefined(Buffer.from(text))).toEqual(value);
});

test('parseJsonOrUndefined gives undefined for bytes that are not UTF-8, and for too many values', () => {
  expect(parseJsonOrUndefined(Uint8Array.of(0x22, 0xff, 0x22))).toBeUndefined();
  expect(parseJsonOrUndefined(Buffer.from(`[${'0,'.repeat(100_001)}0]`))).toBeUndefined();
});
