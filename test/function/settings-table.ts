import type { JsonObject } from '../../src/json/value.ts';
import type { RunFunctionRequest } from '../../src/protocol/messages.ts';
import { composite, input, objectAt, request, seedParameters } from './call.ts';

const KEY = 'arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21';
const ROLE = 'arn:aws:iam::111122223333:role/builder';

/** Allows claims to have resources for a whole prefix. */
const GRANTED = { creationTemplates: { roles: [ROLE] }, pullThroughCaches: { upstreams: ['registry.example.com'] } };

/** All settings in all forms, by a readable name. */
export const settings: Readonly<Record<string, JsonObject>> = {
  'deletion: Retain': { deletion: 'Retain' },
  'deletion: IfEmpty': { deletion: 'IfEmpty' },
  'deletion: Force': { deletion: 'Force' },
  'mutable tags': { imageTags: { mutability: 'Mutable' } },
  'immutable tags': { imageTags: { mutability: 'Immutable' } },
  'immutable tags with exceptions': { imageTags: { mutability: 'Immutable', except: ['latest', 'sha256-*'] } },
  'mutable tags with exceptions': { imageTags: { mutability: 'Mutable', except: ['v*'] } },
  'scan on push': { scanOnPush: true },
  'encryption with AES256': { encryption: { type: 'AES256' } },
  "encryption with AWS's KMS key": { encryption: { type: 'KMS' } },
  'encryption with a KMS key': { encryption: { type: 'KMS', kmsKey: KEY } },
  'encryption with a KMS key in two layers': { encryption: { type: 'KMS_DSSE', kmsKey: KEY } },
  'AWS tags': { tags: { team: 'a', 'cost-center': '4711' } },
  'lifecycle: keep the last': { lifecycle: { keepLast: 50 } },
  'lifecycle: untagged': { lifecycle: { untaggedDays: 14 } },
  'lifecycle: older than': { lifecycle: { olderThanDays: 90 } },
  'lifecycle: archive': { lifecycle: { archive: { notPulledDays: 90, deleteAfterDays: 365 } } },
  'lifecycle: by tag': { lifecycle: { rules: [{ tagPrefixes: ['pr-'], olderThanDays: 30 }] } },
  'lifecycle: raw policy': {
    lifecycle: {
      policy: {
        rules: [
          {
            rulePriority: 1,
            selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 9 },
            action: { type: 'expire' },
          },
        ],
      },
    },
  },
  'access: accounts pull': { access: { pull: { accounts: ['111122223333'] } } },
  'access: an organization pulls': { access: { pull: { organizations: ['o-a1b2c3d4e5'] } } },
  'access: Lambda': { access: { pull: { accounts: ['111122223333'], lambda: true } } },
  'access: roles push': { access: { push: { roles: [ROLE] } } },
  'access: raw policy': {
    access: {
      policy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'ecr:BatchGetImage' }],
      },
    },
  },
  'access: policy as JSON text': {
    access: { policy: '{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"ecr:*"}}' },
  },
  'management policies': { managementPolicies: ['Observe'] },
  'poll interval': { pollInterval: '6h' },
  'creation template': { creationTemplate: { appliedFor: ['CREATE_ON_PUSH'] } },
  'pull-through cache': { pullThroughCache: [{ prefix: 'mirror', upstream: 'registry.example.com' }] },
  'provider config of the namespace': { providerKind: 'ProviderConfig' },
  'provider config of the cluster': { providerKind: 'ClusterProviderConfig' },
};

/** The provider flavors and versions, by a readable name. */
export const flavors: Readonly<Record<string, JsonObject>> = {
  'ecr.aws.crossplane.io': { flavor: 'ecr.aws.crossplane.io' },
  'ecr.aws.upbound.io v1beta1': { flavor: 'ecr.aws.upbound.io', version: 'v1beta1' },
  'ecr.aws.upbound.io v1beta2': { flavor: 'ecr.aws.upbound.io', version: 'v1beta2' },
  'ecr.aws.m.upbound.io': { flavor: 'ecr.aws.m.upbound.io' },
  'ecr.services.k8s.aws': { flavor: 'ecr.services.k8s.aws' },
};

/** True when the kinds of a flavor are in a namespace. */
export function isNamespaced({ flavor }: JsonObject): boolean {
  return flavor === 'ecr.aws.m.upbound.io' || flavor === 'ecr.services.k8s.aws';
}

/** A request for one repository with a setting, in a flavor; namespaced if the flavor is. */
export function requestFor(parameters: JsonObject, provider: JsonObject): RunFunctionRequest {
  const own = composite({ ...seedParameters, ...parameters });
  const namespaced = {
    ...own,
    kind: 'WorkloadECRRepo',
    metadata: { name: 'example-app-repos', namespace: 'default' },
    spec: { parameters: objectAt(own, 'spec').parameters },
  };
  return request({
    input: input({ provider, repositories: [{ name: 'image' }], allowed: GRANTED }),
    composite: isNamespaced(provider) ? namespaced : own,
  });
}
