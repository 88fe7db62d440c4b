import { expect, test } from 'vitest';
import { parameterFields } from '../../../src/function/api/parameters.ts';
import { editorSchemas, schemaAt } from '../../../src/preview/model/schemas.ts';

const { claim = {}, composition = {} } = editorSchemas();

test('every parameter of a claim has a schema with a description', () => {
  for (const name of Object.keys(parameterFields)) {
    expect(schemaAt(claim, ['spec', 'parameters', name])?.description, name).toBeTypeOf('string');
  }
});

test('fields of lists and of the Input have a schema', () => {
  const lifecycle = ['repositories', 0, 'lifecycle', 'untaggedDays'] as const;
  expect(schemaAt(claim, ['spec', 'parameters', ...lifecycle])?.description).toContain('untagged images');
  const input = ['spec', 'pipeline', 0, 'input'] as const;
  expect(schemaAt(composition, [...input, 'defaults', 'deletion'])?.enum).toEqual(['Retain', 'IfEmpty', 'Force']);
  expect(schemaAt(composition, [...input, 'provider', 'flavor'])?.enum).toContain('ecr.aws.upbound.io');
});

test('an unknown field has no schema', () => {
  expect(schemaAt(claim, ['spec', 'parameters', 'toString'])).toBeUndefined();
  expect(schemaAt(claim, ['spec', 'nothing', 'below'])).toBeUndefined();
});
