import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, isSameJson } from '../../src/json/canonical.ts';
import type { Json } from '../../src/json/value.ts';
import { jsonObject } from '../protocol/arbitraries.ts';

// JSON text has no NaN and no infinities.
const plain = jsonObject.map((object): Json => JSON.parse(JSON.stringify(object)));

describe('isSameJson', () => {
  test('says the same as the canonical text', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        expect(isSameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
    const proto: Json = JSON.parse('{"__proto__": {}}');
    expect([isSameJson(proto, {}), isSameJson({}, proto), isSameJson(proto, proto)]).toEqual([false, false, true]);
  });

  test('does not mind the order of keys', () => {
    fc.assert(
      fc.property(jsonObject, (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(isSameJson(object, reversed)).toBe(true);
        expect(isSameJson(reversed, object)).toBe(true);
      }),
    );
  });

  const cases: readonly (readonly [a: Json | undefined, b: Json | undefined, same: boolean])[] = [
    [undefined, undefined, true],
    [undefined, null, false],
    [{ a: undefined }, {}, true],
    [{}, { a: undefined }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [{ a: 1, b: null }, { a: 1 }, false],
    [[], {}, false],
    [{}, [], false],
    [['a'], ['a', 'b'], false],
    [['a', 'b'], ['a'], false],
    [{ a: [{ b: 'c' }] }, { a: [{ b: 'd' }] }, false],
    ['1', 1, false],
  ];
  test.each(cases)('%j and %j: %j', (a, b, same) => {
    expect(isSameJson(a, b)).toBe(same);
  });
});
