import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { call, composite, input, request, seedParameters } from '../../function/call.ts';
import { allowed, aws, conditions, everybodyWith, ID, ORG, OURS, principals, THEIRS } from './policy-cases.ts';

async function refusal(parameters: JsonObject, rules: JsonObject): Promise<string[]> {
  const { conditions: found } = await call(
    request({ input: input({ allowed: rules }), composite: composite({ ...seedParameters, ...parameters }) }),
  );
  const message = found?.find(({ type, status }) => type === 'ParametersValid' && status === 3)?.message;
  if (message === undefined) return [];
  const lines = /^\d+ problems: /.test(message) ? message.split(/(?:^\d+ problems: |; )\(\d+\) /).slice(1) : [message];
  return lines.map((line) => line.slice(0, line.indexOf(': ')));
}

const withStatement = (statement: JsonObject): JsonObject => ({
  access: { policy: { Statement: [{ Effect: 'Allow', Action: 'ecr:BatchGetImage', ...statement }] } },
});

describe('with allowed accounts and organizations', () => {
  for (const { what, statement, refused } of [...principals, ...conditions]) {
    test(`${what} is ${refused.length === 0 ? 'accepted' : 'refused'}`, async () => {
      const paths = refused.map((path) => `spec.parameters.access.policy.Statement[0]${path}`);
      expect(await refusal(withStatement(statement), allowed)).toEqual(paths);
    });
  }

  test('one list without the other allows nothing of the other kind', async () => {
    const org = withStatement(everybodyWith({ StringEquals: { [ID]: ORG } }));
    expect(await refusal(org, { accounts: [OURS] })).toHaveLength(1);
    expect(await refusal(withStatement(aws(OURS)), { organizations: [ORG] })).toHaveLength(1);
    expect(await refusal({ access: { pull: { accounts: [OURS] } } }, { organizations: [ORG] })).toHaveLength(1);
  });

  test('everyone is accepted without lists', async () => {
    expect(await refusal(withStatement({ Principal: '*' }), {})).toEqual([]);
  });

  test('plain terms are checked in the same way', async () => {
    const plain = { accounts: [OURS], roles: [`arn:aws:iam::${OURS}:role/x`], organizations: [ORG], lambda: true };
    expect(await refusal({ access: { pull: plain, push: { accounts: [OURS] } } }, allowed)).toEqual([]);
    const lambda = { access: { pull: { accounts: [THEIRS], lambda: true } } };
    expect(await refusal(lambda, allowed)).toEqual(['spec.parameters.access', 'spec.parameters.access']);
  });

  test('settings that only a creation template uses are checked too', async () => {
    const parameters = {
      creationTemplate: { appliedFor: ['CREATE_ON_PUSH'] },
      ...withStatement({ Principal: '*' }),
      repositories: ['image', 'bundle'].map((name) => ({ name, access: { pull: { accounts: [OURS] } } })),
    };
    const response = await call(
      request({
        input: input({ allowed: { ...allowed, creationTemplates: {} }, provider: { flavor: 'ecr.aws.upbound.io' } }),
        composite: composite({ ...seedParameters, ...parameters }),
      }),
    );
    expect(response.conditions?.[0]?.message).toContain('Statement[0].Principal: grants access to everyone');
  });
});
