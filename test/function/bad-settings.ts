import type { Json, JsonObject } from '../../src/json/value.ts';
import { attacks } from '../security/powers.ts';
import type { BadInput } from './bad-inputs.ts';
import { composite, example } from './call.ts';

const KEY = 'arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21';
const ROLE = 'arn:aws:iam::111122223333:role/builder';

const upjet = { provider: { flavor: 'ecr.aws.upbound.io' } };
/** Lets claims have what is for a whole prefix. */
const granted = {
  allowed: {
    creationTemplates: {},
    pullThroughCaches: { upstreams: ['registry.example.com', 'a.example.com', 'b.example.com'] },
  },
};
const grantedUpjet = { ...upjet, ...granted };
const namespaced = { provider: { flavor: 'ecr.aws.m.upbound.io' } };

/** Tags by the number of them. */
const manyTags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag-${index}`, 'x']));

/** A rule of a raw lifecycle policy that is all right but for what is put over it. */
const rule = (over: JsonObject = {}, selection: JsonObject = {}) => ({
  rulePriority: 1,
  selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10, ...selection },
  action: { type: 'expire' },
  ...over,
});

const lifecyclePolicy = (...rules: Json[]) => ({ lifecycle: { policy: { rules } } });

/** A raw repository policy of one statement that is all right but for what is put over it. */
const policy = (statement: JsonObject, over: JsonObject = {}) => ({
  access: {
    policy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'ecr:BatchGetImage', ...statement }],
      ...over,
    },
  },
});

const P = 'spec.parameters';

/** One row: what is wrong, whose rule it is, the paths named, the parameters, and the Input where it matters. */
function row(what: string, rule: string, paths: string[], parameters: JsonObject, input?: JsonObject): BadInput {
  return {
    what,
    rule,
    paths: paths.map((path) => (path.startsWith('input') ? path : `${P}.${path}`)),
    parameters,
    ...(input && { input }),
  };
}

const TAGS = 'AWS tags';
const tags: readonly BadInput[] = [
  row('51 tags', `${TAGS}: 50 at most`, ['tags'], { tags: manyTags(51) }),
  row('48 tags where the provider adds three', `${TAGS}: 50 at most`, ['tags'], { tags: manyTags(48) }, upjet),
  row(
    '30 tags of the claim and 30 of the platform',
    `${TAGS}: 50 at most`,
    ['input.enforced.tags'],
    { tags: manyTags(30) },
    {
      enforced: { tags: Object.fromEntries(Object.keys(manyTags(30)).map((key) => [`platform-${key}`, 'x'])) },
    },
  ),
  row('a reserved tag of AWS', `${TAGS}: aws: is taken`, ['tags.aws:createdBy'], { tags: { 'aws:createdBy': 'me' } }),
  row('a reserved tag of AWS in upper case', `${TAGS}: aws: is taken`, ['tags.AWS:x'], { tags: { 'AWS:x': 'me' } }),
  row('a tag without a key', `${TAGS}: keys of 1 to 128 characters`, ['tags[""]'], { tags: { '': 'x' } }),
  row('a tag with a long key', `${TAGS}: keys of 1 to 128 characters`, [`tags["${'k'.repeat(100)}…"]`], {
    tags: { ['k'.repeat(129)]: 'x' },
  }),
  row('a tag with a long value', `${TAGS}: values of up to 256 characters`, ['tags.k'], {
    tags: { k: 'v'.repeat(257) },
  }),
  row('a tag with a comma', `${TAGS}: characters`, ['tags.owners'], { tags: { owners: 'a,b' } }),
  row('a tag whose value is a number', 'types', ['tags.cost-center'], { tags: { 'cost-center': 4711 } }),
  row(
    'a tag that the provider sets',
    `${TAGS}: the provider's own`,
    ['tags'],
    { tags: { 'crossplane-name': 'x' } },
    upjet,
  ),
];

