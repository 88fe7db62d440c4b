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
        'Values of install.name, with * for any number of characters. If empty, packages are named after their repository.',
      ),
    ),
    [],
  ),
  dependencies: z._default(
    z
      .boolean()
      .check(
        z.describe(
          'Allow Crossplane to install the dependencies of these packages, of any kind and from any registry. Otherwise, packages are installed with skipDependencyResolution.',
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

/** The fields of `allowed` in the Input that grant powers. */
export const powers = {
  install: install.check(
    z.describe('Allow claims to install packages, which are cluster scoped. Default: they cannot.'),
  ),
  creationTemplates: creationTemplates.check(
    z.describe(
      'Allow claims to set creationTemplate, which applies to every repository below repoPrefix. Default: they cannot.',
    ),
  ),
  pullThroughCaches: pullThroughCaches.check(
    z.describe('Allow claims to set pullThroughCache, whose rules apply to the whole registry. Default: they cannot.'),
  ),
};

/** The fields of the Input that grant powers. */
export interface Granted {
  readonly prefixes?: readonly string[] | undefined;
  readonly install?: z.infer<typeof install> | undefined;
  readonly creationTemplates?: z.infer<typeof creationTemplates> | undefined;
  readonly pullThroughCaches?: z.infer<typeof pullThroughCaches> | undefined;
}

/** A power that the Input grants to claims, described for users. */
export interface Power {
  /** The field of the Input that grants it. */
  readonly field: string;
  /** The field of a claim that requests it; undefined for a right of every claim. */
  readonly claim?: string;
  /** The worst effect that the claim's author can achieve with it. */
  readonly effect: string;
}

/** All powers. By default, all are disabled or empty lists. */
export const POWERS: readonly Power[] = [
  {
    field: 'allowed.install.kinds',
    claim: 'packageCache.sources[].install',
    effect:
      'Install packages of these kinds for the whole cluster, from the registries that sources may name. A Configuration installs XRDs and Compositions, which can use all permissions of Crossplane; a Provider or Function runs a program in the cluster. An ImageConfig pins the tag of the package for everyone who installs that tag.',
  },
  {
    field: 'allowed.install.names',
    claim: 'packageCache.sources[].install.name',
    effect:
      'Choose the names of these packages. A package that was created by other means is not taken over, but an unused name can be taken before the platform uses it.',
  },
  {
    field: 'allowed.install.dependencies',
    claim: 'packageCache.sources[].install.skipDependencyResolution',
    effect: 'Make Crossplane install the dependencies of these packages: any kind, any version, from any registry.',
  },
  {
    field: 'allowed.creationTemplates',
    claim: 'creationTemplate',
    effect:
      'Choose the settings, including the access policy, of repositories that ECR creates below repoPrefix. Also set allowed.prefixes; otherwise, repoPrefix may be the prefix of another team.',
  },
  {
    field: 'allowed.creationTemplates.roles',
    claim: 'creationTemplate.customRoleArn',
    effect: 'Make ECR assume these IAM roles.',
  },
  {
    field: 'allowed.pullThroughCaches.upstreams',
    claim: 'pullThroughCache[].upstream',
    effect:
      'Make ECR copy images of these registries into the whole registry. Also set allowed.prefixes; otherwise, a rule may use the prefix of another team.',
  },
  {
    field: 'allowed.pullThroughCaches.credentials',
    claim: 'pullThroughCache[].credentialArn',
    effect:
      'Make ECR log in to upstream registries with these secrets, and so read everything that they give access to.',
  },
  {
    field: 'allowed.pullThroughCaches.roles',
    claim: 'pullThroughCache[].customRoleArn',
    effect: 'Make ECR assume these IAM roles.',
  },
  {
    field: 'packageCache.allowedRegistries',
    claim: 'packageCache.sources[].url',
    effect:
      "Make the service connect to these registries and store their content in the cluster; for ECR registries, with the platform's AWS login.",
  },
  {
    field: 'packageCache.allowProxies',
    claim: 'packageCache.sources[].proxySecretRef',
    effect:
      'Make the service connect to any proxy, which sees and chooses the destination of the connection. The AWS login of the platform is never sent through it.',
  },
  {
    field: 'packageCache.allowCertificates',
    claim: 'packageCache.sources[].certSecretRef',
    effect:
      'Choose the CA that authenticates a registry, and present a client certificate. The AWS login of the platform is never sent over such a connection.',
  },
  {
    field: 'packageCache.allowInsecure',
    claim: 'packageCache.sources[].insecure',
    effect:
      'Fetch over plain HTTP: anyone on the network path chooses what is fetched. The AWS login of the platform is never sent over such a connection.',
  },
  {
    field: 'packageCache.allowLocalAddresses',
    claim: 'packageCache.sources[].url',
    effect:
      'Access the pod of the service itself, its node and the metadata services of the cloud, through a listed registry or one of its redirects.',
  },
  {
    field: 'packageCache.allowPrivateAddresses',
    claim: 'packageCache.sources[].url',
    effect:
      'Access private networks and the Services of the cluster, through a listed registry or one of its redirects.',
  },
  {
    field: 'pullSecret',
    effect:
      "Everyone who may read Secrets in the namespace of a claim has the permissions of the function's AWS identity in ECR. Use a role that can only pull.",
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
    effect: 'Create repositories below any prefix, and adopt existing ones that no composite has.',
  },
  {
    field: 'allowed.providerConfigs',
    claim: 'providerName',
    effect: 'Use the AWS identity of any provider config that the composite can refer to.',
  },
  {
    field: 'allowed.accounts',
    claim: 'access',
    effect: "Allow any AWS account, or everyone, to pull from or push to the workload's repositories.",
  },
  {
    field: 'allowed.organizations',
    claim: 'access',
    effect: "Allow any AWS organization to pull from the workload's repositories.",
  },
  {
    field: 'nameConflicts',
    claim: 'workloadName',
    effect:
      'Nothing by default: Refuse protects the repositories of other composites from claims. With Ignore, a claim takes over any repository with the name that results from its parameters.',
  },
];
