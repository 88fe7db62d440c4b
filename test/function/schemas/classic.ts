import type { JsonObject } from '../../../src/json/value.ts';

// The ECR kinds of crossplane-contrib/provider-aws, as far as the function writes them: fields, lists and objects as in the CRDs of
// v0.58.0. Their status may be anything.

const text = { type: 'string' };
const flag = { type: 'boolean' };
const object = (properties: JsonObject, ...required: string[]): JsonObject => ({
  type: 'object',
  properties,
  required,
});

const repository = object(
  {
    region: text,
    forceDelete: flag,
    imageTagMutability: { type: 'string', enum: ['MUTABLE', 'IMMUTABLE'] },
    imageScanningConfiguration: object({ scanOnPush: flag }, 'scanOnPush'),
    tags: { type: 'array', items: object({ key: text, value: text }, 'key', 'value') },
  },
  'region',
);

const lifecyclePolicy = object(
  { region: text, registryID: text, repositoryName: text, lifecyclePolicyText: text },
  'region',
  'lifecyclePolicyText',
);

const repositoryPolicy = object(
  { region: text, registryId: text, repositoryName: text, rawPolicy: text, force: flag },
  'region',
);

/** The CRDs of `ecr.aws.crossplane.io`. */
export const classicCrds: readonly JsonObject[] = [
  crd('Repository', 'repositories', 'v1beta1', repository),
  crd('LifecyclePolicy', 'lifecyclepolicies', 'v1alpha1', lifecyclePolicy),
  crd('RepositoryPolicy', 'repositorypolicies', 'v1beta1', repositoryPolicy),
];

function crd(kind: string, plural: string, version: string, forProvider: JsonObject): JsonObject {
  const group = 'ecr.aws.crossplane.io';
  const spec = object(
    {
      deletionPolicy: { type: 'string', enum: ['Orphan', 'Delete'] },
      forProvider,
      managementPolicies: { type: 'array', items: text },
      providerConfigRef: object({ name: text }, 'name'),
    },
    'forProvider',
  );
  const status = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const properties = { apiVersion: text, kind: text, metadata: { type: 'object' }, spec, status };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: object(properties, 'spec') },
        },
      ],
    },
  };
}
