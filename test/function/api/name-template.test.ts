import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_NAME_TEMPLATE,
  fillTemplate,
  missingParts,
  nameTemplateProblem,
  repositoryNameProblem,
  withoutRegistryHost,
} from '../../../src/function/api/name-template.ts';

const PARTS = { prefix: 'tap', workload: 'app', namespace: 'team', repository: 'image', suffix: '' };

// repositoryName of https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
const PATTERN = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

const ecrName = fc
  .array(fc.array(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  .chain((parts) => fc.tuple(fc.constant(parts), fc.constantFrom('.', '_', '-')))
  .map(([parts, separator]) => `a${parts.map((words) => words.join(separator)).join('/')}`);

describe('repositoryNameProblem', () => {
  for (const { name, ok, reason } of [
    { name: '', ok: false, reason: 'empty' },
    { name: 'a', ok: false, reason: 'one under the least length' },
    { name: 'ab', ok: true, reason: 'exactly the least length' },
    { name: 'a'.repeat(256), ok: true, reason: 'exactly full' },
    { name: 'a'.repeat(257), ok: false, reason: 'one over' },
    { name: 'a-b.c_d/e', ok: true, reason: 'every separator' },
    { name: 'a--b', ok: false, reason: 'doubled separator' },
    { name: 'a.-b', ok: false, reason: 'two kinds of separators side by side' },
    { name: 'a/-b', ok: false, reason: 'a part begins with a separator' },
    { name: '/ab', ok: false, reason: 'leading slash' },
    { name: 'ab/', ok: false, reason: 'trailing slash' },
    { name: '1ab', ok: false, reason: 'ECR asks for a letter first' },
    { name: 'a/1b', ok: true, reason: 'later parts may begin with a digit' },
    { name: 'aB', ok: false, reason: 'upper case' },
    { name: 'aé', ok: false, reason: 'no ASCII letter' },
    { name: 'ab\n', ok: false, reason: 'a line feed is no part of a name' },
  ]) {
    test(`${ok ? 'takes' : 'refuses'} ${JSON.stringify(name.slice(0, 20))}: ${reason}`, () => {
      expect(repositoryNameProblem(name) === undefined, repositoryNameProblem(name)).toBe(ok);
    });
  }

  test('takes whatever the pattern of AWS allows within its length and prose', () => {
    fc.assert(fc.property(ecrName, (name) => repositoryNameProblem(name) === undefined || name.length > 256));
  });

  test('takes nothing that the pattern of AWS refuses', () => {
    const anything = fc.string({ unit: fc.constantFrom('a', '1', '-', '.', '_', '/', 'A', ' '), maxLength: 12 });
    fc.assert(fc.property(anything, (name) => repositoryNameProblem(name) !== undefined || PATTERN.test(name)));
  });
});

describe('fillTemplate', () => {
  for (const { template, parts, want } of [
    { template: DEFAULT_NAME_TEMPLATE, parts: PARTS, want: 'tap/app-team' },
    { template: DEFAULT_NAME_TEMPLATE, parts: { ...PARTS, prefix: '' }, want: 'app-team' },
    { template: '{prefix}/{namespace}/{workload}/{repository}', parts: PARTS, want: 'tap/team/app/image' },
    { template: '{workload}{suffix}', parts: { ...PARTS, workload: '{suffix}', suffix: '-x' }, want: '{suffix}-x' },
    { template: '{workload}', parts: { ...PARTS, workload: '$&' }, want: '$&' },
  ]) {
    test(`${template} gives ${want}`, () => expect(fillTemplate(template, parts)).toBe(want));
  }

  test('gives an ECR name for all parts that are ones', () => {
    const part = fc.stringMatching(/^[a-z]([a-z0-9]|-[a-z0-9]){0,20}$/);
    fc.assert(
      fc.property(part, part, part, (prefix, workload, namespace) => {
        const name = fillTemplate(DEFAULT_NAME_TEMPLATE, { ...PARTS, prefix, workload, namespace });
        expect(repositoryNameProblem(name)).toBeUndefined();
        expect(name).toBe(`${prefix}/${workload}-${namespace}`);
      }),
    );
  });
});

test('missingParts names the placeholders of the template that have no value', () => {
  const parts = { ...PARTS, namespace: undefined, prefix: undefined };
  expect(missingParts('{workload}-{namespace}{suffix}', parts)).toEqual(['namespace']);
});

describe('nameTemplateProblem', () => {
  for (const [template, reason] of [
    ['{prefix}/{workload}', 'all repositories would have one name'],
    ['{prefix}{suffix}', 'all workloads would share repositories'],
    ['{workload}{suffix}{', 'a brace that opens nothing'],
    ['{workload}{suffix}{x}', 'an unknown placeholder'],
    ['', 'empty'],
  ] as const) {
    test(`refuses ${JSON.stringify(template)}: ${reason}`, () => expect(nameTemplateProblem(template)).toBeDefined());
  }

  test('takes the default and one with every placeholder', () => {
    expect(nameTemplateProblem(DEFAULT_NAME_TEMPLATE)).toBeUndefined();
    expect(nameTemplateProblem('{prefix}/{workload}/{namespace}/{repository}{suffix}')).toBeUndefined();
  });
});

describe('withoutRegistryHost', () => {
  const problem = { path: 'spec.parameters.repoPrefix', message: expect.any(String) };
  for (const { prefix, region, want } of [
    { prefix: 'tap', region: 'eu-west-2', want: { prefix: 'tap', problem: undefined } },
    { prefix: 'tap/', region: 'eu-west-2', want: { prefix: 'tap', problem: undefined } },
    {
      prefix: '123456789012.dkr.ecr.eu-west-2.amazonaws.com/tap',
      region: 'eu-west-2',
      want: { prefix: 'tap', problem: undefined },
    },
    {
      prefix: '123456789012.dkr.ecr.eu-west-2.amazonaws.com',
      region: 'eu-west-2',
      want: { prefix: '', problem: undefined },
    },
    {
      prefix: '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a/b',
      region: 'us-gov-west-1',
      want: { prefix: 'a/b', problem: undefined },
    },
    {
      prefix: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a',
      region: 'cn-north-1',
      want: { prefix: 'a', problem: undefined },
    },
    {
      prefix: '123456789012.dkr-ecr.eu-west-1.on.aws/a',
      region: 'eu-west-1',
      want: { prefix: 'a', problem: undefined },
    },
    { prefix: '123456789012.dkr.ecr.us-east-1.amazonaws.com/a', region: 'eu-west-2', want: { prefix: 'a', problem } },
    {
      prefix: 'amazonaws.com.example.org/a',
      region: 'eu-west-2',
      want: { prefix: 'amazonaws.com.example.org/a', problem: undefined },
    },
    {
      prefix: 'xxxxxxx.dkr.ecr.eu-west-2.amazonaws.com/a',
      region: 'eu-west-2',
      want: { prefix: 'a', problem: undefined },
    },
    {
      prefix: '123456789012.dkr.ecr.somewhere.amazonaws.com/a',
      region: 'eu-west-2',
      want: { prefix: '123456789012.dkr.ecr.somewhere.amazonaws.com/a', problem },
    },
    { prefix: 'https://host/a', region: 'eu-west-2', want: { prefix: 'https://host/a', problem } },
  ]) {
    test(`${prefix} in ${region}`, () => expect(withoutRegistryHost(prefix, region)).toEqual(want));
  }
});
