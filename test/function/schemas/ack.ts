import type { JsonObject } from '../../../src/json/value.ts';

// The kinds of ACK's ECR controller v1.8.1, as far as the function writes them and reads their status: fields, lists, required fields and
// rules of immutability as in its CRDs.

const text = { type: 'string' };
const object = (properties: JsonObject, ...required: string[]): JsonObject => ({
  type: 'object',
  properties,
  required,
});
const list = (items: JsonObject): JsonObject => ({ type: 'array', items });
const immutable = {
  ...text,
  'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'Value is immutable once set' }],
};

const tags = list(object({ key: text, value: text }));
const reference = object({ from: object({ name: text, namespace: text }) });
const common = {
  encryptionConfiguration: object({ encryptionType: text, kmsKey: text, kmsKeyRef: reference }),
  imageTagMutability: text,
  imageTagMutabilityExclusionFilters: list(object({ filter: text, filterType: text })),
  lifecyclePolicy: text,
};

const KINDS = {
  repositories: {
    kind: 'Repository',
    spec: object(
      {
        ...common,
        name: text,
        registryID: text,
        imageScanningConfiguration: object({ scanOnPush: { type: 'boolean' } }),
        policy: text,
        tags,
      },
      'name',
    ),
    status: { repositoryURI: text, createdAt: text },
  },
  pullthroughcacherules: {
    kind: 'PullThroughCacheRule',
    spec: object(
      {
        ecrRepositoryPrefix: immutable,
        upstreamRegistryURL: immutable,
        upstreamRegistry: immutable,
        upstreamRepositoryPrefix: immutable,
        registryID: immutable,
        credentialARN: text,
        credentialRef: reference,
        customRoleARN: text,
        customRoleRef: reference,
      },
      'ecrRepositoryPrefix',
      'upstreamRegistryURL',
    ),
    status: { createdAt: text, updatedAt: text },
  },
  repositorycreationtemplates: {
    kind: 'RepositoryCreationTemplate',
    spec: object(
      {
        ...common,
        prefix: immutable,
        appliedFor: list(text),
        customRoleARN: text,
        customRoleRef: reference,
        description: text,
        repositoryPolicy: text,
        resourceTags: tags,
      },
      'prefix',
      'appliedFor',
    ),
    status: { createdAt: text, registryID: text, updatedAt: text },
  },
} as const;

const condition = object(
  { type: text, status: text, reason: text, message: text, lastTransitionTime: text },
  'status',
  'type',
);
const metadata = object({ arn: text, ownerAccountID: text, region: text, partition: text }, 'ownerAccountID', 'region');

/** The CRDs of ACK's ECR controller. */
export const ackCrds: readonly JsonObject[] = Object.entries(KINDS).map(([plural, { kind, spec, status }]) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.ecr.services.k8s.aws` },
  spec: {
    group: 'ecr.services.k8s.aws',
    scope: 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: object({
            apiVersion: text,
            kind: text,
            metadata: { type: 'object' },
            spec,
            status: object({ ...status, ackResourceMetadata: metadata, conditions: list(condition) }),
          }),
        },
      },
    ],
  },
}));
