import type { JsonObject } from '../../../json/value.ts';
import { deletionOf, type Settings } from '../../api/merge-settings.ts';
import { isAnyAction } from '../../api/settings/management-policies.ts';
import { type Flavor, type PolicyDocument, type RepositoryPlan, sortedTags } from './provider.ts';

/** Repositories of crossplane-contrib/provider-aws: `ecr.aws.crossplane.io`, cluster scoped. */
export const classic: Flavor = {
  name: 'ecr.aws.crossplane.io',
  namespaced: false,
  hasProviderConfigs: true,
  replacesPolicies: false,
  providerTags: [],
  refuse,
  repository,
  lifecyclePolicy: (plan, document) => {
    return policy('v1alpha1', 'LifecyclePolicy', plan, { lifecyclePolicyText: document.text }, document);
  },
  repositoryPolicy: (plan, document) => {
    return policy('v1beta1', 'RepositoryPolicy', plan, { rawPolicy: document.text }, document);
  },
};

function refuse({ imageTags, encryption, managementPolicies, pollInterval }: Settings): ReturnType<Flavor['refuse']> {
  return {
    ...(imageTags?.except && { imageTags: 'has exceptions (except)' }),
    ...(encryption && encryption.type !== 'AES256' && { encryption: `has type ${encryption.type}` }),
    ...(managementPolicies &&
      !isAnyAction(managementPolicies) && {
        managementPolicies: 'requires a provider with --enable-management-policies',
      }),
    ...(pollInterval && { pollInterval: 'requires more than one interval for all resources (--poll)' }),
  };
}

function repository({ externalName, settings, location, labels, annotations }: RepositoryPlan): JsonObject {
  const deletion = deletionOf(settings);
  const { imageTags, scanOnPush, tags } = settings;
  return {
    apiVersion: 'ecr.aws.crossplane.io/v1beta1',
    kind: 'Repository',
    metadata: {
      annotations: { 'crossplane.io/external-name': externalName, ...annotations },
      labels: { region: location.region, ...labels },
    },
    spec: {
      deletionPolicy: deletion === 'Retain' ? 'Orphan' : undefined,
      forProvider: {
        forceDelete: deletion === 'Force' ? true : undefined,
        region: location.region,
        imageTagMutability: imageTags?.mutability.toUpperCase(),
        imageScanningConfiguration: scanOnPush === undefined ? undefined : { scanOnPush },
        tags: tags && sortedTags(tags).map(([key, value]) => ({ key, value })),
      },
      providerConfigRef: { name: location.providerName },
    },
  };
}

// Orphaned unless only the policy is deleted: after the repository is deleted, the policy does not exist, and the provider would never finish.
function policy(
  version: string,
  kind: string,
  { externalName, location }: RepositoryPlan,
  text: JsonObject,
  { deletable }: PolicyDocument,
): JsonObject {
  return {
    apiVersion: `ecr.aws.crossplane.io/${version}`,
    kind,
    metadata: { labels: { region: location.region } },
    spec: {
      deletionPolicy: deletable ? 'Delete' : 'Orphan',
      forProvider: { region: location.region, repositoryName: externalName, ...text },
      providerConfigRef: { name: location.providerName },
    },
  };
}
