import { attacks } from '../../security/claims/powers.ts';
import { type BadInput, policy, ROLE, row, upjet } from './row.ts';

const ALLOWED = 'platform rules';
export const rules: readonly BadInput[] = [
  row('a region that is not allowed', ALLOWED, ['region'], {}, { allowed: { regions: ['eu-central-1'] } }),
  row('a prefix that is not allowed', ALLOWED, ['repoPrefix'], {}, { allowed: { prefixes: ['team-a', 'team-b'] } }),
  row(
    'a prefix that only begins like an allowed one',
    ALLOWED,
    ['repoPrefix'],
    { repoPrefix: 'team-alpha' },
    { allowed: { prefixes: ['team-a'] } },
  ),
  row(
    'a provider config that is not allowed',
    ALLOWED,
    ['providerName'],
    {},
    { allowed: { providerConfigs: ['tenant'] } },
  ),
  row(
    'an account that is not allowed',
    ALLOWED,
    ['access'],
    { access: { pull: { accounts: ['999999999999'] } } },
    { allowed: { accounts: ['111122223333'] } },
  ),
  row(
    'a role of an account that is not allowed',
    ALLOWED,
    ['access'],
    { access: { push: { roles: [ROLE] } } },
    { allowed: { accounts: [] } },
  ),
  row('everyone in a raw policy', ALLOWED, ['access.policy.Statement[0].Principal'], policy({ Principal: '*' }), {
    allowed: { accounts: ['111122223333'] },
  }),
  row(
    'an organization, where accounts are limited',
    ALLOWED,
    ['access'],
    { access: { pull: { organizations: ['o-a1b2c3d4e5'] } } },
    { allowed: { accounts: ['111122223333'] } },
  ),
  row('an unknown rule', 'unknown fields', ['input.allowed.region'], {}, { allowed: { region: ['eu-west-2'] } }),
];

export const powers = attacks.map(({ attack, parameters, paths, input = {} }) => {
  return row(attack, 'powers', [...paths], parameters, { ...upjet, ...input });
});

export const packages: readonly BadInput[] = [
  row(
    'a label that Kubernetes would refuse',
    "Kubernetes: a label's key",
    ['input.packageCache.labels["the team"]'],
    {},
    {
      packageCache: { labels: { 'the team': 'web' } },
    },
  ),
];
