import type { JsonObject } from '../../src/json/value.ts';
import { badSettings } from './bad-settings.ts';
import { composite, seedParameters } from './call.ts';

/** Something a person may get wrong, and where the function must say so. The message itself is in examples/reference/bad-input.md. */
export interface BadInput {
  readonly what: string;
  /** Whose rule it breaks. */
  readonly rule: string;
  /** Paths of the fields that the message names, in its order. */
  readonly paths: readonly string[];
  /** Fields of the Input; left out, `defaults: {deletion: Force}`. */
  readonly input?: JsonObject;
  /** The whole Input object, where its kind or version is what is wrong. */
  readonly wholeInput?: JsonObject;
  /** Put over the parameters of the example claim; undefined takes one away. */
  readonly parameters?: JsonObject;
  /** The whole composite. */
  readonly composite?: JsonObject;
}

/** Parameters with a source that asks for signatures. */
const verifying = (verify: JsonObject) => ({ packageCache: { sources: [{ name: 's', verify }] } });

const LONG = 'a'.repeat(240);

/** What issue authors get wrong most: the parameters that every claim has. */
const claims: readonly BadInput[] = [
  {
    what: 'a missing parameter',
    rule: 'every claim sets workloadName, repoPrefix, region and providerName',
    paths: ['spec.parameters.region'],
    parameters: { region: undefined },
  },
  {
    what: 'no parameters',
    rule: 'every claim sets workloadName, repoPrefix, region and providerName',
    paths: [
      'spec.parameters.workloadName',
      'spec.parameters.repoPrefix',
      'spec.parameters.region',
      'spec.parameters.providerName',
    ],
    composite: { ...composite(), spec: {} },
  },
  {
    what: 'parameters that are not an object',
    rule: 'spec.parameters is an object',
    paths: ['spec.parameters'],
    composite: composite('example-app'),
  },
  {
    what: 'a number where text belongs',
    rule: 'types',
    paths: ['spec.parameters.workloadName'],
    parameters: { workloadName: 5 },
  },
  {
    what: 'a parameter that is null',
    rule: 'types',
    paths: ['spec.parameters.region'],
    parameters: { region: null },
  },
  {
    what: 'an empty name',
    rule: 'names are not empty',
    paths: ['spec.parameters.workloadName'],
    parameters: { workloadName: '' },
  },
  {
    what: 'a misspelled parameter',
    rule: 'unknown fields that are nearly a known one are refused',
    paths: ['spec.parameters.regoin', 'spec.parameters.region'],
    parameters: { region: undefined, regoin: 'eu-west-2' },
  },
  {
    what: 'a misspelled parameter in addition to the correct one',
    rule: 'unknown fields that are nearly a known one are refused',
    paths: ['spec.parameters.Region'],
    parameters: { Region: 'eu-west-1' },
  },
  {
    what: 'a region that does not exist',
    rule: 'AWS region names',
    paths: ['spec.parameters.region'],
    parameters: { region: 'London' },
  },
  {
    what: 'an availability zone instead of a region',
    rule: 'AWS region names',
    paths: ['spec.parameters.region'],
    parameters: { region: 'eu-west-2a' },
  },
  {
    what: 'a deletion in the wrong case',
    rule: 'deletion is Retain, IfEmpty or Force',
    paths: ['spec.parameters.deletion'],
    parameters: { deletion: 'force' },
  },
  {
    what: 'several mistakes at once',
    rule: 'all are told at once',
    paths: ['spec.parameters.workloadName', 'spec.parameters.deletion'],
    parameters: { workloadName: '', deletion: 'Keep' },
  },
];

