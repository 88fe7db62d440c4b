import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseYaml, YamlError, type YamlErrorCode } from '../../src/yaml/index.ts';
import { startCpuTimer } from '../cpu-time.ts';
import { sortedJson } from './exact-json.ts';

// YAML texts and their JSON from sigs.k8s.io/yaml v1.6.0; null if it refused them.
const read: [string, string | null][] = JSON.parse(readFileSync(new URL('golden/parse.json', import.meta.url), 'utf8'));

test(`reads ${read.length} texts as Go does, or refuses them as it does`, () => {
  expect(read.length).toBeGreaterThan(500);
  for (const [text, json] of read) {
    if (json === null) expect(() => parseYaml(text, 'x'), text).toThrow(YamlError);
    else expect(sortedJson(parseYaml(text, 'x')[0]?.value ?? null), text).toBe(json);
  }
});

// The results of sigs.k8s.io/yaml v1.6.0 for texts that other parsers read differently; null if it refuses them.
const quirks: { name: string; text: string; want: unknown }[] = [
  {
    name: 'given indentation, a deeper blank last line',
    text: 'a: |2-\n\n      x\n      \n',
    want: { a: '\n    x\n    ' },
  },
  { name: 'an escaped line break, an empty line', text: 'a: "x\\\n\n  y"', want: { a: 'x\ny' } },
  { name: 'a colon before a comma', text: '[foo:, bar]', want: ['foo:', 'bar'] },
  { name: 'a colon before a comma in an object', text: '{a:,}', want: { 'a:': null } },
  { name: 'the tag !', text: 'a: ! 12', want: { a: '12' } },
  { name: 'a flow item in the column of its key', text: 'a: [\nb,\nc]\n', want: { a: ['b', 'c'] } },
  { name: 'quoted text that continues in the column of its key', text: 'a: "b\nc"\n', want: { a: 'b c' } },
  { name: "the escape \\'", text: '"it\\\'s"', want: "it's" },
  { name: 'a dash in a flow list', text: '[-]', want: ['-'] },
  { name: 'the directive %YAML 1.1', text: '%YAML 1.1\n---\na: 1\n', want: null },
  { name: 'a tag handle', text: '%TAG !e! tag:yaml.org,2002:\n--- !e!str 1\n', want: null },
  { name: 'a bare carriage return', text: 'a: 1\rb: 2\r', want: { a: 1, b: 2 } },
  { name: 'a line with only a tab', text: 'a: 1\n\t\nb: 2\n', want: null },
  { name: 'a dash and a tab', text: '-\ta: 1\n', want: null },
  { name: 'the escape \\/', text: '"a\\/b"', want: null },
  { name: 'half of a surrogate pair', text: '"\\ud83d\\ude00"', want: null },
  { name: 'a byte order mark in a later document', text: '\uFEFFa: 1\n', want: { a: 1 } },
  { name: 'an infinite number that a later key replaces', text: 'a: .inf\na: 1\n', want: { a: 1 } },
  { name: 'the merge key with the tag !', text: '! <<: {a: 1}\n', want: { a: 1 } },
  { name: 'base64 with unused bits', text: '!!binary YR==', want: 'a' },
  { name: 'part of a character in base64', text: '!!binary 4oI=', want: '\uFFFD\uFFFD' },
];

for (const { name, text, want } of quirks) {
  test(`reads ${name} as Go does`, () => {
    if (want === null) expect(() => parseYaml(text, 'x')).toThrow(YamlError);
    else expect(parseYaml(text, 'x')[0]?.value).toEqual(want);
  });
}

const streams: { name: string; text: string; want: unknown[]; reason: string }[] = [
  { name: 'nothing', text: '', want: [], reason: 'an empty file has no documents' },
  { name: 'one document', text: 'a: 1', want: [{ a: 1 }], reason: 'the last line break may be missing' },
  {
    name: 'two documents',
    text: '---\na: 1\n---\nb: 2\n',
    want: [{ a: 1 }, { b: 2 }],
    reason: 'a leading line is no document',
  },
  {
    name: 'empty ones between',
    text: 'a: 1\n---\n---\n# x\n---\nb: 2',
    want: [{ a: 1 }, null, { b: 2 }],
    reason: 'the reader keeps them',
  },
  {
    name: 'a comment after the separator',
    text: '--- # one\na: 1\n',
    want: [{ a: 1 }],
    reason: 'comments are allowed there',
  },
  {
    name: 'a separator in a block scalar',
    text: 'a: |\n  x\n---\nb: 1\n',
    want: [{ a: 'x\n' }, { b: 1 }],
    reason: 'lines come first',
  },
  {
    name: 'text after three dots',
    text: 'a: 1\n...\nb: [\n',
    want: [{ a: 1 }],
    reason: 'only the first document counts',
  },
  {
    name: 'CRLF and a byte order mark',
    text: '\uFEFFa: 1\r\n---\r\nb: "x"\r\n',
    want: [{ a: 1 }, { b: 'x' }],
    reason: 'Windows',
  },
  { name: 'duplicate keys', text: 'a: 1\na: 2\n', want: [{ a: 2 }], reason: 'the last one wins' },
  {
    name: 'a key called __proto__',
    text: '__proto__: {x: 1}\n',
    want: [JSON.parse('{"__proto__":{"x":1}}')],
    reason: 'it is a key',
  },
];

