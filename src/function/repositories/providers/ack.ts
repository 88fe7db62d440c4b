import { partitionOf } from '../../../aws/partition.ts';
import type { JsonObject } from '../../../json/value.ts';
import { deletionOf, type Settings } from '../../api/merge-settings.ts';
import { accessPolicyText } from '../../api/settings/access.ts';
import { lifecyclePolicyText } from '../../api/settings/lifecycle.ts';
import { isAnyAction } from '../../api/settings/management-policies.ts';
import { ACK } from '../../observed/ack-resource.ts';
import { annotated, type Flavor, type Location, type RepositoryPlan, sortedTags, tagMutability } from './provider.ts';

/**
 * Repositories of ACK's ECR controller, namespaced. Region, deletion and adoption are set by annotations, and policies are fields of the
 * repository. Provider configs are not supported: the controller has a separate identity for each namespace.
 */
export const ack: Flavor = {
  name: 'ecr.services.k8s.aws',
  namespaced: true,
  hasProviderConfigs: false,
  replacesPolicies: false,
  // The resourceTags in the controller's chart.
  providerTags: ['services.k8s.aws/controller-version', 'services.k8s.aws/namespace'],
  refuse: ({ managementPolicies, pollInterval }) => ({
    ...(managementPolicies && !isAnyAction(managementPolicies) && { managementPolicies: 'limits the allowed actions' }),
    ...(pollInterval && {
      pollInterval: 'requires more than one interval for a kind (--reconcile-resource-resync-seconds)',
    }),
  }),
  repository,
  creationTemplate: ({ prefix, template, settings, location }) =>
    resource('RepositoryCreationTemplate', location, {
      prefix,
      appliedFor: template.appliedFor,
      description: template.description,
      customRoleARN: template.customRoleArn,
      ...imageTags(settings),
      encryptionConfiguration: settings.encryption && encryption(settings.encryption),
      lifecyclePolicy: settings.lifecycle && lifecyclePolicyText(settings.lifecycle),
      repositoryPolicy: settings.access && accessPolicyText(settings.access, partitionOf(location.region)),
      resourceTags: settings.tags && tagList(settings.tags),
    }),
  pullThroughCacheRule: (rule, location) =>
    resource('PullThroughCacheRule', location, {
      ecrRepositoryPrefix: rule.prefix,
      upstreamRegistryURL: rule.upstream,
      upstreamRepositoryPrefix: rule.upstreamPrefix,
      credentialARN: rule.credentialArn,
      customRoleARN: rule.customRoleArn,
    }),
  adoptionOf: (object) => annotated(object, { [ACK.adoptionPolicy]: 'adopt-or-create' }),
};

function repository({ externalName, settings, location, labels, annotations, adopts }: RepositoryPlan): JsonObject {
  const deletion = deletionOf(settings);
  const { scanOnPush, lifecycle, access, tags } = settings;
  const metadata = {
    annotations: {
      ...annotations,
      // Always set, since a namespace or the controller may have another default.
      [ACK.deletionPolicy]: deletion === 'Retain' ? 'retain' : 'delete',
      [ACK.forceDelete]: deletion === 'Force' ? 'true' : undefined,
      // Without it, the controller does not adopt an existing repository, and reports an error.
      [ACK.adoptionPolicy]: adopts ? 'adopt-or-create' : undefined,
    },
    labels,
  };
  const spec = {
    name: externalName,
    ...imageTags(settings),
    imageScanningConfiguration: scanOnPush === undefined ? undefined : { scanOnPush },
    encryptionConfiguration: settings.encryption && encryption(settings.encryption),
    lifecyclePolicy: lifecycle && lifecyclePolicyText(lifecycle),
    policy: access && accessPolicyText(access, partitionOf(location.region)),
    tags: tags && tagList(tags),
  };
  return resource('Repository', location, spec, metadata);
}

interface Metadata {
  readonly annotations?: JsonObject;
  readonly labels?: JsonObject;
}

function resource(
  kind: string,
  location: Location,
  spec: JsonObject,
  { annotations, labels }: Metadata = {},
): JsonObject {
  return {
    apiVersion: `${ack.name}/v1alpha1`,
    kind,
    metadata: {
      namespace: location.namespace,
      annotations: { [ACK.region]: location.region, ...annotations },
      labels: { region: location.region, ...labels },
    },
    spec,
  };
}

function imageTags(settings: Settings): JsonObject {
  const { mutability, filters } = tagMutability(settings);
  return { imageTagMutability: mutability, imageTagMutabilityExclusionFilters: filters };
}

function encryption({ type, kmsKey }: NonNullable<Settings['encryption']>): JsonObject {
  return { encryptionType: type, kmsKey };
}

function tagList(tags: Readonly<Record<string, string>>): JsonObject[] {
  return sortedTags(tags).map(([key, value]) => ({ key, value }));
}
