import { test } from 'vitest';
import { stringify } from 'yaml';
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
