import { type BadInput, policy, ROLE, row } from './row.ts';

export const access: readonly BadInput[] = [
  row('an empty access', 'required', ['access'], { access: {} }),
  row('an account as a number', 'types', ['access.pull.accounts[0]'], {
    access: { pull: { accounts: [111122223333] } },
  }),
  row('an account of 11 digits', 'AWS accounts', ['access.pull.accounts[0]'], {
    access: { pull: { accounts: ['11112222333'] } },
  }),
  row('a role by its name', 'ARNs', ['access.push.roles[0]'], { access: { push: { roles: ['builder'] } } }),
  row('an invalid organization', 'AWS organizations', ['access.pull.organizations[0]'], {
    access: { pull: { organizations: ['acme'] } },
  }),
  row('Lambda without accounts', 'required', ['access.pull.lambda'], {
    access: { pull: { roles: [ROLE], lambda: true } },
  }),
  row('other fields together with a raw policy', 'one or the other', ['access.policy'], {
    access: { pull: { roles: [ROLE] }, ...policy({}).access },
  }),
  row('a policy of over 10,240 characters', 'ECR: 10,240 characters', ['access'], {
    access: { pull: { roles: Array.from({ length: 150 }, (_, index) => `${ROLE}-${index}-${'x'.repeat(50)}`) } },
  }),
  row('a policy of another version', 'IAM', ['access.policy.Version'], policy({}, { Version: '2020-01-01' })),
  row('a policy without statements', 'IAM', ['access.policy.Statement'], policy({}, { Statement: [] })),
  row('a policy as text that is not JSON', 'types', ['access.policy'], { access: { policy: 'Version: 2012-10-17' } }),
  row('a policy as text with a key twice', 'whole or refused', ['access.policy'], {
    access: { policy: '{"Statement":[{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"ecr:*"}]}' },
  }),
  row('a policy as text without statements', 'IAM', ['access.policy.Statement'], {
    access: { policy: '{"Version":"2012-10-17"}' },
  }),
  row('a statement without a principal', 'IAM', ['access.policy.Statement[0]'], policy({ Principal: undefined })),
  row('a statement with an unknown effect', 'IAM', ['access.policy.Statement[0].Effect'], policy({ Effect: 'Permit' })),
  row(
    'actions of another service',
    'ECR',
    ['access.policy.Statement[0].Action[0]'],
    policy({ Action: ['s3:GetObject'] }),
  ),
  row(
    'an action of the registry',
    'ECR: ecr:GetAuthorizationToken is not of a repository',
    ['access.policy.Statement[0].Action[1]'],
    policy({ Action: ['ecr:BatchGetImage', 'ecr:GetAuthorizationToken'] }),
  ),
  row(
    'a number in a list of accounts',
    'whole or refused',
    ['access.policy.Statement[0].Principal.AWS[1]'],
    policy({ Principal: { AWS: ['111122223333', 444455556666] } }),
  ),
  row('a list in a list of statements', 'whole or refused', ['access.policy.Statement[1]'], {
    access: { policy: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:*' }, [{ Effect: 'Deny' }]] } },
  }),
  row(
    'a list in a list of actions',
    'whole or refused',
    ['access.policy.Statement[0].Action[0]'],
    policy({ Action: [['ecr:BatchGetImage']] }),
  ),
  row('an empty condition', 'IAM', ['access.policy.Statement[0].Condition'], policy({ Condition: {} })),
  row(
    'an unknown condition operator',
    'IAM',
    ['access.policy.Statement[0].Condition.StringEqual'],
    policy({ Condition: { StringEqual: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } } }),
  ),
  row(
    'a kind of principal in lower case',
    'IAM',
    ['access.policy.Statement[0].Principal.aws'],
    policy({ Principal: { aws: '*' } }),
  ),
  row('a misspelled element', 'IAM', ['access.policy.Statement[0].Actions'], policy({ Actions: ['ecr:*'] })),
];
