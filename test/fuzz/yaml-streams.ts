import fc from 'fast-check';
import type { Json } from '../../src/json/value.ts';
import { mutatedText } from './mutations.ts';

const plain = fc.constantFrom(
  'a',
  'b c',
  'x: y',
  '1',
  '-1.5e3',
  '0x1F',
  '0777',
  '1_000',
  'yes',
  'Off',
  'null',
  '~',
  '.inf',
  '2020-01-01',
  '18446744073709551615',
  '12:30:45',
  "'it''s'",
  '"q\\n\\u00e9"',
  '|\n    two\n    lines',
  '>-\n    folded\n\n    text',
  '|2-\n      deep',
  '&x v',
  '*x',
  '!!str 1',
  '[a, {b: c}]',
  '{a: 1, "b": [2]}',
  '',
);
const key = fc.constantFrom('a', 'b', 'metadata', '"q"', "'k'", '<<', '? c', '1', 'true', '&x d');

/** Documents in block style, two levels deep at most. */
const block: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.tuple(key, plain).map(([name, value]) => `${name}: ${value}`),
      plain.map((value) => `- ${value}`),
      fc.tuple(key, key, plain).map(([name, inner, value]) => `${name}:\n  ${inner}: ${value}`),
      fc.tuple(key, plain, plain).map(([name, one, two]) => `${name}:\n- ${one}\n- ${two}`),
      fc.constantFrom('# comment', '', '---', '...', '%YAML 1.1'),
    ),
    { maxLength: 5 },
  )
  .map((lines) => `${lines.join('\n')}\n`);

const document = fc.constantFrom(
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: |\n    text\n',
  'a: &x [1, 2]\nb: *x\nc: {<<: {d: 1}}\n',
  '- - - a\n    - b\n  - c\n-\n  - d\n',
  'list:\n- name: a\n  value: "x"\n- name: b\n',
);

/** YAML streams, right and wrong. */
export const yamlStream = mutatedText(fc.oneof(block, document), [
  ': ',
  '- ',
  '? ',
  '\n',
  '\n  ',
  '\n\n',
  '\r',
  '\r\n',
  '\t',
  ' #',
  '#',
  '"',
  "'",
  '|',
  '>',
  '|+2',
  '[',
  ']',
  '{',
  '}',
  ',',
  '&a ',
  '*a',
  '!',
  '!!int ',
  '!<x> ',
  '%',
  '@',
  '`',
  '\\',
  '\\x41',
  '\\ud83d',
  '---\n',
  '...\n',
  '\ufeff',
  '\u0085',
  '\u2028',
  '<<: ',
  '~',
  '0',
]);

/** JSON values whose texts are hard to print. */
export const printable: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'grapheme' })
  .map((value): Json => JSON.parse(JSON.stringify(value)));
