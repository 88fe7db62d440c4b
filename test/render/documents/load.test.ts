import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadInputs, type RenderPaths } from '../../../src/render/index.ts';
import { inputs } from '../cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'render-load-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good: RenderPaths = {
  composite: `${inputs}/thing.yaml`,
  composition: `${inputs}/composition-nothing.yaml`,
  functions: undefined,
  definition: undefined,
  observed: undefined,
  required: [],
  credentials: undefined,
  contextValues: {},
  contextFiles: {},
};

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const compositionHead = 'apiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nmetadata: {name: c}\n';
mkdirSync(join(folder, 'empty'));

describe('loadInputs', () => {
  const table: { reason: string; paths: Partial<RenderPaths>; message: RegExp; code?: string }[] = [
    {
      reason: 'a file that does not exist',
      paths: { composite: join(folder, 'none.yaml') },
      message: /^cannot read .*none\.yaml: no such file or folder$/,
    },
    {
      reason: 'a folder instead of a file',
      paths: { composite: folder },
      message: /: it is a directory, not a regular file$/,
    },
    {
      reason: 'a folder without YAML files',
      paths: { observed: join(folder, 'empty') },
      message: /does not contain \.yaml or \.yml files$/,
    },
    {
      reason: 'text that is not YAML',
      paths: { composite: file('broken.yaml', 'a: b\nc: [d\ne: f\n') },
      message: /^cannot read .*broken\.yaml:\d+:\d+: /,
      code: 'SYNTAX',
    },
    {
      reason: 'an empty file',
      paths: { composite: file('empty.yaml', '# nothing\n---\n') },
      message: /empty\.yaml: the file is empty$/,
    },
    {
      reason: 'a list instead of an object',
      paths: { observed: file('list.yaml', 'apiVersion: v1\nkind: A\n---\n\n- a\n') },
      message: /^cannot use .*list\.yaml:5:1: must be a Kubernetes object, not a list$/,
    },
    {
      reason: 'an object without a kind',
      paths: { required: [file('kindless.yaml', 'apiVersion: v1\n')] },
      message: /^cannot use .*kindless\.yaml:1:1: kind is missing$/,
    },
    {
      reason: 'another kind instead of a Composition',
      paths: { composition: file('other.yaml', 'apiVersion: v1\nkind: Pod\n') },
      message: /^cannot use .*other\.yaml:2:1: must be a Composition .*, not Pod \(v1\)$/,
    },
    {
      reason: 'another kind among the functions',
      paths: { functions: file('functions.yaml', 'apiVersion: v1\nkind: Pod\n') },
      message: /must be a Function .*, not/,
    },
    {
      reason: 'a step without a function',
      paths: {
        composition: file(
          'step.yaml',
          `${compositionHead}spec:\n  compositeTypeRef: {apiVersion: a/v1, kind: A}\n  pipeline:\n  - step: one\n`,
        ),
      },
      message: /^cannot use .*step\.yaml:7:5: spec\.pipeline\[0\]\.functionRef\.name is missing$/,
    },
    {
      reason: 'a pipeline that is not a list',
      paths: {
        composition: file(
          'pipeline.yaml',
          `${compositionHead}spec:\n  compositeTypeRef: {apiVersion: a/v1, kind: A}\n  pipeline: {}\n`,
        ),
      },
      message: /:6:3: spec\.pipeline must be a list, not an object$/,
    },
    {
      reason: 'a Composition without a type',
      paths: { composition: file('typeless.yaml', `${compositionHead}spec: {}\n`) },
      message: /spec\.compositeTypeRef\.apiVersion is missing$/,
    },
    {
      reason: 'a context value that is not YAML',
      paths: { contextValues: { key: '{' } },
      message: /^cannot read --context-values key:/,
      code: 'SYNTAX',
    },
  ];
  for (const { reason, paths, message, code } of table) {
    test(`refuses ${reason}, in one line`, async () => {
      const failed = loadInputs({ ...good, ...paths });
      await expect(failed).rejects.toThrow(message);
      await expect(failed).rejects.toThrow(/^[^\n]+$/);
      await expect(failed).rejects.toMatchObject({
        code: code ?? expect.stringMatching(/^(UNREADABLE|INVALID_OBJECT)$/),
      });
    });
  }

  test('skips comments and empty documents', async () => {
    const observed = file('comments.yaml', '# head\n---\n---\napiVersion: v1\nkind: A\n---\n# tail\n');
    expect((await loadInputs({ ...good, observed })).inputs.observed).toEqual([{ apiVersion: 'v1', kind: 'A' }]);
  });

  test('keeps 64-bit integers of the composite exact', async () => {
    const composite = file('big.yaml', 'apiVersion: v1\nkind: A\nspec: {big: 9007199254740993}\n');
    expect((await loadInputs({ ...good, composite })).inputs.given.spec).toEqual({ big: 9007199254740993n });
  });
});
