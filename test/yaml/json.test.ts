import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printJson } from '../../src/yaml/index.ts';

test('JSON is printed as by JSON.stringify', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const plain = JSON.parse(JSON.stringify(value));
      expect(printJson(plain)).toBe(`${JSON.stringify(plain, undefined, 2)}\n`);
    }),
  );
});

test('integers keep all their digits, and undefined fields are omitted', () => {
  expect(printJson({ a: 18446744073709551615n, b: undefined, c: [-9223372036854775808n] })).toBe(
    '{\n  "a": 18446744073709551615,\n  "c": [\n    -9223372036854775808\n  ]\n}\n',
  );
});
