import type { JsonObject } from '../../../src/json/value.ts';

// The ECR kinds of provider-upjet-aws, as far as the function writes them: fields, lists and objects as in the CRDs of v2.6.0. Their
// status may be anything.

const text = { type: 'string' };
const flag = { type: 'boolean' };
const texts = { type: 'array', items: text };
const map = { type: 'object', additionalProperties: text };
const object = (properties: JsonObject, ...required: string[]): JsonObject => ({
  type: 'object',
  properties,
  required,
});
const list = (items: JsonObject): JsonObject => ({ type: 'array', items });

const actions = list({ type: 'string', enum: ['Observe', 'Create', 'Update', 'Delete', 'LateInitialize', '*'] });
const filters = list(object({ filter: text, filterType: text }));
const encryption = list(object({ encryptionType: text, kmsKey: text }));
const scanning = object({ scanOnPush: flag });

const repository = (imageScanningConfiguration: JsonObject) =>
  object(
    {
      region: text,
      forceDelete: flag,
      imageTagMutability: text,
      imageTagMutabilityExclusionFilter: filters,
      imageScanningConfiguration,
      encryptionConfiguration: encryption,
      tags: map,
    },
    'region',
  );

const policy = object({ region: text, policy: text, repository: text }, 'region', 'policy');

const pullThroughCacheRule = object(
  {
    region: text,
    ecrRepositoryPrefix: text,
    upstreamRegistryUrl: text,
    upstreamRepositoryPrefix: text,
    credentialArn: text,
    customRoleArn: text,
  },
  'region',
  'ecrRepositoryPrefix',
  'upstreamRegistryUrl',
);

const creationTemplate = object(
  {
    region: text,
    prefix: text,
    appliedFor: texts,
    customRoleArn: text,
    description: text,
    encryptionConfiguration: encryption,
    imageTagMutability: text,
    imageTagMutabilityExclusionFilter: filters,
    lifecyclePolicy: text,
    repositoryPolicy: text,
    resourceTags: map,
  },
  'region',
  'prefix',
  'appliedFor',
);

const registryPolicy = object({ region: text, policy: text }, 'region', 'policy');

const scanningConfiguration = object(
  {
    region: text,
    scanType: text,
    rule: list(object({ scanFrequency: text, repositoryFilter: filters }, 'scanFrequency', 'repositoryFilter')),
  },
  'region',
  'scanType',
);

const replicationRules = object({
  rule: list(
    object({ destination: list(object({ region: text, registryId: text }, 'region')), repositoryFilter: filters }),
  ),
});
const replication = (replicationConfiguration: JsonObject) =>
  object({ region: text, replicationConfiguration }, 'region');

const GROUPS = {
  'ecr.aws.upbound.io': {
    scope: 'Cluster',
    spec: {
      deletionPolicy: { type: 'string', enum: ['Orphan', 'Delete'] },
      providerConfigRef: object({ name: text }, 'name'),
    },
    repositories: { v1beta1: repository(list(scanning)), v1beta2: repository(scanning) },
    replications: { v1beta1: replication(list(replicationRules)), v1beta2: replication(replicationRules) },
  },
  'ecr.aws.m.upbound.io': {
    scope: 'Namespaced',
    // No deletionPolicy, and no default for either part of the reference.
    spec: { providerConfigRef: object({ kind: text, name: text }, 'kind', 'name') },
    repositories: { v1beta1: repository(scanning) },
    replications: { v1beta1: replication(replicationRules) },
  },
} as const;

/** The CRDs of both groups. */
export const upjetCrds: readonly JsonObject[] = Object.entries(GROUPS).flatMap(
  ([group, { scope, spec, repositories, replications }]) => {
    const crd = (kind: string, plural: string, versions: Readonly<Record<string, JsonObject>>): JsonObject => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope,
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: Object.entries(versions).map(([name, forProvider], index) => ({
          name,
          served: true,
          storage: index === 0,
          subresources: { status: {} },
          schema: { openAPIV3Schema: managed(spec, forProvider) },
        })),
      },
    });
    return [
      crd('Repository', 'repositories', repositories),
      crd('LifecyclePolicy', 'lifecyclepolicies', { v1beta1: policy }),
      crd('RepositoryPolicy', 'repositorypolicies', { v1beta1: policy }),
      crd('PullThroughCacheRule', 'pullthroughcacherules', { v1beta1: pullThroughCacheRule }),
      crd('RepositoryCreationTemplate', 'repositorycreationtemplates', { v1beta1: creationTemplate }),
      crd('RegistryPolicy', 'registrypolicies', { v1beta1: registryPolicy }),
      crd('RegistryScanningConfiguration', 'registryscanningconfigurations', { v1beta1: scanningConfiguration }),
      crd('ReplicationConfiguration', 'replicationconfigurations', replications),
    ];
  },
);

function managed(spec: JsonObject, forProvider: JsonObject): JsonObject {
  return object(
    {
      apiVersion: text,
      kind: text,
      metadata: { type: 'object' },
      spec: object({ ...spec, forProvider, managementPolicies: actions }, 'forProvider'),
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
    'spec',
  );
}
