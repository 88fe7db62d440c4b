import { describe, expect, test } from 'vitest';
import { XpkgError } from '../../src/xpkg/errors.ts';
import { readPackageType } from '../../src/xpkg/package-type.ts';
import { pieces } from '../oci/fixtures.ts';

const META = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: cfg}\n';
const XRD = 'apiVersion: apiextensions.crossplane.io/v1\nkind: CompositeResourceDefinition\nmetadata: {name: a.b}\n';

const types: { name: string; text: string; type: string }[] = [
  { name: 'metadata alone', text: META, type: 'Configuration' },
  { name: 'metadata after an object', text: `${XRD}---\n${META}`, type: 'Configuration' },
  { name: 'empty documents', text: `---\n# a comment\n---\n${META}---\n\n---\n`, type: 'Configuration' },
  { name: 'a Provider', text: META.replace('Configuration', 'Provider'), type: 'Provider' },
  {
    name: 'a Function of v1beta1',
    text: META.replace('v1\nkind: Configuration', 'v1beta1\nkind: Function'),
    type: 'Function',
  },
  {
    name: 'a kind of a newer Crossplane',
    text: `${META}---\napiVersion: new.example/v1\nkind: New\n`,
    type: 'Configuration',
  },
  {
    name: 'JSON',
    text: JSON.stringify({ apiVersion: 'meta.pkg.crossplane.io/v1', kind: 'Provider' }),
    type: 'Provider',
  },
];
test.each(types)('$name is a package', async ({ text, type }) => {
  expect(await readPackageType(pieces(text))).toBe(type);
});

const refused: { name: string; text: string; code: string; message: RegExp }[] = [
  {
    name: 'truncated YAML',
    text: 'this: [is not',
    code: 'INVALID_YAML',
    message: /^invalid package: .*package.yaml/,
  },
  {
    name: 'broken YAML after the metadata',
    text: `${META}---\nthis: [is not`,
    code: 'INVALID_YAML',
    message: /package.yaml/,
  },
  {
    name: 'broken YAML in an object',
    text: `${META}---\n${XRD}spec: {a: [1\n`,
    code: 'INVALID_YAML',
    message: /package.yaml/,
  },
  { name: 'nothing', text: '', code: 'NOT_ONE_META', message: /has no object of meta.pkg.crossplane.io/ },
  { name: 'only comments', text: '# a\n---\n# b\n', code: 'NOT_ONE_META', message: /has no object/ },
  {
    name: 'an object that is not a Kubernetes object',
    text: 'a: 1',
    code: 'INVALID_OBJECT',
    message: /line 1 .* apiVersion and kind/,
  },
  { name: 'a list', text: '- a\n', code: 'INVALID_OBJECT', message: /line 1/ },
  { name: 'a scalar after the metadata', text: `${META}---\ntext\n`, code: 'INVALID_OBJECT', message: /line 5/ },
  { name: 'no metadata', text: XRD, code: 'NOT_ONE_META', message: /has no object/ },
  { name: 'two metadata objects', text: `${META}---\n${META}`, code: 'NOT_ONE_META', message: /has 2 objects/ },
  {
    name: 'another kind of metadata',
    text: META.replace('Configuration', 'Lock'),
    code: 'INVALID_OBJECT',
    message: /must be Configuration/,
  },
  {
    name: 'a package of another group',
    text: META.replace('meta.', ''),
    code: 'NOT_ONE_META',
    message: /has no object/,
  },
];
test.each(refused)('$name is refused', async ({ text, code, message }) => {
  const error = await readPackageType(pieces(text)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(XpkgError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
});

describe('a package over the limit for YAML', () => {
  const large = `${XRD}spec:\n${'  a: [b]\n'.repeat(10_000)}`;

  test('is recognized by the keys at the beginning of lines', async () => {
    expect(await readPackageType(pieces(`${large}---\n${META}`))).toBe('Configuration');
    expect(await readPackageType(pieces(`${META}# ${'x'.repeat(100_000)}\n---\n${large}`))).toBe('Configuration');
  });

  test('is refused if it has a large document that is not an object', async () => {
    await expect(readPackageType(pieces(`${META}---\n${'- a\n'.repeat(20_000)}`))).rejects.toMatchObject({
      code: 'INVALID_OBJECT',
      message: expect.stringContaining('line 5'),
    });
  });

  test('has errors with the line in the whole file', async () => {
    await expect(readPackageType(pieces(`${META}---\n${XRD}---\na: [\n`))).rejects.toThrow(/package\.yaml:(9|10):/);
  });
});
