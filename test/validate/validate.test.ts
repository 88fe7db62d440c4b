import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatAnnotations, formatFindings, sarifOf } from '../../src/validate/formats.ts';
import { type TextFile, validateFiles } from '../../src/validate/validate.ts';

const example = (path: string) => readFileSync(`${import.meta.dirname}/../../examples/${path}`, 'utf8');
const claim: TextFile = { path: 'claim.yaml', text: example('claim/claim.yaml') };
const composition: TextFile = { path: 'composition.yaml', text: example('claim/composition.yaml') };
const xrd: TextFile = { path: 'xrd.yaml', text: example('claim/xrd.yaml') };

/** A claim with these additional parameters. */
const claimWith = (...lines: string[]): TextFile => ({
  ...claim,
  text: `${claim.text.trimEnd()}\n${lines.map((line) => `    ${line}\n`).join('')}`,
});
const change = (file: TextFile, from: string, to: string): TextFile => {
  expect(file.text).toContain(from);
  return { ...file, text: file.text.replace(from, to) };
};
const said = (...files: TextFile[]) => formatFindings(validateFiles(files).findings);

describe('valid files', () => {
  test.each([
    ['a claim', [claim], 1],
    ['a claim, its Composition and its XRD', [claim, composition, xrd], 3],
    ['package metadata', [{ path: 'crossplane.yaml', text: configurationText() }], 1],
    ['an Input', [{ path: 'input.yaml', text: inputText('ttl: 5m') }], 1],
  ])('%s', (_, files, checked) => {
    expect(validateFiles(files)).toEqual({ findings: [], checked, skipped: 0 });
  });

  test('include an XRegistry, which has other parameters', () => {
    const files = ['registry', 'composition', 'xrd'].map((name) => {
      return { path: `${name}.yaml`, text: example(`registry/${name}.yaml`) };
    });
    expect(validateFiles(files)).toEqual({ findings: [], checked: 3, skipped: 0 });
  });

  test('of other kinds are skipped', () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\n---\nimage: {tag: 1.2}\n';
    expect(validateFiles([{ path: 'x.yaml', text }])).toEqual({ findings: [], checked: 0, skipped: 2 });
  });

  test('use the defaults of the Composition, and need no required fields without one', () => {
    const bare = change(claim, '    region: eu-west-2\n', '');
    expect(said(bare)).toBe('');
    expect(said(bare, composition)).toBe(
      "claim.yaml:8:3: error: spec.parameters.region: is required, in the claim or in defaults of the Composition's input\n",
    );
    expect(said(bare, change(composition, 'deletion: Force', 'region: eu-west-2'))).toBe('');
  });
});

