import { describe, expect, test } from 'vitest';
import { accessPolicyText } from '../../../src/function/api/settings/access.ts';
import { readAccess } from '../../../src/preview/model/access.ts';

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const others = (text: string) => readAccess(text).slice(1);

test("without a policy, only the registry's own account has access", () => {
  expect(readAccess(undefined)).toMatchObject([{ who: "Identities of the registry's own account", pull: 'yes' }]);
});

test('the table lists what the setting access grants', () => {
  const text = accessPolicyText(
    {
      pull: { accounts: ['111122223333'], organizations: ['o-a1b2c3d4e5'], lambda: true },
      push: { roles: ['arn:aws:iam::444455556666:role/ci/builder'] },
    },
    'aws',
  );
  expect(others(text).map(({ who, pull, push, conditions }) => [who, pull, push, ...conditions])).toEqual([
    ['Account 111122223333', 'yes', 'no'],
    ['Everyone', 'yes', 'no', 'aws:PrincipalOrgID StringEquals o-a1b2c3d4e5'],
    ['AWS Lambda', 'yes', 'no', 'aws:sourceArn StringLike arn:aws:lambda:*:111122223333:function:*'],
    ['Role ci/builder of account 444455556666', 'yes', 'yes'],
  ]);
});

describe('a raw policy', () => {
  test('has denials, wildcards and other actions', () => {
    const [all, denied, lists] = others(
      policy(
        { Effect: 'Allow', Principal: '*', Action: 'ecr:*' },
        { Effect: 'Deny', Principal: { AWS: '111122223333' }, Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrl*'] },
        { Effect: 'Allow', Principal: { Service: 'x.amazonaws.com' }, Action: ['ecr:ListImages'] },
      ),
    );
    expect(all).toMatchObject({ who: 'Everyone', pull: 'yes', push: 'yes', others: [] });
    expect(denied).toMatchObject({ who: 'Account 111122223333', pull: 'denied', push: 'no' });
    expect(lists).toMatchObject({ who: 'The AWS service x.amazonaws.com', pull: 'no', others: ['ecr:ListImages'] });
  });

  test('that allows only a part of the push actions does not allow a push', () => {
    const [row] = others(policy({ Effect: 'Allow', Principal: '*', Action: ['ecr:PutImage'] }));
    expect(row).toMatchObject({ pull: 'no', push: 'no' });
  });
});
