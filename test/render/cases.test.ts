import { describe, expect, test } from 'vitest';
import { COMPOSED_NAME_ANNOTATION } from '../../src/render/composed.ts';
import { annotationsOf } from '../../src/render/documents/object.ts';
import { expectGolden } from '../golden.ts';
import { cases } from './cases.ts';
import { goldenFile, printCase, renderCase } from './rendering.ts';

// test/conformance/render shows that Crossplane's own render prints the same.
describe('render', () => {
  for (const example of cases) {
    if (example.needs !== undefined) continue;
    if (example.composes) {
      test(`composes with this function in process: ${example.name}`, async () => {
        const { composed } = await renderCase(example);
        expect(composed.map((resource) => annotationsOf(resource)[COMPOSED_NAME_ANNOTATION])).toEqual(example.composes);
      });
    } else if (example.fails === undefined) {
      test(`prints the golden file: ${example.name}`, async () => {
        expectGolden(goldenFile(example), await printCase(example));
      });
    } else {
      test(`refuses with ${example.fails}: ${example.name}`, async () => {
        await expect(printCase(example)).rejects.toMatchObject({ name: 'RenderError', code: example.fails });
      });
    }
  }
});

test('a rendering reports the repositories and that their names were not checked', async () => {
  const { composite, composed } = await renderCase({
    name: 'fresh',
    composite: 'xr.yaml',
    composition: 'composition-repositories.yaml',
  });
  expect(composed).toHaveLength(2);
  const { conditions } = Object(composite.status);
  expect(conditions).toContainEqual(
    expect.objectContaining({
      type: 'NamesChecked',
      status: 'False',
      reason: 'NotChecked',
      message: expect.stringMatching(/^The names were not compared with those of other composites' repositories: /),
    }),
  );
});