const imageTags: readonly BadInput[] = [
  row("mutability in AWS's form", 'words', ['imageTags.mutability'], { imageTags: { mutability: 'IMMUTABLE' } }),
  row('exceptions without mutability', 'required', ['imageTags.mutability'], { imageTags: { except: ['latest'] } }),
  row(
    'six exceptions',
    'ECR: five filters',
    ['imageTags.except'],
    { imageTags: { mutability: 'Immutable', except: ['a', 'b', 'c', 'd', 'e', 'f'] } },
    upjet,
  ),
  row(
    'an exception with three wildcards',
    'ECR: two wildcards',
    ['imageTags.except[0]'],
    { imageTags: { mutability: 'Immutable', except: ['*a*b*'] } },
    upjet,
  ),
  row(
    'an exception with a slash',
    'ECR: characters of a filter',
    ['imageTags.except[0]'],
    { imageTags: { mutability: 'Immutable', except: ['a/b'] } },
    upjet,
  ),
  row(
    'an exception of 129 characters',
    'ECR: 128 characters',
    ['imageTags.except[0]'],
    { imageTags: { mutability: 'Immutable', except: ['a'.repeat(129)] } },
    upjet,
  ),
  row('exceptions on the classic provider', 'flavors', ['imageTags'], {
    imageTags: { mutability: 'Immutable', except: ['latest'] },
  }),
  row("the provider's field instead of this function's", 'unknown fields', ['imageTagMutability'], {
    imageTagMutability: 'IMMUTABLE',
  }),
];

const encryption: readonly BadInput[] = [
  row(
    'a KMS key with AES256',
    'ECR: a key goes with KMS',
    ['encryption.kmsKey'],
    { encryption: { type: 'AES256', kmsKey: KEY } },
    upjet,
  ),
  row(
    'an alias for a key',
    'providers compare texts',
    ['encryption.kmsKey'],
    { encryption: { type: 'KMS', kmsKey: 'alias/ecr' } },
    upjet,
  ),
  row(
    'a key in another region',
    'ECR: key and repository in one region',
    ['encryption.kmsKey'],
    { encryption: { type: 'KMS', kmsKey: KEY.replace('eu-west-2', 'us-east-1') } },
    upjet,
  ),
  row('an unknown type', 'words', ['encryption.type'], { encryption: { type: 'aes256' } }, upjet),
  row('KMS on the classic provider', 'flavors', ['encryption'], { encryption: { type: 'KMS' } }),
];

