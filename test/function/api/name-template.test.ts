import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { repositoryNameProblem } from '../../../src/function/api/ecr-name.ts';
import {
  DEFAULT_NAME_TEMPLATE,
  fillTemplate,
  missingParts,
  nameTemplateProblem,
  withoutRegistryHost,
} from '../../../src/function/api/name-template.ts';

const PARTS = { prefix: 'tap', workload: 'app', namespace: 'team', repository: 'image', suffix: '' };

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

  test('returns an ECR name when all parts are ECR names', () => {
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
    ['{workload}{suffix}{', 'an unmatched brace'],
    ['{workload}{suffix}{x}', 'an unknown placeholder'],
    ['', 'empty'],
  ] as const) {
    test(`refuses ${JSON.stringify(template)}: ${reason}`, () => expect(nameTemplateProblem(template)).toBeDefined());
  }

  test('accepts the default, and a template with every placeholder', () => {
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
