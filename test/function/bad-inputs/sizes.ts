import type { JsonObject } from '../../../src/json/value.ts';
import type { BadInput } from './row.ts';

/** Parameters with a source that requires signatures. */
const verifying = (verify: JsonObject) => ({ packageCache: { sources: [{ name: 's', verify }] } });

export const sizes: readonly BadInput[] = [
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