const names: readonly BadInput[] = [
  {
    what: 'an upper-case workload name',
    rule: 'ECR repository names',
    paths: ['spec.parameters.workloadName'],
    parameters: { workloadName: 'Example-App' },
  },
  {
    what: 'two dots side by side',
    rule: 'ECR repository names',
    paths: ['spec.parameters.workloadName'],
    parameters: { workloadName: 'example..app' },
  },
  {
    what: 'a name with a character that ECR does not allow',
    rule: 'ECR repository names',
    paths: ['spec.parameters.repoPrefix'],
    parameters: { repoPrefix: 'tap/work+loads' },
  },
  {
    what: 'a path with an empty part',
    rule: 'ECR repository names',
    paths: ['spec.parameters.repoPrefix'],
    parameters: { repoPrefix: 'tap//workloads' },
  },
  {
    what: 'a name that ends with a separator',
    rule: 'ECR repository names',
    paths: ['spec.parameters'],
    input: { repositories: [{ name: 'image', suffix: '-' }] },
  },
  {
    what: 'a name of 257 characters',
    rule: 'ECR repository names: 2 to 256 characters',
    paths: ['spec.parameters'],
    parameters: { workloadName: LONG, repoPrefix: 'a'.repeat(8) },
    input: { repositories: [{ name: 'image' }] },
  },
  {
    what: 'a name of one character',
    rule: 'ECR repository names: 2 to 256 characters',
    paths: ['spec.parameters'],
    parameters: { workloadName: 'a' },
    input: { nameTemplate: '{workload}{suffix}', repositories: [{ name: 'image' }] },
  },
  {
    what: 'a registry host in another region',
    rule: 'the host in repoPrefix is in the region asked for',
    paths: ['spec.parameters.repoPrefix'],
    parameters: { repoPrefix: '123456789012.dkr.ecr.us-east-1.amazonaws.com/tap' },
  },
  {
    what: 'a registry as a URL',
    rule: 'repoPrefix has no scheme',
    paths: ['spec.parameters.repoPrefix'],
    parameters: { repoPrefix: 'https://123456789012.dkr.ecr.eu-west-2.amazonaws.com/tap' },
  },
  {
    what: 'a cluster-scoped composite without a claim',
    rule: 'the name template wants a namespace',
    paths: ['metadata.namespace'],
    composite: { ...composite(), spec: { parameters: seedParameters } },
  },
];

