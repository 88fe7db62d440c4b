import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { parseAs } from '../../src/internal/parse-as.ts';

const schema = z.record(z.string(), z.strictObject({ size: z.number() }));

test('gives the value of JSON that satisfies the schema, as text or bytes', () => {
  expect(parseAs('{"a":{"size":1}}', schema)).toEqual({ value: { a: { size: 1 } } });
  expect(parseAs(Buffer.from('{"a":{"size":1}}'), schema)).toEqual({ value: { a: { size: 1 } } });
});

test.each([
  ['nothing', '', 'it is not JSON'],
  ['text that the parser would quote', 'secret', 'it is not JSON'],
  ['a wrong type', '[]', 'Invalid input: expected record, received array'],
  ['a wrong field', '{"a":{"size":"secret"}}', 'a.size: Invalid input: expected number, received string'],
  ['an unknown field', '{"a":{"size":1,"secret":2}}', 'it has an unknown field'],
  [
    'a key that steers a terminal',
    '{"\\u001b[2J":{}}',
    '\\u001b[2J.size: Invalid input: expected number, received undefined',
  ],
])('says what is wrong with %s', (_, text, problem) => {
  expect(parseAs(text, schema)).toEqual({ problem });
});

test('cuts a long problem', () => {
  const { problem } = { problem: '', ...parseAs(JSON.stringify({ ['a'.repeat(1_000)]: {} }), schema) };
  expect(problem).toHaveLength(101);
});
