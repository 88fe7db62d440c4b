import fc from 'fast-check';
import { expect } from 'vitest';
import type { Json } from '../../src/json/value.ts';
import { lintFiles } from '../../src/xpkg/lint/lint.ts';
import { printYaml } from '../../src/yaml/index.ts';
import { fuzz, text } from './harness.ts';
import { mutatedJson } from './json.ts';
import { mutatedText } from './mutations.ts';

const meta: fc.Arbitrary<Json> = fc.record({
  apiVersion: fc.constantFrom(
    'meta.pkg.crossplane.io/v1',
    'meta.pkg.crossplane.io/v1beta1',
    'meta.pkg.crossplane.io/v1alpha1',
  ),
  kind: fc.constantFrom('Configuration', 'Provider', 'Function'),
  metadata: fc.constantFrom<Json>(
    { name: 'acme' },
    { name: 'acme', annotations: { 'meta.crossplane.io/maintainer': 'x' } },
  ),
  spec: fc.constantFrom<Json>(
    { crossplane: { version: '>=v2.0.0' } },
    {
      crossplane: { version: '^v1.14.0-0 || >=2' },
      dependsOn: [{ provider: 'registry.example.com/acme/p', version: '>=v1' }],
    },
    { image: 'registry.example.com/acme/f:v1' },
    {},
  ),
});

const content: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  {
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'Composition',
    metadata: { name: 'c' },
    spec: {
      compositeTypeRef: { apiVersion: 'a/v1', kind: 'X' },
      mode: 'Pipeline',
      pipeline: [{ step: 's', functionRef: { name: 'f' } }],
    },
  },
  {
    apiVersion: 'apiextensions.crossplane.io/v2',
    kind: 'CompositeResourceDefinition',
    metadata: { name: 'xs.a' },
    spec: {
      group: 'a',
      names: { kind: 'X', plural: 'xs' },
      versions: [{ name: 'v1', served: true, referenceable: true }],
    },
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'xs.a' },
    spec: { group: 'a', scope: 'Cluster', names: { kind: 'X', plural: 'xs' }, versions: [] },
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } },
);

/** Package metadata and what comes with it, with changes to values and to the text. */
const packageYaml = mutatedText(
  fc.tuple(mutatedJson(meta), fc.array(mutatedJson(content), { maxLength: 2 })).map((objects) =>
    objects
      .flat()
      .map((object) => printYaml(object))
      .join('---\n'),
  ),
  [
    '---\n',
    '\n',
    '  ',
    ': ',
    '- ',
    '{}',
    '[]',
    'null',
    '"',
    'kind: Function\n',
    'apiVersion: v1\n',
    '1e99',
    '&a',
    '*a',
  ],
);

fuzz('package', {
  form: text,
  arbitrary: packageYaml,
  limits: { cpuMs: 1_000 },
  run: (written) => lintFiles([{ path: 'package.yaml', text: written }]),
  check(_, { contents, findings }) {
    for (const { message, position } of findings) {
      expect(message).not.toBe('');
      expect(position.line).toBeGreaterThan(0);
    }
    if (contents === undefined) return expect(findings.length, 'nothing is refused without a word').toBeGreaterThan(0);
    expect(findings).toEqual([]);
    // What comes out is what Crossplane would read: it must be as right as what went in.
    const objects = [contents.meta, ...contents.objects].map(({ value }) => printYaml(value));
    const again = lintFiles([{ path: 'again.yaml', text: objects.join('---\n') }]);
    expect(again.findings).toEqual([]);
    const printed = [again.contents?.meta, ...(again.contents?.objects ?? [])].map((object) =>
      printYaml(object?.value ?? null),
    );
    expect(printed).toEqual(objects);
  },
});
