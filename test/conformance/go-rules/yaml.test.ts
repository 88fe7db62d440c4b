import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isYamlObject, parseYaml, printYaml, YamlError, type YamlValue } from '../../../src/yaml/index.ts';
import { mutatedJson, oddJson } from '../../fuzz/json.ts';
import { printable } from '../../fuzz/yaml-streams.ts';
import { exactJson, sortedJson } from '../../yaml/exact-json.ts';
import { askGo, expectAgreement, type KnownDifference, runs, seed } from './go-rules.ts';
import { yamlText } from './yaml-texts.ts';

const KNOWN: readonly KnownDifference[] = [
  {
    reason: 'a byte order mark within the text: Go skips characters behind it, by where its buffer happens to begin',
    covers: ({ input }) => /\uFEFF\uFEFF/.test(input) || (input.length > 500 && /[\s\S]\uFEFF/.test(input)),
  },
  {
    reason: 'a control character behind the first document: Go reads it or not by the size of its buffer',
    covers: ({ input, ours }) => ours === undefined && /[^\P{Cc}\t\n\r\u0085]|[\ufffe\uffff]/u.test(input),
  },
  {
    reason: 'nested more than 500 levels deep: a bound of ours',
    covers: ({ input, ours }) => ours === undefined && input.length > 500 && /[[{]{100}|(- ){100}/.test(input),
  },
];

test('YAML streams are read as k8s.io/apimachinery and sigs.k8s.io/yaml read them', { timeout: 600_000 }, () => {
  const texts = fc.sample(yamlText, { seed, numRuns: 4 * runs }).map((text) => text.toWellFormed());
  const answers = askGo(texts.map((text) => ({ kind: 'yaml', text })));
  const compared = texts.map((input, index) => ({ input, ours: read(input), theirs: valuesOf(answers[index] ?? '') }));
  expectAgreement('yaml', compared, KNOWN);
});

test('values are printed as sigs.k8s.io/yaml prints their JSON', { timeout: 600_000 }, () => {
  const made = fc.sample(mutatedJson(fc.oneof(printable, oddJson)), { seed, numRuns: runs });
  const texts = made.map((value) => JSON.stringify(value)).filter((text) => !isReadOtherwise(text));
  const answers = askGo(texts.map((text) => ({ kind: 'print', text })));
  const compared = texts.map((input, index) => {
    const { text } = objectOf(answers[index] ?? '');
    return { input, ours: printYaml(exactJson(input)), theirs: typeof text === 'string' ? text : undefined };
  });
  expectAgreement('print', compared, []);
});

/** Go reads the JSON as YAML before it prints it; errors and changes of that step are not those of the printer. */
function isReadOtherwise(json: string): boolean {
  try {
    return sortedJson(parseYaml(json, 'x')[0]?.value ?? null) !== sortedJson(exactJson(json));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return true;
  }
}

function read(text: string): string | undefined {
  try {
    return sortedJson(parseYaml(text, 'x').map(({ value }) => value));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return undefined;
  }
}

function valuesOf(answer: string): string | undefined {
  const { error, values = [] } = objectOf(answer);
  return error === undefined ? sortedJson(values) : undefined;
}

function objectOf(answer: string): { readonly [key: string]: YamlValue | undefined } {
  const value = exactJson(answer);
  expect(isYamlObject(value), answer).toBe(true);
  return isYamlObject(value) ? value : {};
}
