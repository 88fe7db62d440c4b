import { type BadInput, granted, grantedUpjet, row } from './row.ts';

export const prefixes: readonly BadInput[] = [
  row(
    'a creation template on the classic provider',
    'flavors',
    ['creationTemplate'],
    {
      creationTemplate: { appliedFor: ['CREATE_ON_PUSH'] },
    },
    granted,
  ),
  row(
    'a creation template without events',
    'required',
    ['creationTemplate.appliedFor'],
    { creationTemplate: {} },
    grantedUpjet,
  ),
  row(
    'a creation template with tags but without a role',
    'ECR: a role for tags',
    ['creationTemplate.customRoleArn'],
    { creationTemplate: { appliedFor: ['CREATE_ON_PUSH'] }, tags: { a: 'b' } },
    grantedUpjet,
  ),
  row(
    'a pull-through cache on the classic provider',
    'flavors',
    ['pullThroughCache'],
    {
      pullThroughCache: [{ prefix: 'mirror', upstream: 'registry.example.com' }],
    },
    granted,
  ),
  row(
    'a pull-through prefix of 31 characters',
    'ECR: 2 to 30 characters',
    ['pullThroughCache[0].prefix'],
    { pullThroughCache: [{ prefix: 'm'.repeat(31), upstream: 'registry.example.com' }] },
    grantedUpjet,
  ),
  row(
    'an upstream as a URL',
    'host names',
    ['pullThroughCache[0].upstream'],
    { pullThroughCache: [{ prefix: 'mirror', upstream: 'https://registry.example.com' }] },
    grantedUpjet,
  ),
  row(
    'a secret of another name',
    'ECR: ecr-pullthroughcache/',
    ['pullThroughCache[0].credentialArn'],
    {
      pullThroughCache: [
        {
          prefix: 'mirror',
          upstream: 'registry.example.com',
          credentialArn: 'arn:aws:secretsmanager:eu-west-2:123456789012:secret:mirror-AbCdEf',
        },
      ],
    },
    grantedUpjet,
  ),
  row(
    'two rules for one prefix',
    'ECR: one rule for a prefix',
    ['pullThroughCache'],
    {
      pullThroughCache: [
        { prefix: 'mirror', upstream: 'a.example.com' },
        { prefix: 'mirror', upstream: 'b.example.com' },
      ],
    },
    grantedUpjet,
  ),
];

export const single: readonly BadInput[] = [
  row('a setting of one repository', 'paths lead to the repository', ['repositories[0].lifecycle.keepLast'], {
    repositories: [{ name: 'image', lifecycle: { keepLast: 'ten' } }],
  }),
  row('a repository listed twice', 'once for each', ['repositories'], {
    repositories: [{ name: 'cache' }, { name: 'cache' }],
  }),
  row('a limit of the flavor, for one repository', 'flavors', ['repositories[0].encryption'], {
    repositories: [{ name: 'cache', encryption: { type: 'KMS' } }],
  }),
];
