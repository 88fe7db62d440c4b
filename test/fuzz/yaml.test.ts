import fc from 'fast-check';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { Json } from '../../src/json/value.ts';
import { parseYaml, printYaml, type YamlDocument, YamlError, type YamlValue } from '../../src/yaml/index.ts';
import { sortedJson } from '../yaml/exact-json.ts';
import { fuzz, json, text } from './harness.ts';
import { mutatedJson, oddJson } from './json.ts';
import { printable, yamlStream } from './yaml-streams.ts';

/** Files, not requests: a hundred kilobytes may take longer. */
const LIMITS = { cpuMs: 1_000 };

fuzz('yaml', {
  form: text,
  arbitrary: yamlStream,
  limits: LIMITS,
  run: (stream) => {
    try {
      return parseYaml(stream, 'x.yaml');
    } catch (error) {
      if (error instanceof YamlError) return error;
      throw error;
    }
  },
  check(stream, documents) {
    if (documents instanceof YamlError) return expectPlace(documents, stream);
    for (const { value, line, locate } of documents) {
      if (!isChangedByPrinting(value)) expectSame(parseYaml(printYaml(value), 'again.yaml'), value);
      expect(locate([]).line).toBeGreaterThanOrEqual(line);
    }
  },
});

/** Errors stand at a place of the file. */
function expectPlace({ line, column }: YamlError, stream: string): void {
  const lines = stream.split(/\r\n|[\n\r\u0085\u2028\u2029]/).length;
  expect(line).toBeGreaterThan(0);
  expect(line).toBeLessThanOrEqual(lines + 1);
  expect(column).toBeGreaterThan(0);
}

function expectSame([document]: YamlDocument[], value: YamlValue): void {
  expect(sortedJson(document?.value ?? null), 'what is printed reads back').toBe(sortedJson(value));
}

/**
 * As Go's printer does, ours takes U+0085 for a line break, has no way to write half of a surrogate pair, and writes the key `<<` without
 * the quotes that would keep it from being a merge. A document that is a text of Unicode's blanks, such as U+00A0, needs no quotes, and
 * Crossplane skips it as empty.
 */
function isChangedByPrinting(value: YamlValue): boolean {
  if (/\u0085|\\ud[89a-f]|"<<":/.test(sortedJson(value))) return true;
  return typeof value === 'string' && parseYaml(printYaml(value), 'printed.yaml')[0]?.empty === true;
}

fuzz('yaml-print', {
  form: json<Json>(),
  arbitrary: mutatedJson(fc.oneof(printable, oddJson)),
  limits: LIMITS,
  run: (value) => printYaml(value),
  check(value, printed) {
    if (isChangedByPrinting(value)) return;
    expectSame(parseYaml(printed, 'printed.yaml'), value);
    // YAML 1.2 does not count U+2028 and U+2029 as line breaks; Go does.
    if (!/[\u2028\u2029]/.test(printed))
      expect(parse(printed, { schema: 'core' }), 'the package yaml reads it, too').toEqual(value);
    const written = JSON.stringify(value);
    if (!HARD_FOR_YAML.test(written)) expectSame(parseYaml(written, 'value.json'), value);
  },
});

/** What JSON may hold as it is and YAML not: characters that it refuses or takes for line breaks, and keys of more than 1,024 characters. */
const HARD_FOR_YAML = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|"[^"]{1000,}":/;
