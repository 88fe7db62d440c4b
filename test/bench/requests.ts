import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { NAME_IS_CHECKED, nameLabel } from '../../src/function/repositories/name-conflict.ts';
import type { JsonObject } from '../../src/json/value.ts';
import type { Resource, RunFunctionRequest } from '../../src/protocol/messages.ts';
import { statusOf } from '../e2e/claims.ts';

const examples = `${import.meta.dirname}/../../examples/claim`;
const claim: JsonObject = parse(readFileSync(`${examples}/claim.yaml`, 'utf8'));
const composition = parse(readFileSync(`${examples}/composition.yaml`, 'utf8'));
const input: JsonObject = composition.spec.pipeline[0].input;

const REPOSITORIES = {
  imagerepo: 'tap/workloads/example-app-default',
  bundlerepo: 'tap/workloads/example-app-default-bundle',
};

/** What Crossplane sends for the example claim once its two repositories are there: about 8 KB. */
export const seedRequest: RunFunctionRequest = {
  meta: { tag: 'a'.repeat(64), capabilities: [1, 2, 3, 4, 5] },
  observed: {
    composite: { resource: composite() },
    resources: {
      imagerepo: { resource: repository('imagerepo', REPOSITORIES.imagerepo) },
      bundlerepo: { resource: repository('bundlerepo', REPOSITORIES.bundlerepo) },
    },
  },
  desired: { composite: { resource: { apiVersion: 'tap.vrabbi.cloud/v1alpha1', kind: 'XWorkloadECRRepo' } } },
  input,
};

/** The same with 50 resources of an earlier step, observed and desired: about 30 KB. */
export const crowdedRequest: RunFunctionRequest = {
  ...seedRequest,
  observed: { ...seedRequest.observed, resources: { ...seedRequest.observed?.resources, ...others(true) } },
  desired: { ...seedRequest.desired, resources: others(false) },
};

/** The seed request of the composite number `index` of many: other names, another uid, another tag. */
export function seedRequestOf(index: number): RunFunctionRequest {
  const text = JSON.stringify(seedRequest).replaceAll('example-app', `app-${index}`);
  const { meta, ...rest }: RunFunctionRequest = JSON.parse(
    text.replaceAll('5b1f3a9e', index.toString(16).padStart(8, '0')),
  );
  return { ...rest, meta: { ...meta, tag: createHash('sha256').update(String(index)).digest('hex') } };
}

function composite(): JsonObject {
  const name = 'example-app-repos-x7k2p';
  return {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'XWorkloadECRRepo',
    metadata: {
      name,
      generateName: 'example-app-repos-',
      uid: '5b1f3a9e-9f7e-4d5c-9d0e-2f6f6c1f5a11',
      resourceVersion: '48211',
      generation: 4,
      creationTimestamp: '2026-03-01T09:12:44Z',
      finalizers: ['composite.apiextensions.crossplane.io'],
      labels: {
        'crossplane.io/claim-name': 'example-app-repos',
        'crossplane.io/claim-namespace': 'default',
        'crossplane.io/composite': name,
      },
      managedFields: [
        managedFields('apiextensions.crossplane.io/claim'),
        managedFields('apiextensions.crossplane.io/composite'),
      ],
    },
    spec: {
      ...(claim.spec as JsonObject),
      claimRef: {
        apiVersion: 'tap.vrabbi.cloud/v1alpha1',
        kind: 'WorkloadECRRepo',
        name: 'example-app-repos',
        namespace: 'default',
      },
      compositionRef: { name: 'workloadecrrepo' },
      compositionRevisionRef: { name: 'workloadecrrepo-8f2c1d0' },
      compositionUpdatePolicy: 'Automatic',
      resourceRefs: ['a', 'b'].map((id) => ({
        apiVersion: 'ecr.aws.crossplane.io/v1beta1',
        kind: 'Repository',
        name: `${name}-${id}0f3ac1d2e4b`,
      })),
    },
    // As the function's answer of the call before has left it.
    status: {
      conditions: conditions(['Ready', 'Synced', 'ParametersValid', 'RepositoriesReady']),
      repositories: { image: statusOf(REPOSITORIES.imagerepo), bundle: statusOf(REPOSITORIES.bundlerepo) },
    },
  };
}

function repository(composedName: string, externalName: string): JsonObject {
  const { uri, arn, registryId } = statusOf(externalName);
  return {
    apiVersion: 'ecr.aws.crossplane.io/v1beta1',
    kind: 'Repository',
    metadata: {
      name: `example-app-repos-x7k2p-${composedName}`,
      generateName: 'example-app-repos-x7k2p-',
      uid: 'c7a1d0b6-2f0c-4d0e-8d53-7a4e6c9b1d22',
      resourceVersion: '48200',
      generation: 2,
      creationTimestamp: '2026-03-01T09:12:45Z',
      finalizers: ['finalizer.managedresource.crossplane.io'],
      annotations: {
        'crossplane.io/composition-resource-name': composedName,
        ...NAME_IS_CHECKED,
        'crossplane.io/external-create-pending': '2026-03-01T09:12:46Z',
        'crossplane.io/external-create-succeeded': '2026-03-01T09:12:46Z',
        'crossplane.io/external-name': externalName,
      },
      labels: {
        'crossplane.io/composite': 'example-app-repos-x7k2p',
        region: 'eu-west-2',
        ...nameLabel('eu-west-2', externalName),
      },
      managedFields: [managedFields('apiextensions.crossplane.io/composed'), managedFields('crossplane-aws-provider')],
    },
    spec: {
      deletionPolicy: 'Delete',
      forProvider: {
        forceDelete: true,
        imageScanningConfiguration: { scanOnPush: false },
        imageTagMutability: 'MUTABLE',
        region: 'eu-west-2',
      },
      managementPolicies: ['*'],
      providerConfigRef: { name: 'aws-provider' },
    },
    status: {
      atProvider: {
        createdAt: '2026-03-01T09:12:46Z',
        registryId,
        repositoryArn: arn,
        repositoryName: externalName,
        repositoryUri: uri,
      },
      conditions: conditions(['Ready', 'Synced']),
    },
  };
}

function conditions(types: readonly string[]): JsonObject[] {
  return types.map((type) => ({
    type,
    status: 'True',
    reason: type === 'Ready' ? 'Available' : 'ReconcileSuccess',
    lastTransitionTime: '2026-03-01T09:12:47Z',
    observedGeneration: 2,
  }));
}

function managedFields(manager: string): JsonObject {
  return {
    apiVersion: 'ecr.aws.crossplane.io/v1beta1',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': { 'f:annotations': { 'f:crossplane.io/external-name': {} }, 'f:labels': { 'f:region': {} } },
      'f:spec': { 'f:forProvider': { 'f:region': {}, 'f:forceDelete': {} } },
    },
    manager,
    operation: 'Apply',
    time: '2026-03-01T09:12:45Z',
  };
}

function others(observed: boolean): Record<string, Resource> {
  const entries = Array.from({ length: 50 }, (_, index): [string, Resource] => {
    const name = `earlier-${index}`;
    const resource: JsonObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: 'default',
        labels: { app: 'example' },
        ...(observed && { resourceVersion: '48211', uid: `uid-${index}` }),
      },
      data: { key: 'value '.repeat(6) },
    };
    return [name, { resource }];
  });
  return Object.fromEntries(entries);
}
