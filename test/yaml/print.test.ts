import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys, parseYaml, printYaml, type YamlValue } from '../../src/yaml/index.ts';
import { exactJson } from './exact-json.ts';

// JSON texts and their YAML from sigs.k8s.io/yaml v1.6.0.
const printed: [string, string][] = JSON.parse(readFileSync(new URL('golden/print.json', import.meta.url), 'utf8'));

test(`prints ${printed.length} values byte for byte as Go does`, () => {
  expect(printed.length).toBeGreaterThan(500);
  for (const [json, yaml] of printed) expect(printYaml(exactJson(json)), json).toBe(yaml);
});

const values: { name: string; value: YamlValue; yaml: string; reason: string }[] = [
  { name: 'null', value: null, yaml: 'null\n', reason: 'a scalar may be the whole document' },
  { name: 'an empty string', value: '', yaml: '""\n', reason: 'without quotes it would be null' },
  { name: 'an empty object', value: {}, yaml: '{}\n', reason: 'empty collections are in flow form' },
  { name: 'absent properties', value: { a: undefined, b: 1 }, yaml: 'b: 1\n', reason: 'JSON has no undefined' },
  { name: 'a list under a key', value: { a: [{ b: 1 }] }, yaml: 'a:\n- b: 1\n', reason: 'lists are not indented' },
  { name: 'a big integer', value: 12345678901234567890n, yaml: '12345678901234567890\n', reason: 'it fits 64 bits' },
  { name: 'one over 64 bits', value: 2n ** 64n, yaml: '1.8446744073709552e+19\n', reason: 'Go falls back to a double' },
  { name: 'minus zero', value: -0, yaml: '0\n', reason: 'an integer has no negative zero' },
  { name: 'a lone surrogate', value: 'a\ud800', yaml: 'a\uFFFD\n', reason: 'it has no UTF-8 form' },
];

for (const { name, value, yaml, reason } of values) {
  test(`prints ${name}`, () => expect(printYaml(value), reason).toBe(yaml));
}

test('sorts keys naturally', () => {
  const keys = ['ab', 'a10', 'a/b', '10', '9', 'aB', 'B', 'a-b', '_', 'a9', 'a.b', 'a'];
  expect(keys.sort(compareKeys)).toEqual(['_', '9', '10', 'B', 'a', 'a-b', 'a.b', 'a/b', 'a9', 'a10', 'aB', 'ab']);
});

test('its output is read as the same value', () => {
  const scalar = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('yes', '1_0', '0x1', '~', 'a: b', '\n a', ' #'),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const { value } = fc.letrec<{ value: YamlValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (v) => {
      expect(parseYaml(printYaml(v), 'x')[0]?.value).toEqual(v);
    }),
  );
});
