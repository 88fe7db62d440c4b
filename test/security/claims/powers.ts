import type { JsonObject } from '../../../src/json/value.ts';

const ROLE = 'arn:aws:iam::123456789012:role/ecr-creation';
const SECRET = 'arn:aws:secretsmanager:eu-west-2:123456789012:secret:ecr-pullthroughcache/mirror-AbCdEf';

/** Parameters of a claim that require a grant. */
export interface Attack {
  readonly attack: string;
  /** The author's changes to the parameters of the example. */
  readonly parameters: JsonObject;
  /** The path of the error, under spec.parameters. */
  readonly paths: readonly string[];
  /** An Input without the grant. Default: an empty one. */
  readonly input?: JsonObject;
  /** `allowed` of the smallest Input with the grant. */
  readonly grant: JsonObject;
}

const installing = (install: JsonObject): JsonObject => ({ packageCache: { sources: [{ name: 'cfg', install }] } });
const pulling = (rule: JsonObject = {}): JsonObject => ({
  pullThroughCache: [{ prefix: 'mirror', upstream: 'registry.example.com', ...rule }],
});
const templating = (template: JsonObject = {}): JsonObject => ({
  creationTemplate: { appliedFor: ['CREATE_ON_PUSH'], ...template },
});

const INSTALL = 'packageCache.sources[0].install';
const configurations = { install: { kinds: ['Configuration'] } };
const upstreams = { pullThroughCaches: { upstreams: ['registry.example.com'] } };

/** Parameters that require a grant, and the grant. */
export const attacks: readonly Attack[] = [
  ...['Configuration', 'Provider', 'Function'].map((kind) => ({
    attack: `a ${kind} installed without allowed.install`,
    parameters: installing({ kind }),
    paths: [INSTALL],
    grant: { install: { kinds: [kind] } },
  })),
  {
    attack: 'a Provider although only Configurations are allowed',
    parameters: installing({ kind: 'Provider' }),
    paths: [`${INSTALL}.kind`],
    input: { allowed: configurations },
    grant: { install: { kinds: ['Configuration', 'Provider'] } },
  },
  {
    attack: 'an installed package without an allowed kind',
    parameters: installing({ kind: 'Function' }),
    paths: [`${INSTALL}.kind`],
    input: { allowed: { install: { kinds: [] } } },
    grant: { install: { kinds: ['Function'] } },
  },
  {
    attack: 'a package under a name of the author’s choice',
    parameters: installing({ kind: 'Configuration', name: 'provider-aws' }),
    paths: [`${INSTALL}.name`],
    input: { allowed: configurations },
    grant: { install: { kinds: ['Configuration'], names: ['provider-aws'] } },
  },
  {
    attack: 'a package under a name that only begins like an allowed one',
    parameters: installing({ kind: 'Configuration', name: 'team-alpha' }),
    paths: [`${INSTALL}.name`],
    input: { allowed: { install: { kinds: ['Configuration'], names: ['team-a', 'team-a-*'] } } },
    grant: { install: { kinds: ['Configuration'], names: ['team-*'] } },
  },
  {
    attack: 'a package with its dependencies',
    parameters: installing({ kind: 'Configuration', skipDependencyResolution: false }),
    paths: [`${INSTALL}.skipDependencyResolution`],
    input: { allowed: configurations },
    grant: { install: { kinds: ['Configuration'], dependencies: true } },
  },
  {
    attack: 'a creation template for a whole prefix',
    parameters: templating(),
    paths: ['creationTemplate'],
    grant: { creationTemplates: {} },
  },
  {
    attack: 'a creation template with a role of the author’s choice',
    parameters: templating({ customRoleArn: ROLE }),
    paths: ['creationTemplate.customRoleArn'],
    input: { allowed: { creationTemplates: { roles: [`${ROLE}-2`] } } },
    grant: { creationTemplates: { roles: [ROLE] } },
  },
  {
    attack: 'a pull-through cache',
    parameters: pulling(),
    paths: ['pullThroughCache'],
    grant: upstreams,
  },
  {
    attack: 'a pull-through cache of an upstream that is not allowed',
    parameters: pulling(),
    paths: ['pullThroughCache[0].upstream'],
    input: { allowed: { pullThroughCaches: { upstreams: ['example.com', 'my.registry.example.com'] } } },
    grant: upstreams,
  },
  {
    attack: 'a pull-through cache with a secret of the platform',
    parameters: pulling({ credentialArn: SECRET }),
    paths: ['pullThroughCache[0].credentialArn'],
    input: { allowed: upstreams },
    grant: { pullThroughCaches: { upstreams: ['registry.example.com'], credentials: [SECRET] } },
  },
  {
    attack: 'a pull-through cache with a role of the platform',
    parameters: pulling({ customRoleArn: ROLE }),
    paths: ['pullThroughCache[0].customRoleArn'],
    input: { allowed: upstreams },
    grant: { pullThroughCaches: { upstreams: ['registry.example.com'], roles: [ROLE] } },
  },
  {
    attack: 'a pull-through cache for every repository of the registry',
    parameters: pulling({ prefix: 'ROOT' }),
    paths: ['pullThroughCache[0].prefix'],
    input: { allowed: upstreams },
    grant: { ...upstreams, prefixes: ['ROOT', 'tap/workloads'] },
  },
  {
    attack: 'the second of two rules, of which the first is allowed',
    parameters: {
      pullThroughCache: [
        { prefix: 'mirror', upstream: 'registry.example.com' },
        { prefix: 'other', upstream: 'evil.example.org' },
      ],
    },
    paths: ['pullThroughCache[1].upstream'],
    input: { allowed: upstreams },
    grant: { pullThroughCaches: { upstreams: ['registry.example.com', 'evil.example.org'] } },
  },
];
