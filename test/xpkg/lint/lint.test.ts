import { describe, expect, test } from 'vitest';
import { buildPackage, formatFinding, lintExamples, lintFiles } from '../../../src/xpkg/index.ts';
import { rejection, SMALL_META } from '../fixtures.ts';

const meta = (kind: string, spec = '') =>
  `apiVersion: meta.pkg.crossplane.io/v1\nkind: ${kind}\nmetadata: {name: x}\nspec: {${spec}}\n`;
const object = (apiVersion: string, kind: string) => `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: o}\n`;

const CRD = object('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
const OLD_CRD = object('apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition');
const WEBHOOKS = object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration');
const MRD = object('apiextensions.crossplane.io/v1alpha1', 'ManagedResourceDefinition');
const MRAP = object('apiextensions.crossplane.io/v1alpha1', 'ManagedResourceActivationPolicy');
const XRD = object('apiextensions.crossplane.io/v2', 'CompositeResourceDefinition');
const COMPOSITION = object('apiextensions.crossplane.io/v1', 'Composition');
const OPERATION = object('ops.crossplane.io/v1alpha1', 'Operation');

function lint(...texts: readonly string[]) {
  const { findings } = lintFiles(texts.map((text, index) => ({ path: `${index}.yaml`, text })));
  return findings.map(({ code, file, position }) => `${code} ${file}:${position.line}`);
}

describe('kinds', () => {
  const all = { CRD, OLD_CRD, WEBHOOKS, MRD, MRAP, XRD, COMPOSITION, OPERATION };
  const allowed = {
    Provider: ['CRD', 'OLD_CRD', 'WEBHOOKS', 'MRD'],
    Configuration: ['MRAP', 'XRD', 'COMPOSITION', 'OPERATION'],
    Function: ['CRD', 'OLD_CRD'],
  };
  for (const [type, names] of Object.entries(allowed)) {
    for (const [name, text] of Object.entries(all)) {
      const isAllowed = names.includes(name);
      test(`a ${type} ${isAllowed ? 'may' : 'must not'} contain ${name}`, () => {
        expect(lint(meta(type), text)).toEqual(isAllowed ? [] : ['WRONG_KIND 1.yaml:2']);
      });
    }
  }
});

describe('findings', () => {
  for (const { name, files, want } of [
    { name: 'an empty package', files: [], want: ['NOT_ONE_META crossplane.yaml:1'] },
    { name: 'no metadata', files: [CRD], want: ['NOT_ONE_META 0.yaml:1'] },
    { name: 'two metadata objects', files: [SMALL_META, `# x\n${SMALL_META}`], want: ['NOT_ONE_META 1.yaml:3'] },
    { name: 'two in one file', files: [`${SMALL_META}---\n${SMALL_META}`], want: ['NOT_ONE_META 0.yaml:6'] },
    { name: 'text that is not YAML', files: [meta('Provider'), 'a: [\n'], want: ['INVALID_YAML 1.yaml:2'] },
    { name: 'a list', files: [meta('Provider'), '- a\n'], want: ['INVALID_OBJECT 1.yaml:1'] },
    { name: 'null', files: [meta('Provider'), 'null\n'], want: ['INVALID_OBJECT 1.yaml:1'] },
    { name: 'no kind', files: [meta('Provider'), 'apiVersion: v1\n'], want: ['INVALID_OBJECT 1.yaml:1'] },
    { name: 'no apiVersion', files: [meta('Provider'), 'a: 1\nkind: X\n'], want: ['INVALID_OBJECT 1.yaml:1'] },
    {
      name: 'a kind that packages must not contain',
      files: [meta('Provider'), object('v1', 'ConfigMap')],
      want: ['INVALID_OBJECT 1.yaml:2'],
    },
    {
      name: 'a version that the kind does not have',
      files: [meta('Provider').replace('/v1', '/v1beta1')],
      want: ['INVALID_OBJECT 0.yaml:2'],
    },
    {
      name: 'a field of a wrong type',
      files: [meta('Provider'), `${CRD}spec:\n  names:\n    kind: yes\n`],
      want: ['INVALID_OBJECT 1.yaml:6'],
    },
    {
      name: 'an invalid constraint',
      files: [meta('Provider', 'crossplane: {version: nope}')],
      want: ['INVALID_CONSTRAINT 0.yaml:4'],
    },
    { name: 'an empty constraint', files: [meta('Provider', 'crossplane: {}')], want: ['INVALID_CONSTRAINT 0.yaml:4'] },
    { name: 'no constraint', files: [meta('Provider', 'crossplane: null')], want: [] },
    {
      name: 'several findings, in the order of files and lines',
      files: [`${XRD}---\n${meta('Provider', 'crossplane: {version: ""}')}`, COMPOSITION, 'a: "\n'],
      want: ['WRONG_KIND 0.yaml:2', 'INVALID_CONSTRAINT 0.yaml:8', 'WRONG_KIND 1.yaml:2', 'INVALID_YAML 2.yaml:2'],
    },
  ]) {
    test(`${name}`, () => expect(lint(...files)).toEqual(want));
  }

  test('a package of another type than required', () => {
    const { findings } = lintFiles([{ path: 'x.yaml', text: meta('Provider') }], 'Function');
    expect(findings.map(({ code }) => code)).toEqual(['WRONG_TYPE']);
  });

  test('each is one line with file, line, column and a solution', () => {
    const { findings } = lintFiles([{ path: 'dir/x.yaml', text: meta('Provider', 'crossplane: {version: nope}') }]);
    expect(findings.map(formatFinding)).toEqual([
      expect.stringMatching(
        /^dir\/x\.yaml:4:21: invalid spec\.crossplane\.version "nope": must be a version constraint such as ">=v2\.0\.0"/,
      ),
    ]);
  });

  for (const { text, want } of [
    {
      text: 'metadata: {generation: 1.5}',
      want: 'metadata.generation must be a 64-bit integer, not the number 1.5',
    },
    {
      text: 'metadata: {name: 5}',
      want: 'metadata.name must be a string (in quotes if YAML reads another type), not the number 5',
    },
    { text: 'metadata: {labels: [a]}', want: 'metadata.labels must be an object, not a list' },
    { text: 'spec: {versions: {}}', want: 'spec.versions must be a list, not an object' },
    { text: 'spec: text', want: 'spec must be an object, not the string "text"' },
    {
      text: 'metadata: {creationTimestamp: soon}',
      want: 'metadata.creationTimestamp must be a time such as "2006-01-02T15:04:05Z", not the string "soon"',
    },
    ...['2026-02-29T00:00:00Z', '2026-01-01T24:00:00Z'].map((time) => ({
      text: `metadata: {creationTimestamp: ${time}}`,
      want: `metadata.creationTimestamp must be a time such as "2006-01-02T15:04:05Z", not the string "${time}"`,
    })),
    {
      text: 'spec: {versions: [{served: 1}]}',
      want: 'spec.versions[0].served must be true or false, not the number 1',
    },
    {
      text: 'spec: {conversion: {webhook: {clientConfig: {caBundle: "!"}}}}',
      want: 'spec.conversion.webhook.clientConfig.caBundle must be a base64 string, not the string "!"',
    },
    {
      text: 'spec: {versions: [{schema: {openAPIV3Schema: {additionalProperties: 1}}}]}',
      want: 'spec.versions[0].schema.openAPIV3Schema.additionalProperties must be true, false or a schema, not the number 1',
    },
    {
      text: 'spec: {versions: [{additionalPrinterColumns: [{priority: 2147483648}]}]}',
      want: 'spec.versions[0].additionalPrinterColumns[0].priority must be a 32-bit integer, not the number 2147483648',
    },
    {
      text: 'spec: {versions: [{schema: {openAPIV3Schema: {maximum: "1"}}}]}',
      want: 'spec.versions[0].schema.openAPIV3Schema.maximum must be a number, not the string "1"',
    },
  ]) {
    test(`a message: ${want}`, () => {
      const { findings } = lintFiles([
        { path: 'x', text: `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n${text}\n` },
      ]);
      expect(findings.map(({ message }) => message)).toEqual([want]);
    });
  }
});

test('examples are objects of any kind', () => {
  const examples = (text: string) => lintExamples([{ path: 'e.yaml', text }]).map(({ code }) => code);
  expect(examples('kind: X\n---\n# nothing\n---\nnull\n')).toEqual([]);
  expect(examples('a: 1\n---\n- 1\n---\nkind: 1\n')).toEqual(['INVALID_OBJECT', 'INVALID_OBJECT', 'INVALID_OBJECT']);
});

test('a failed build lists all findings and has the code of the first', async () => {
  const files = [
    { path: 'a.yaml', text: XRD },
    { path: 'b.yaml', text: meta('Provider') },
  ];
  const error = await rejection(buildPackage({ files, examples: [{ path: 'e.yaml', text: 'a: 1\n' }] }), 'WRONG_KIND');
  expect(error.findings.map(({ file }) => file)).toEqual(['a.yaml', 'e.yaml']);
  expect(error.message.split('\n')).toHaveLength(3);
});
