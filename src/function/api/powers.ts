import * as z from 'zod/mini';
import { listOf, text } from './checks.ts';

const MAX_WORDS = 1_000;
const words = listOf(text(2_048).check(z.minLength(1, 'must not be empty')), MAX_WORDS);

const KINDS = ['Configuration', 'Provider', 'Function'] as const;

const install = z.strictObject({
  kinds: listOf(z.enum(KINDS), KINDS.length).check(z.describe('Kinds of packages that claims may install.')),
  names: z._default(
    listOf(
      text(253).check(
        z.regex(/^[a-z0-9.*-]{1,253}$/, 'must be the name of a package, with * for any number of characters'),
      ),
      MAX_WORDS,
    ).check(
      z.describe(
        'Values of install.name, with * for any number of characters. Without any, packages are named after their repository.',
      ),
    ),
    [],
  ),
  dependencies: z._default(
    z
      .boolean()
      .check(
        z.describe(
          'Let Crossplane install what these packages depend on, of any kind and from any registry. Without it, they are installed with skipDependencyResolution.',
        ),
      ),
    false,
  ),
});

const roles = z._default(words.check(z.describe('Values of customRoleArn.')), []);

const creationTemplates = z.strictObject({ roles });

const pullThroughCaches = z.strictObject({
  upstreams: words.check(z.describe('Values of upstream.')),
  credentials: z._default(words.check(z.describe('Values of credentialArn.')), []),
  roles,
});

/** The fields of `allowed` in the Input that turn powers on. */
export const powers = {
  install: install.check(z.describe('Let claims install packages, which are cluster scoped. Default: they cannot.')),
  creationTemplates: creationTemplates.check(
    z.describe(
      'Let claims have a creationTemplate, which is for every repository below repoPrefix. Default: they cannot.',
    ),
  ),
  pullThroughCaches: pullThroughCaches.check(
    z.describe('Let claims have pullThroughCache rules, which are for the whole registry. Default: they cannot.'),
  ),
};

/** The fields of the Input that grant powers. */
export interface Granted {
  readonly prefixes?: readonly string[] | undefined;
  readonly install?: z.infer<typeof install> | undefined;
  readonly creationTemplates?: z.infer<typeof creationTemplates> | undefined;
  readonly pullThroughCaches?: z.infer<typeof pullThroughCaches> | undefined;
}

/** Something that the Input lets claims do, or does for them, for people to read. */
export interface Power {
  /** The field of the Input that turns it on. */
  readonly field: string;
  /** The field of a claim that asks for it; undefined for a right of every claim. */
  readonly claim?: string;
  /** The worst that the claim's author can do with it. */
  readonly effect: string;
}

/** Every power. All are off, or lists without entries, by default. */
export const POWERS: readonly Power[] = [
  {
    field: 'allowed.install.kinds',
    claim: 'packageCache.sources[].install',
    effect:
      'Install packages of these kinds for the whole cluster, from the registries that sources may name. A Configuration brings XRDs and Compositions, and with them whatever Crossplane may do; a Provider or Function runs a program in the cluster. An ImageConfig pins the tag of the package for everybody who installs that tag.',
  },
  {
    field: 'allowed.install.names',
    claim: 'packageCache.sources[].install.name',
    effect:
      'Choose the names of these packages. A package that something else made is not taken over, but a name that is free can be taken before the platform uses it.',
  },
  {
    field: 'allowed.install.dependencies',
    claim: 'packageCache.sources[].install.skipDependencyResolution',
    effect: 'Have Crossplane install what these packages depend on: any kind, any version, from any registry.',
  },
  {
    field: 'allowed.creationTemplates',
    claim: 'creationTemplate',
    effect:
      'Decide the settings, the access policy among them, of repositories that ECR creates below repoPrefix. Set allowed.prefixes beside it: without it, repoPrefix may be the prefix of another team.',
  },
  {
    field: 'allowed.creationTemplates.roles',
    claim: 'creationTemplate.customRoleArn',
    effect: 'Have ECR take these IAM roles.',
  },
  {
    field: 'allowed.pullThroughCaches.upstreams',
    claim: 'pullThroughCache[].upstream',
    effect:
      'Have ECR copy images of these registries into the whole registry. Set allowed.prefixes beside it: without it, a rule may be for the prefix of another team.',
  },
  {
    field: 'allowed.pullThroughCaches.credentials',
    claim: 'pullThroughCache[].credentialArn',
    effect: 'Have ECR log in upstream with these secrets, and so read whatever they open.',
  },
  {
    field: 'allowed.pullThroughCaches.roles',
    claim: 'pullThroughCache[].customRoleArn',
    effect: 'Have ECR take these IAM roles.',
  },
  {
    field: 'packageCache.allowedRegistries',
    claim: 'packageCache.sources[].url',
    effect:
      "Have the service connect to these registries and carry what it finds into the cluster; for ECR registries among them, with the platform's AWS login.",
  },
  {
    field: 'packageCache.allowProxies',
    claim: 'packageCache.sources[].proxySecretRef',
    effect:
      'Have the service connect to any proxy, which sees and chooses where the connection goes. The AWS login of the platform never goes through it.',
  },
  {
    field: 'packageCache.allowCertificates',
    claim: 'packageCache.sources[].certSecretRef',
    effect:
      'Name the CA that a registry is known by, and show a client certificate. The AWS login of the platform never goes over such a connection.',
  },
  {
    field: 'packageCache.allowInsecure',
    claim: 'packageCache.sources[].insecure',
    effect:
      'Fetch over plain HTTP: anyone on the network path chooses what is fetched. The AWS login of the platform never goes over such a connection.',
  },
  {
    field: 'packageCache.allowLocalAddresses',
    claim: 'packageCache.sources[].url',
    effect:
      'Reach the pod of the service itself, its node and the metadata services of the cloud, through a registry that is listed or one of its redirects.',
  },
  {
    field: 'packageCache.allowPrivateAddresses',
    claim: 'packageCache.sources[].url',
    effect:
      'Reach private networks and the Services of the cluster, through a registry that is listed or one of its redirects.',
  },
  {
    field: 'pullSecret',
    effect:
      "Everybody who may read Secrets in the namespace of a claim may do in ECR what the function's AWS identity may. Give it a role that can only pull.",
  },
];

/** The rights of every claim unless the Input limits them. */
export const LIMITS: readonly Power[] = [
  {
    field: 'allowed.regions',
    claim: 'region',
    effect: 'Create repositories in any region that the provider config reaches.',
  },
  {
    field: 'allowed.prefixes',
    claim: 'repoPrefix',
    effect: 'Create repositories below any prefix, and adopt one of that name that no composite has.',
  },
  {
    field: 'allowed.providerConfigs',
    claim: 'providerName',
    effect: 'Use the AWS identity of any provider config that the composite can refer to.',
  },
  {
    field: 'allowed.accounts',
    claim: 'access',
    effect: "Let any AWS account, or everybody, pull from or push to the workload's repositories.",
  },
  {
    field: 'allowed.organizations',
    claim: 'access',
    effect: "Let any AWS organization pull from the workload's repositories.",
  },
  {
    field: 'nameConflicts',
    claim: 'workloadName',
    effect:
      'Nothing by default: Refuse keeps claims from the repositories of other composites. With Ignore, a claim takes over any repository whose name it comes to.',
  },
];