const lifecycle: readonly BadInput[] = [
  row('an empty lifecycle', 'required', ['lifecycle'], { lifecycle: {} }),
  row('a misspelled field', 'unknown fields', ['lifecycle.keeplast'], { lifecycle: { keeplast: 5 } }),
  row('keeping none', 'ECR: counts from 1', ['lifecycle.keepLast'], { lifecycle: { keepLast: 0 } }),
  row('keeping more images than ECR supports', 'ECR: 32 bits', ['lifecycle.keepLast'], {
    lifecycle: { keepLast: 3e9 },
  }),
  row('half a day', 'types', ['lifecycle.untaggedDays'], { lifecycle: { untaggedDays: 0.5 } }),
  row('other fields together with a raw policy', 'one or the other', ['lifecycle.policy'], {
    lifecycle: { keepLast: 5, policy: { rules: [rule()] } },
  }),
  row('a rule by tag without tags', 'one of two', ['lifecycle.rules[0]'], { lifecycle: { rules: [{ keepLast: 5 }] } }),
  row('a rule by tag with two counts', 'one of two', ['lifecycle.rules[0]'], {
    lifecycle: { rules: [{ tagPrefixes: ['v'], keepLast: 5, olderThanDays: 3 }] },
  }),
  row('a prefix with a wildcard', 'ECR: wildcards in patterns only', ['lifecycle.rules[0].tagPrefixes[0]'], {
    lifecycle: { rules: [{ tagPrefixes: ['pr-*'], olderThanDays: 14 }] },
  }),
  row('a pattern with five wildcards', 'ECR: four wildcards', ['lifecycle.rules[0].tagPatterns[0]'], {
    lifecycle: { rules: [{ tagPatterns: ['*a*b*c*d*'], keepLast: 5 }] },
  }),
  row('a policy of over 30,720 characters', 'ECR: 100 to 30,720 characters', ['lifecycle'], {
    lifecycle: {
      rules: Array.from({ length: 40 }, (_, index) => ({
        tagPrefixes: ['a', 'b', 'c'].map((letter) => `release-${index}-${letter.repeat(280)}`),
        keepLast: 5,
      })),
    },
  }),
  row('more than 50 rules', 'ECR: 50 rules', ['lifecycle'], {
    lifecycle: {
      rules: Array.from({ length: 50 }, (_, index) => ({ tagPrefixes: [`v${index}`], keepLast: 5 })),
      untaggedDays: 3,
    },
  }),
  row('keepLast together with olderThanDays', 'ECR: one rule for any image', ['lifecycle'], {
    lifecycle: { keepLast: 5, olderThanDays: 30 },
  }),
  row('deleting from the archive after 30 days', 'ECR: 90 days', ['lifecycle.archive.deleteAfterDays'], {
    lifecycle: { archive: { notPulledDays: 90, deleteAfterDays: 30 } },
  }),
  row('an empty archive', 'required', ['lifecycle.archive'], { lifecycle: { archive: {} } }),
  row(
    'expiring images that are not pulled',
    'ECR: sinceImagePulled archives only',
    ['lifecycle.policy.rules[0].action.type'],
    lifecyclePolicy(rule({}, { countType: 'sinceImagePulled', countUnit: 'days' })),
  ),
  row(
    'a count in the archive',
    'ECR: the archive has sinceImageTransitioned only',
    ['lifecycle.policy.rules[0].selection.storageClass'],
    lifecyclePolicy(rule({}, { storageClass: 'archive' })),
  ),
  row(
    'days in the archive without its class, too few, archived again',
    'ECR: sinceImageTransitioned',
    [
      'lifecycle.policy.rules[0].selection.storageClass',
      'lifecycle.policy.rules[0].selection.countNumber',
      'lifecycle.policy.rules[0].action.type',
    ],
    lifecyclePolicy(
      rule(
        { action: { type: 'transition', targetStorageClass: 'archive' } },
        { countType: 'sinceImageTransitioned', countUnit: 'days', countNumber: 89 },
      ),
    ),
  ),
  row(
    'rules with equal priorities',
    'ECR: priorities differ',
    ['lifecycle.policy.rules[1].rulePriority'],
    lifecyclePolicy(rule({}, { tagStatus: 'tagged', tagPrefixList: ['v'] }), rule()),
  ),
  row(
    'a rule for any image before another',
    'ECR: any comes last',
    ['lifecycle.policy.rules[0].rulePriority'],
    lifecyclePolicy(rule(), rule({ rulePriority: 2 }, { tagStatus: 'tagged', tagPrefixList: ['v'] })),
  ),
  row(
    'two rules for untagged images',
    'ECR: one rule for untagged',
    ['lifecycle.policy.rules[1].selection.tagStatus'],
    lifecyclePolicy(rule({}, { tagStatus: 'untagged' }), rule({ rulePriority: 2 }, { tagStatus: 'untagged' })),
  ),
  row(
    'a rule for tagged images without tags',
    'ECR: tagged wants tags',
    ['lifecycle.policy.rules[0].selection.tagStatus'],
    lifecyclePolicy(rule({}, { tagStatus: 'tagged' })),
  ),
  row(
    'a rule for untagged images with tags',
    'ECR: only tagged has tags',
    ['lifecycle.policy.rules[0].selection.tagStatus'],
    lifecyclePolicy(rule({}, { tagStatus: 'untagged', tagPrefixList: ['v'] })),
  ),
  row(
    'a count with a unit',
    'ECR: no unit for counts',
    ['lifecycle.policy.rules[0].selection.countUnit'],
    lifecyclePolicy(rule({}, { countUnit: 'days' })),
  ),
  row(
    'days without a unit',
    'ECR: a unit for ages',
    ['lifecycle.policy.rules[0].selection.countUnit'],
    lifecyclePolicy(rule({}, { countType: 'sinceImagePushed' })),
  ),
  row(
    'an action that does not exist in ECR',
    'words',
    ['lifecycle.policy.rules[0].action.type'],
    lifecyclePolicy(rule({ action: { type: 'delete' } })),
  ),
  row('a policy without rules', 'ECR: at least one rule', ['lifecycle.policy.rules'], lifecyclePolicy()),
  row('a policy as text without rules', 'ECR: at least one rule', ['lifecycle.policy.rules'], {
    lifecycle: { policy: '{"rules": []}' },
  }),
  row('a policy as text that is a list', 'types', ['lifecycle.policy'], { lifecycle: { policy: '[]' } }),
];