const inputs: readonly BadInput[] = [
  {
    what: 'an Input of another version',
    rule: 'the Input is workload-ecr.fn.crossplane.io/v1beta1, Input',
    paths: ['input'],
    wholeInput: { apiVersion: 'workload-ecr.fn.crossplane.io/v1alpha1', kind: 'Input' },
  },
  {
    what: 'an Input of another kind',
    rule: 'the Input is workload-ecr.fn.crossplane.io/v1beta1, Input',
    paths: ['input'],
    wholeInput: { apiVersion: 'pt.fn.crossplane.io/v1beta1', kind: 'Resources', resources: [] },
  },
  {
    what: 'an unknown field in the Input',
    rule: 'unknown fields of the Input are refused',
    paths: ['input.default'],
    input: { default: {} },
  },
  {
    what: 'an unknown field in a layer of the Input',
    rule: 'unknown fields of the Input are refused',
    paths: ['input.defaults.delete'],
    input: { defaults: { delete: true } },
  },
  {
    what: 'a ttl that is not a duration',
    rule: 'durations are written like 90s or 1h30m',
    paths: ['input.ttl'],
    input: { ttl: '10 minutes' },
  },
  {
    what: 'a negative ttl',
    rule: 'durations are written like 90s or 1h30m',
    paths: ['input.ttl'],
    input: { ttl: '-1m' },
  },
  {
    what: 'a ttl under a second',
    rule: 'durations have a smallest and a largest value',
    paths: ['input.ttl'],
    input: { ttl: '0s' },
  },
  {
    what: 'a ttl over a day',
    rule: 'durations have a smallest and a largest value',
    paths: ['input.ttl'],
    input: { ttl: '25h' },
  },
  {
    what: 'a ttl without a unit',
    rule: 'types',
    paths: ['input.ttl'],
    input: { ttl: 600 },
  },
  {
    what: 'a name template with an unknown placeholder',
    rule: 'templates know five placeholders',
    paths: ['input.nameTemplate'],
    input: { nameTemplate: '{prefix}/{name}{suffix}' },
  },
  {
    what: 'a name template without the workload',
    rule: 'workloads do not share repositories',
    paths: ['input.nameTemplate'],
    input: { nameTemplate: '{prefix}/{namespace}{suffix}' },
  },
  {
    what: 'a name template that gives all repositories one name',
    rule: 'the repositories of a workload differ',
    paths: ['input.nameTemplate'],
    input: { nameTemplate: '{prefix}/{workload}' },
  },
  {
    what: 'a resourceNamePrefix that does not end with a dash',
    rule: 'composed names of a step can be read',
    paths: ['input.resourceNamePrefix'],
    input: { resourceNamePrefix: 'west' },
  },
  {
    what: 'a prefix that is reserved for the package cache',
    rule: 'composed names of a step can be read',
    paths: ['input.resourceNamePrefix'],
    input: { resourceNamePrefix: 'package-cache-x-' },
  },
  {
    what: 'a prefix of 33 characters',
    rule: 'texts are bounded',
    paths: ['input.resourceNamePrefix'],
    input: { resourceNamePrefix: `${'a'.repeat(32)}-` },
  },
  {
    what: 'no repositories',
    rule: 'a workload has a repository',
    paths: ['input.repositories'],
    input: { repositories: [] },
  },
  {
    what: 'a repository that is listed twice',
    rule: 'the repositories of a workload differ',
    paths: ['input.repositories'],
    input: { repositories: [{ name: 'image' }, { name: 'image' }] },
  },
  {
    what: 'two repositories with one suffix',
    rule: 'the repositories of a workload differ',
    paths: ['input.repositories'],
    input: { repositories: [{ name: 'image' }, { name: 'other', suffix: '' }] },
  },
  {
    what: 'a repository with a name that no resource can have',
    rule: 'repository names in the Input',
    paths: ['input.repositories[0].name'],
    input: { repositories: [{ name: 'Image_1' }] },
  },
  {
    what: 'a repository without a name',
    rule: 'repository names in the Input',
    paths: ['input.repositories[0].name'],
    input: { repositories: [{ suffix: '-x' }] },
  },
  {
    what: 'a mistyped value in enforced',
    rule: 'types',
    paths: ['input.enforced.region'],
    input: { enforced: { region: ['eu-west-2'] } },
  },
];