describe('a finding has the position of the mistake', () => {
  test.each([
    {
      what: 'in the YAML',
      files: [{ path: 'a.yaml', text: 'a: [b\n' }],
      says: 'a.yaml:2:1: error: expected "," or "]"\n',
    },
    {
      what: 'a duplicate key',
      files: [claimWith('workloadName: other')],
      says: 'claim.yaml:13:5: error: duplicate key "workloadName", also on line 9: Kubernetes uses only this one; remove one of them\n',
    },
    {
      what: 'in a claim alone',
      files: [claimWith('imageTags: Immutable')],
      says: 'claim.yaml:13:5: error: spec.parameters.imageTags: must be an object, not "Immutable"; write {mutability: Immutable}\n',
    },
    {
      what: 'an account that YAML reads as another number',
      files: [claimWith('access: {pull: {accounts: [012345670123]}}')],
      says: 'claim.yaml:13:32: error: spec.parameters.access.pull.accounts[0]: must be the 12 digits of an AWS account, in quotes, not 012345670123; YAML read a number: put the digits in quotes: "012345670123"\n',
    },
    {
      what: 'a version that YAML reads as another number',
      files: [claimWith('tags: {version: 1.10}')],
      says: 'claim.yaml:13:12: error: spec.parameters.tags.version: must be a string, not 1.10; YAML read a number: put it in quotes: "1.10"\n',
    },
    {
      what: 'a number with leading zeros',
      files: [change(claim, 'workloadName: example-app', 'workloadName: 007')],
      says: 'claim.yaml:9:5: error: spec.parameters.workloadName: must be a string, not 007; write "007", in quotes\n',
    },
    {
      what: 'one that requires the Composition',
      files: [claimWith('encryption: {type: KMS}'), composition],
      says: 'claim.yaml:13:5: error: spec.parameters.encryption: has type KMS, which ecr.aws.crossplane.io cannot express; remove it, or use another provider flavor\n',
    },
    {
      what: 'unknown fields, as warnings',
      files: [claimWith('team: x')],
      says: 'claim.yaml:13:5: warning: spec.parameters.team: unknown field, which this function does not read; remove it, unless another step of the Composition reads it\n',
    },
    {
      what: 'another kind',
      files: [change(claim, 'kind: WorkloadECRRepo', 'kind: WorkloadEcrRepo')],
      says: 'claim.yaml:3:1: error: kind: unknown kind WorkloadEcrRepo; did you mean WorkloadECRRepo?\n',
    },
    {
      what: 'another version',
      files: [change(claim, 'v1alpha1', 'v1beta1'), composition],
      says: 'claim.yaml:3:1: error: cannot render WorkloadECRRepo example-app-repos: Composition workloadecrrepo is for WorkloadECRRepo (tap.vrabbi.cloud/v1alpha1), not for tap.vrabbi.cloud/v1beta1\n',
    },
    {
      what: 'in the Input of a Composition, once for any number of claims',
      files: [claim, { ...claim, path: 'other.yaml' }, change(composition, 'deletion: Force', 'delete: Force')],
      says: 'composition.yaml:22:11: error: input.defaults.delete: unknown field; remove it\n',
    },
    {
      what: 'in a Composition',
      files: [change(composition, 'name: function-workload-ecr', 'names: function-workload-ecr')],
      says: 'composition.yaml:16:7: error: spec.pipeline[0].functionRef.name is missing\n',
    },
    {
      what: 'in an Input alone',
      files: [{ path: 'input.yaml', text: inputText('ttl: 5') }],
      says: 'input.yaml:3:1: error: ttl: must be a duration from 1s to 24h, such as 90s, 10m or 1h30m, not 5; write a unit: 5s\n',
    },
    {
      what: 'in package metadata',
      files: [{ path: 'crossplane.yaml', text: configurationText('dependsOn: [{version: v1}]') }],
      says: /^crossplane.yaml:4:\d+: error: .*package/,
    },
  ])('$what', ({ files, says }) => {
    if (says instanceof RegExp) expect(said(...files)).toMatch(says);
    else expect(said(...files)).toBe(says);
  });

  test('in the second document of a file, and in an item of a List', () => {
    const list = {
      path: 'list.yaml',
      text: `apiVersion: v1\nkind: List\nitems:\n  - ${indented(claimWith('team: x').text)}`,
    };
    expect(said(list)).toMatch(/^list\.yaml:16:9: warning: spec\.parameters\.team/);
    const two = { path: 'two.yaml', text: `${xrd.text}---\n${claimWith('team: x').text}` };
    expect(validateFiles([two]).findings.map(({ line }) => line)).toEqual([xrd.text.split('\n').length + 13]);
  });
});

describe('formats', () => {
  const finding = {
    severity: 'error',
    rule: 'claim',
    file: 'a b/x,y.yaml',
    line: 3,
    column: 5,
    path: 'spec.region',
    message: '100%\nwrong',
  } as const;

  test('GitHub annotations escape characters that end a property or the line', () => {
    expect(formatAnnotations([finding])).toBe(
      '::error file=a b/x%2Cy.yaml,line=3,col=5::spec.region: 100%25%0Awrong\n',
    );
  });

  test('SARIF has the rule, the level and the position of each finding', () => {
    const log = sarifOf([finding], { name: 'tool', version: '1' });
    expect(log).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'tool', version: '1' } },
          results: [
            {
              ruleId: 'claim',
              level: 'error',
              message: { text: 'spec.region: 100%\nwrong' },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'a%20b/x%2Cy.yaml' },
                    region: { startLine: 3, startColumn: 5 },
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });
});

function inputText(fields: string): string {
  return `apiVersion: workload-ecr.fn.crossplane.io/v1beta1\nkind: Input\n${fields}\n`;
}

function configurationText(spec = 'dependsOn: []'): string {
  return `apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: x}\nspec: {${spec}}\n`;
}

function indented(text: string): string {
  return text.trimEnd().replaceAll('\n', '\n    ');
}
