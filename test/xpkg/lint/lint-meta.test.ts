import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFinding, formatWarning, lintFiles, readPackageRoot } from '../../../src/xpkg/index.ts';

const META = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: x\n';
const XRD =
  'apiVersion: apiextensions.crossplane.io/v2\nkind: CompositeResourceDefinition\nmetadata: {name: xs.example.org}\n';
const DIGEST = `sha256:${'a'.repeat(64)}`;

function lint(...texts: readonly string[]) {
  return lintFiles(texts.map((text, index) => ({ path: `${index}.yaml`, text })));
}

/** Metadata with one dependency, whose fields begin on line 7. */
function dependingOn(fields: string): string {
  return `${META}spec:\n  dependsOn:\n  - ${fields}\n`;
}

describe('findings for dependencies that Crossplane cannot resolve', () => {
  test.each([
    {
      fields: 'provider: reg.example.com/p/x:v1\n    version: v1',
      want: '0.yaml:7:5: "reg.example.com/p/x:v1" must not contain a version',
    },
    { fields: `function: reg.example.com/x@${DIGEST}\n    version: v1`, want: '0.yaml:7:5: "reg.example.com/x@sha256' },
    {
      fields: 'provider: reg.example.com/p/x:latest\n    version: v1',
      want: '0.yaml:7:5: "reg.example.com/p/x:latest" must not',
    },
    {
      fields: 'provider: reg.example.com/P\n    version: v1',
      want: '0.yaml:7:5: invalid image reference "reg.example.com/P"',
    },
    { fields: 'provider: reg.example.com/p\n    version: ""', want: '0.yaml:8:5: a dependency must have a version' },
    { fields: 'provider: reg.example.com/p', want: '0.yaml:7:5: a dependency must have a version' },
    {
      fields: 'provider: reg.example.com/p\n    version: latest',
      want: '0.yaml:8:5: invalid version "latest": must be a constraint',
    },
    { fields: 'version: v1', want: '0.yaml:7:5: a dependency must name its package: set provider' },
    { fields: 'provider: ""\n    version: v1', want: '0.yaml:7:5: a dependency must name its package: set provider' },
    {
      fields: 'package: reg.example.com/p\n    version: v1',
      want: '0.yaml:7:5: a dependency with package must also have apiVersion and kind',
    },
  ])('$fields', ({ fields, want }) => {
    const { findings, installFindings, warnings } = lint(dependingOn(fields));
    expect(installFindings.map(formatFinding)).toEqual([expect.stringContaining(want)]);
    expect([...findings, ...warnings], 'Crossplane builds the package').toEqual([]);
  });

  test.each([
    'provider: reg.example.com:5000/p\n    version: ">=v1.2.0, <v2"',
    `configuration: acme/p\n    version: ${DIGEST}`,
    'apiVersion: pkg.crossplane.io/v1\n    kind: Function\n    package: reg.example.com/p\n    version: v1.2.3',
  ])('none for: %s', (fields) => {
    const { findings, installFindings, warnings } = lint(dependingOn(fields));
    expect([...findings, ...installFindings, ...warnings]).toEqual([]);
  });
});

describe('findings for names', () => {
  test.each([
    { text: XRD.replace('{name: xs.example.org}', '{}'), want: '1.yaml:3:1: metadata.name is missing' },
    {
      text: XRD.replace('xs.example.org', 'Xs_1'),
      want: '1.yaml:3:12: invalid metadata.name "Xs_1": must consist of lower-case letters',
    },
    { text: XRD.replace('xs.example.org', 'a'.repeat(254)), want: '1.yaml:3:12: invalid metadata.name "aaa' },
    {
      text: `${XRD}spec: {group: example.org, names: {plural: ys, kind: Yes1}, versions: []}\n`,
      want: '1.yaml:3:12: invalid metadata.name "xs.example.org": must be "ys.example.org"',
    },
  ])('$want', ({ text, want }) => {
    const { findings, installFindings } = lint(META, text);
    expect(findings).toEqual([]);
    expect(installFindings.map(formatFinding)).toEqual([expect.stringContaining(want)]);
  });

  test('of package metadata are for the file only', () => {
    const { installFindings, warnings } = lint(META.replace('  name: x\n', '  labels: {}\n'));
    expect(installFindings).toEqual([]);
    expect(warnings.map(formatWarning)).toEqual(['0.yaml:3:1: warning: metadata.name is missing']);
  });
});

describe('warnings', () => {
  test.each([
    {
      text: `${META}spec:\n  dependson: []\n`,
      want: '6:3: warning: unknown field "dependson", which Crossplane drops; did you mean dependsOn?',
    },
    {
      text: `${META}spec:\n  crossplane: {version: ">=v2", zone: 1}\n`,
      want: '6:33: warning: unknown field "zone", which Crossplane drops; remove it',
    },
    {
      text: `${META}sepc: {}\n`,
      want: '5:1: warning: unknown field "sepc", which Crossplane drops; did you mean spec?',
    },
    {
      text: `${META}spec: {}\nspec: {}\n`,
      want: '6:1: warning: duplicate key "spec", also on line 5: Kubernetes uses only this one',
    },
    { text: META.replace('name: x', 'name: x\n  name: z'), want: '5:3: warning: duplicate key "name", also on line 4' },
  ])('$want', ({ text, want }) => {
    const { findings, installFindings, warnings } = lint(text);
    expect([...findings, ...installFindings]).toEqual([]);
    expect(warnings.map(formatWarning)).toEqual([expect.stringContaining(want)]);
  });

  test('for fields in schemas and lists', () => {
    const schema = '{openAPIV3Schema: {type: object, properties: {a: {typ: string}, b: {items: {requird: []}}}}}';
    const crd = `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ys.example.org}\nspec: {versions: [{name: v1, schema: ${schema}}]}\n`;
    const { warnings } = lint(META.replace('Configuration', 'Provider'), crd);
    expect(warnings.map(({ message }) => message)).toEqual([
      'unknown field "typ", which Crossplane drops; did you mean type?',
      'unknown field "requird", which Crossplane drops; did you mean required?',
    ]);
  });

  test('at most 20 for the unknown fields of one object', () => {
    const fields = Array.from({ length: 100 }, (_, index) => `unknown${index}: 1\n`);
    expect(lint(`${META}${fields.join('')}`).warnings).toHaveLength(20);
  });

  test('none for a key that a merge also sets', () => {
    expect(lint(META.replace('name: x', 'name: x\n  labels: {<<: {a: b}, a: c}')).warnings).toEqual([]);
  });
});

test('the package root of this function has no findings', async () => {
  const root = join(import.meta.dirname, '../../../package');
  const { files } = await readPackageRoot({ root });
  expect(files.length).toBeGreaterThan(1);
  const { findings, installFindings, warnings } = lintFiles(files, 'Function');
  expect([...findings, ...installFindings, ...warnings].map(formatFinding)).toEqual([]);
});