const sizes: readonly BadInput[] = [
  {
    what: 'a name of 200,000 characters',
    rule: 'every text has a length',
    paths: ['spec.parameters.workloadName'],
    parameters: { workloadName: 'a'.repeat(200_000) },
  },
  {
    what: 'parameters of more than 262,144 characters',
    rule: 'all parameters together have a size',
    paths: ['spec.parameters'],
    parameters: { workloadName: 'a'.repeat(300_000) },
  },
  {
    what: 'parameters of another step that are nested too deep',
    rule: 'parameters are nested at most 32 levels deep',
    paths: ['spec.parameters.other[0][0][0][0][0][0][0]'],
    parameters: { other: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) },
  },
  {
    what: '201 parameters',
    rule: 'objects have at most 200 fields',
    paths: ['spec.parameters'],
    parameters: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`other${index}`, 1])),
  },
  {
    what: '21 sources of packages',
    rule: 'every list has a size',
    paths: ['spec.parameters.packageCache.sources'],
    parameters: { packageCache: { sources: Array.from({ length: 21 }, (_, index) => ({ name: `s${index}` })) } },
  },
  {
    what: 'a source that is checked every second',
    rule: 'durations have a smallest and a largest value',
    paths: ['spec.parameters.packageCache.sources[0].interval', 'spec.parameters.packageCache.sources[0].timeout'],
    parameters: { packageCache: { sources: [{ name: 's', interval: '1s', timeout: '1h' }] } },
  },
  {
    what: 'a signature by a key and by a certificate',
    rule: 'either secretRef or matchOIDCIdentity',
    paths: ['spec.parameters.packageCache.sources[0].verify'],
    parameters: verifying({ secretRef: { name: 'keys' }, matchOIDCIdentity: [{ issuer: '.*', subject: '.*' }] }),
  },
  {
    what: 'a signature by anyone',
    rule: 'either secretRef or matchOIDCIdentity',
    paths: ['spec.parameters.packageCache.sources[0].verify'],
    parameters: verifying({}),
  },
  {
    what: 'an empty list of identities',
    rule: 'signers are named',
    paths: ['spec.parameters.packageCache.sources[0].verify.matchOIDCIdentity'],
    parameters: verifying({ matchOIDCIdentity: [] }),
  },
  {
    what: 'an identity without an issuer, and one of an empty subject',
    rule: 'identities have an issuer and a subject',
    paths: [
      'spec.parameters.packageCache.sources[0].verify.matchOIDCIdentity[0].issuer',
      'spec.parameters.packageCache.sources[0].verify.matchOIDCIdentity[1].subject',
    ],
    parameters: verifying({ matchOIDCIdentity: [{ subject: '.*' }, { issuer: '.*', subject: '' }] }),
  },
  {
    what: 'an identity with a subject of 513 characters',
    rule: 'every text has a length',
    paths: ['spec.parameters.packageCache.sources[0].verify.matchOIDCIdentity[0].subject'],
    parameters: verifying({ matchOIDCIdentity: [{ issuer: '.*', subject: 'a'.repeat(513) }] }),
  },
  {
    what: 'a trusted root for keys',
    rule: 'keys need no root',
    paths: ['spec.parameters.packageCache.sources[0].verify.trustedRootSecretRef'],
    parameters: verifying({ secretRef: { name: 'keys' }, trustedRootSecretRef: { name: 'root' } }),
  },
  {
    what: 'signatures of Notation',
    rule: 'cosign only',
    paths: ['spec.parameters.packageCache.sources[0].verify.provider'],
    parameters: verifying({ secretRef: { name: 'keys' }, provider: 'notation' }),
  },
  {
    what: 'a trusted root in a file',
    rule: 'a ConfigMap or a Secret',
    paths: ['input.packageCache.trustedRoot.kind'],
    input: { packageCache: { trustedRoot: { kind: 'File', name: 'root' } } },
  },
  {
    what: 'a trusted root without its object',
    rule: 'a ConfigMap and a Secret have a name',
    paths: ['input.packageCache.trustedRoot.name'],
    input: { packageCache: { trustedRoot: { kind: 'Secret' } } },
  },
  {
    what: 'a name of the built-in root',
    rule: 'PublicGood is no object',
    paths: ['input.packageCache.trustedRoot.name'],
    input: { packageCache: { trustedRoot: { kind: 'PublicGood', name: 'root' } } },
  },
  {
    what: 'the built-in root in a claim',
    rule: 'the platform chooses it',
    paths: ['spec.parameters.packageCache.sources[0].verify.trustedRoot'],
    parameters: verifying({
      matchOIDCIdentity: [{ issuer: '^i$', subject: '^s$' }],
      trustedRoot: { kind: 'PublicGood' },
    }),
  },
  {
    what: 'a thousand and one allowed regions',
    rule: 'every list has a size',
    paths: ['input.allowed.regions'],
    input: { allowed: { regions: Array.from({ length: 1_001 }, () => 'eu-west-2') } },
  },
  {
    what: 'one of a thousand allowed prefixes',
    rule: 'messages name the first twenty',
    paths: ['spec.parameters.repoPrefix'],
    input: { allowed: { prefixes: Array.from({ length: 1_000 }, (_, index) => `team-${index}`) } },
  },
  {
    what: 'more mistakes than a message lists',
    rule: 'messages show the first twenty problems',
    paths: Array.from({ length: 20 }, (_, index) => `spec.parameters.access.pull.accounts[${index}]`),
    parameters: { access: { pull: { accounts: Array.from({ length: 200 }, (_, index) => index) } } },
  },
];

/** Every bad input, by what it is about. */
export const badInputs: Readonly<Record<string, readonly BadInput[]>> = {
  'The claim': claims,
  'The names': names,
  'The Input of the Composition': inputs,
  Sizes: sizes,
  ...badSettings,
};
