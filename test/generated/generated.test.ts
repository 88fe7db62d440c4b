import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { NODE_FLAGS } from '../../package/runtime/node-flags.ts';
import { expectGolden } from '../golden.ts';
import { claimXrd, inputCrd, namespacedXrd, referencePage } from './documents.ts';

const root = `${import.meta.dirname}/../..`;

const HEADER = '# Generated from the schemas in src/function; to write it anew: UPDATE_GOLDEN=1 npm test\n';

for (const { path, document } of [
  { path: 'package/input/workload-ecr.fn.crossplane.io_inputs.yaml', document: inputCrd() },
  { path: 'examples/claim/xrd.yaml', document: claimXrd() },
  { path: 'examples/namespaced/xrd.yaml', document: namespacedXrd() },
]) {
  test(`${path} is what the schemas generate`, () => {
    expectGolden(`${root}/${path}`, HEADER + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }));
  });
}

test('examples/reference/parameters.md is what the schemas generate', () => {
  expectGolden(`${root}/examples/reference/parameters.md`, referencePage());
});

test('the README runs Node as the image does', () => {
  expect(readFileSync(`${root}/README.md`, 'utf8')).toContain(`node ${NODE_FLAGS.join(' ')} dist/main.js serve`);
});
