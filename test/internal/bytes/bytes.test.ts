import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as node from '../../../src/internal/bytes/bytes.ts';
import * as browser from '../../../src/internal/bytes/bytes-browser.ts';

const plain = (bytes: Uint8Array) => [...bytes];

describe('Node and browsers agree', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const bytes = fc.uint8Array({ maxLength: 300 });

  test('on text as UTF-8, lone surrogates included', () => {
    fc.assert(
      fc.property(
        fc.oneof(text, fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) })),
        (value) => {
          expect(plain(browser.utf8Bytes(value))).toEqual(plain(node.utf8Bytes(value)));
          expect(browser.utf8Length(value)).toBe(node.utf8Length(value));
        },
      ),
    );
  });

  test('on UTF-8 as text, invalid or cut', () => {
    fc.assert(
      fc.property(bytes, fc.nat(300), fc.nat(300), (value, a, b) => {
        const [start, end] = [Math.min(a, b, value.length), Math.min(Math.max(a, b), value.length)];
        expect(browser.utf8Text(value, start, end)).toBe(node.utf8Text(value, start, end));
        expect(browser.utf8Text(value)).toBe(node.utf8Text(value));
      }),
    );
  });

  test('on a byte order mark, which stays', () => {
    const marked = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61);
    expect(browser.utf8Text(marked)).toBe('\uFEFFa');
    expect(node.utf8Text(marked)).toBe('\uFEFFa');
  });

  test('on base64, Latin-1 and joining', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (parts) => {
        const joined = node.concatBytes(parts);
        expect(plain(browser.concatBytes(parts))).toEqual(plain(joined));
        expect(browser.latin1Text(joined)).toBe(node.latin1Text(joined));
        expect(browser.base64Text(joined)).toBe(node.base64Text(joined));
        expect(plain(browser.base64Bytes(node.base64Text(joined)))).toEqual(plain(joined));
      }),
    );
    const long = new Uint8Array(100_000).map((_, index) => index);
    expect(browser.latin1Text(long)).toBe(node.latin1Text(long));
  });

  test('on what is not quite base64', () => {
    const unit = fc.constantFrom(...'AZaz09+/-_= \n!é');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (value) => {
        expect(plain(browser.base64Bytes(value)), JSON.stringify(value)).toEqual(plain(node.base64Bytes(value)));
      }),
      { numRuns: 2_000 },
    );
  });
});