const access: readonly BadInput[] = [
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

const deleting: readonly BadInput[] = [
  row(
    'a set of management policies that providers refuse',
    'crossplane-runtime',
    ['managementPolicies'],
    { managementPolicies: ['Create'] },
    upjet,
  ),
  row(
    'no Delete, but Force',
    'contradiction',
    ['managementPolicies'],
    { managementPolicies: ['Observe'], deletion: 'Force' },
    upjet,
  ),
  row(
    'Delete, but Retain',
    'contradiction',
    ['managementPolicies'],
    { managementPolicies: ['Observe', 'Create', 'Delete'], deletion: 'Retain' },
    upjet,
  ),
  row('management policies on the classic provider', 'flavors', ['managementPolicies'], {
    managementPolicies: ['Observe'],
  }),
  row("deletionPolicy, the provider's field", 'unknown fields', ['deletionPolicy'], {
    deletionPolicy: 'Orphan',
  }),
  row("forceDelete, the provider's field", 'unknown fields', ['forceDelete'], { forceDelete: true }),
];

const provider: readonly BadInput[] = [
  row('an unknown flavor', 'flavors', ['input.provider.flavor'], {}, { provider: { flavor: 'ecr.aws.upbound.com' } }),
  row(
    'a version that the flavor does not have',
    'flavors',
    ['input.provider.version'],
    {},
    { provider: { flavor: 'ecr.aws.m.upbound.io', version: 'v1beta2' } },
  ),
  row(
    '{name} alone as a namespaced providerConfigRef',
    'a namespaced reference has kind and name',
    ['providerConfigRef'],
    { providerConfigRef: { name: 'default' } },
    namespaced,
  ),
  row(
    'a kind of provider config that does not exist',
    'words',
    ['providerKind'],
    { providerKind: 'ClusterConfig' },
    namespaced,
  ),
  row(
    'a ClusterProviderConfig for a cluster-scoped flavor',
    'flavors',
    ['providerKind'],
    { providerKind: 'ClusterProviderConfig' },
    upjet,
  ),
  {
    ...row('cluster-scoped kinds under a namespaced composite', 'Crossplane v2', ['input.provider.flavor'], {}, upjet),
    composite: example('namespaced/workload.yaml'),
  },
  {
    what: 'namespaced kinds under a cluster-scoped composite without a claim',
    rule: 'namespaced kinds are in a namespace',
    paths: ['metadata.namespace'],
    input: { ...namespaced, nameTemplate: '{prefix}/{workload}{suffix}' },
    composite: { ...composite(), spec: { parameters: (composite().spec as JsonObject).parameters } },
  },
];

const POLLING = 'polling: from the default of the provider to a week';
const polling: readonly BadInput[] = [
  row('a poll interval shorter than that of the provider', POLLING, ['pollInterval'], { pollInterval: '1m' }, upjet),
  row('a poll interval of more than a week', POLLING, ['pollInterval'], { pollInterval: '169h' }, upjet),
  row('a poll interval in days', POLLING, ['pollInterval'], { pollInterval: '1d' }, upjet),
  row('a poll interval without a unit', 'types', ['pollInterval'], { pollInterval: 3600 }, upjet),
  row('a poll interval on the classic provider', 'flavors', ['pollInterval'], { pollInterval: '6h' }),
  row(
    'a poll interval on ACK',
    'flavors',
    ['repositories[0].pollInterval'],
    { repositories: [{ name: 'cache', pollInterval: '6h' }] },
    { provider: { flavor: 'ecr.services.k8s.aws' }, nameTemplate: '{prefix}/{workload}{suffix}' },
  ),
];

const ALLOWED = 'platform rules';
const rules: readonly BadInput[] = [
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

const prefixes: readonly BadInput[] = [
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

const single: readonly BadInput[] = [
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

const packages: readonly BadInput[] = [
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

const powers = attacks.map(({ attack, parameters, paths, input = {} }) => {
  return row(attack, 'powers', [...paths], parameters, { ...upjet, ...input });
});

/** Bad settings, by what they are about. */
export const badSettings: Readonly<Record<string, readonly BadInput[]>> = {
  'AWS tags': tags,
  'Image tags': imageTags,
  Encryption: encryption,
  'Lifecycle policies': lifecycle,
  'Repository policies': access,
  Deletion: deleting,
  Polling: polling,
  'Provider flavors': provider,
  'Limits that the platform sets': rules,
  'Powers that the platform grants': powers,
  'Settings for a whole prefix': prefixes,
  'Single repositories': single,
  'The package cache': packages,
};
