import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { formatData, formatRows, withFormat } from '../../../src/cli/output/format.ts';
import { parseYaml } from '../../../src/yaml/index.ts';

const data = {
  value: [{ name: 'a', size: 1, from: undefined }],
  table: [
    ['NAME', 'SIZE'],
    ['a', '1'],
    ['longer', '12'],
  ],
  text: 'a: 1\n',
} as const;

test.each([
  ['text', undefined, 'a: 1\n'],
  ['JSON', 'json', '[\n  {\n    "name": "a",\n    "size": 1\n  }\n]\n'],
  ['YAML', 'yaml', '- name: a\n  size: 1\n'],
  ['a table', 'table', 'NAME     SIZE\na        1\nlonger   12\n'],
] as const)('data is printed as %s', (_, format, printed) => {
  expect(formatData(data, format)).toBe(printed);
});

describe('terminal control characters', () => {
  const hostile = 'a\u001b[2J\u202eb';
  const printed = { value: { name: hostile }, table: [[hostile]], text: `${hostile}\n` } as const;

  test.each([undefined, 'json', 'yaml', 'table'] as const)('are escaped in the format %s', (format) => {
    const text = formatData(printed, format);
    expect([text.includes('\u001b'), text.includes('\u202e')]).toEqual([false, false]);
  });

  test('are unchanged in the decoded value', () => {
    expect(JSON.parse(formatData(printed, 'json'))).toEqual({ name: hostile });
    expect(parseYaml(formatData(printed, 'yaml'), 'x').map(({ value }) => value)).toEqual([{ name: hostile }]);
  });
});

test('rows are suitable for cut: with tabs between the cells, and no header', () => {
  expect(
    formatRows([
      ['a\tb', 'c'],
      ['d', ''],
    ]),
  ).toBe('a\\u0009b\tc\nd\t\n');
});

test.each([
  ['no -o', new Command(), '-o'],
  ['-o for a file', new Command().option('-o, --output <file>'), undefined],
])('the short form of --format depends on the other options: %s', (_, command, short) => {
  const option = withFormat(command).options.find(({ long }) => long === '--format');
  expect(option?.short).toBe(short);
});