for (const { name, text, want, reason } of streams) {
  test(`splits a stream with ${name}`, () => {
    expect(
      parseYaml(text, 'x').map(({ value }) => value),
      reason,
    ).toEqual(want);
  });
}

const errors: { name: string; text: string; code: YamlErrorCode; at: string }[] = [
  { name: 'a text that is not YAML', text: 'a: 1\nb: [1,\n', code: 'SYNTAX', at: '3:1' },
  { name: 'an error in the second document', text: 'a: 1\n---\n\nb: "x\n', code: 'SYNTAX', at: '5:1' },
  { name: 'text after a separator', text: 'a: 1\n--- b\n', code: 'SEPARATOR', at: '2:4' },
  { name: 'a control character', text: 'a: x\n\nb: y\x07\n', code: 'CHARACTER', at: '3:5' },
  { name: 'an unknown anchor', text: 'a: *x\n', code: 'ANCHOR', at: '1:4' },
  { name: 'an anchor that contains itself', text: 'a: &x [*x]\n', code: 'ANCHOR', at: '1:8' },
  { name: 'a list as a key', text: '? [a]\n: 1\n', code: 'KEY', at: '1:3' },
  { name: 'an infinite number', text: 'a: .inf\n', code: 'VALUE', at: '1:4' },
  { name: 'a value that does not match its tag', text: 'a: !!int x\n', code: 'VALUE', at: '1:4' },
  { name: 'a merge of a scalar', text: '<<: 1\n', code: 'VALUE', at: '1:5' },
  { name: 'exponential aliases', text: bomb(), code: 'ALIASES', at: '5:10' },
  { name: 'deep nesting', text: `${'['.repeat(501)}x${']'.repeat(501)}`, code: 'DEPTH', at: '1:501' },
];

function bomb(): string {
  const lists = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`);
  return ['l0: &l0 x', ...lists, ''].join('\n');
}

for (const { name, text, code, at } of errors) {
  test(`refuses ${name} with its position`, () => {
    expect(codeAndPlace(() => parseYaml(text, 'dir/x.yaml'))).toEqual({ code, place: `dir/x.yaml:${at}` });
  });
}

function codeAndPlace(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    expect(error.message).toContain(`cannot read ${error.file}:${error.line}:${error.column}: `);
    return { code: error.code, place: `${error.file}:${error.line}:${error.column}` };
  }
}

test('reads lists at the maximum depth', () => {
  const depth = 499;
  expect(JSON.stringify(parseYaml(`${'['.repeat(depth)}x${']'.repeat(depth)}`, 'x')[0]?.value)).toHaveLength(
    2 * depth + 3,
  );
});

test('returns the position of a value', () => {
  const [, document] = parseYaml('a: 1\n---\nspec:\n  list:\n  - x: 1\n  - y: 2\n', 'x');
  expect(document?.locate(['spec', 'list', 1, 'y'])).toEqual({ line: 6, column: 5 });
  expect(document?.locate(['spec', 'none', 'deep'])).toEqual({ line: 3, column: 1 });
  expect(document?.locate([])).toEqual({ line: 3, column: 1 });
});

test('the positions of many duplicate keys are found in linear time', () => {
  const [document] = parseYaml('kind: Function\nmetadata: {}\n'.repeat(20_000), 'x.yaml');
  const cpuTime = startCpuTimer();
  const duplicates = document?.duplicateKeys() ?? [];
  expect(duplicates.at(-1)).toMatchObject({ position: { line: 40_000, column: 1 } });
  expect(cpuTime()).toBeLessThan(2_000);
});
