import { partitionOf } from '../../../aws/partition.ts';
import type { JsonObject } from '../../../json/value.ts';
import { deletionOf, type Settings } from '../../api/merge-settings.ts';
import { accessPolicyText } from '../../api/settings/access.ts';
import { lifecyclePolicyText } from '../../api/settings/lifecycle.ts';
import { WITHOUT_DELETE, withoutDelete } from '../../api/settings/management-policies.ts';
import type { PullThroughRule } from '../../api/settings/registry-prefix.ts';
import { objectAt } from '../../observed/managed-resource.ts';
import {
  annotated,
  type Flavor,
  type FlavorName,
  type Location,
  type PolicyDocument,
  type RegistryResource,
  type RepositoryPlan,
  sortedTags,
  type TemplatePlan,
  tagMutability,
} from './provider.ts';

/** The differences between the two groups of provider-upjet-aws. */
export interface UpjetGroup {
  readonly name: FlavorName;
  readonly namespaced: boolean;
  /** The version of the kind Repository. All other kinds are v1beta1. */
  readonly repositoryVersion: 'v1beta1' | 'v1beta2';
  /** True when imageScanningConfiguration is a list in that version. */
  readonly scanningIsList: boolean;
  /** The keys of the tags that the provider adds. */
  readonly providerTags: readonly string[];
  providerConfigRef(location: Location): JsonObject;
  /** The fields of spec that retain the AWS object when the managed resource is deleted. */
  readonly orphan: JsonObject;
}

/** Returns the flavor of a group of provider-upjet-aws. */
export function upjetFlavor(group: UpjetGroup): Flavor {
  const base = (version: string, kind: string, location: Location, metadata: JsonObject, spec: JsonObject) =>
    managedResource(group, version, kind, location, metadata, spec);
  return {
    name: group.name,
    namespaced: group.namespaced,
    hasProviderConfigs: true,
    replacesPolicies: true,
    providerTags: group.providerTags,
    refuse: () => ({}),
    repository: (plan) => {
      const { location, externalName, labels } = plan;
      const annotations = {
        'crossplane.io/external-name': externalName,
        ...polling(plan.settings),
        ...plan.annotations,
      };
      const metadata = { annotations, labels: { region: location.region, ...labels } };
      return base(group.repositoryVersion, 'Repository', location, metadata, repositorySpec(plan, group));
    },
    lifecyclePolicy: (plan, document) => policy(group, 'LifecyclePolicy', plan, document),
    repositoryPolicy: (plan, document) => policy(group, 'RepositoryPolicy', plan, document),
    creationTemplate: (plan) => {
      const annotations = { 'crossplane.io/external-name': plan.prefix };
      return base(
        'v1beta1',
        'RepositoryCreationTemplate',
        plan.location,
        { annotations },
        { forProvider: template(plan) },
      );
    },
    pullThroughCacheRule: (rule, location) =>
      base('v1beta1', 'PullThroughCacheRule', location, {}, { forProvider: cacheRule(rule, location) }),
    adoptionOf: (object) => {
      const { ecrRepositoryPrefix } = objectAt(objectAt(object, 'spec'), 'forProvider');
      return ecrRepositoryPrefix === undefined
        ? object
        : annotated(object, { 'crossplane.io/external-name': ecrRepositoryPrefix });
    },
    registryResource: (asked, location) => {
      // A flavor in which scanning is a list also has replication as a list.
      const version = asked.kind === 'ReplicationConfiguration' ? group.repositoryVersion : 'v1beta1';
      const forProvider = { region: location.region, ...registrySpec(asked, group) };
      return base(version, asked.kind, location, {}, { forProvider });
    },
  };
}

function managedResource(
  group: UpjetGroup,
  version: string,
  kind: string,
  location: Location,
  metadata: JsonObject,
  spec: JsonObject,
): JsonObject {
  return {
    apiVersion: `${group.name}/${version}`,
    kind,
    metadata: { namespace: location.namespace, ...metadata },
    spec: { ...spec, providerConfigRef: group.providerConfigRef(location) },
  };
}

function policy(
  group: UpjetGroup,
  kind: string,
  plan: RepositoryPlan,
  { text, deletable }: PolicyDocument,
): JsonObject {
  const { location, externalName, settings } = plan;
  const kept = settings.managementPolicies ? withoutDelete(settings.managementPolicies) : [...WITHOUT_DELETE];
  return managedResource(
    group,
    'v1beta1',
    kind,
    location,
    { annotations: polling(settings), labels: { region: location.region } },
    {
      managementPolicies: deletable ? ['*'] : kept,
      forProvider: { policy: text, region: location.region, repository: externalName },
    },
  );
}

function cacheRule(rule: PullThroughRule, { region }: Location): JsonObject {
  return {
    region,
    ecrRepositoryPrefix: rule.prefix,
    upstreamRegistryUrl: rule.upstream,
    upstreamRepositoryPrefix: rule.upstreamPrefix,
    credentialArn: rule.credentialArn,
    customRoleArn: rule.customRoleArn,
  };
}

function registrySpec(asked: RegistryResource, { scanningIsList }: UpjetGroup): JsonObject {
  if (asked.kind === 'RegistryPolicy') return { policy: asked.text };
  if (asked.kind === 'RegistryScanningConfiguration') {
    const { type, rules } = asked.scanning;
    const rule = rules.map(({ frequency, repositories }) => ({
      scanFrequency: frequency,
      repositoryFilter: repositories.map((filter) => ({ filter, filterType: 'WILDCARD' })),
    }));
    return { scanType: type, rule };
  }
  const rule = asked.replication.rules.map(({ destinations, prefixes }) => ({
    destination: destinations.map(({ region, account }) => ({ region, registryId: account })),
    repositoryFilter: prefixes?.map((filter) => ({ filter, filterType: 'PREFIX_MATCH' })),
  }));
  return { replicationConfiguration: scanningIsList ? [{ rule }] : { rule } };
}

function repositorySpec({ settings, location }: RepositoryPlan, group: UpjetGroup): JsonObject {
  const deletion = deletionOf(settings);
  const { managementPolicies, scanOnPush } = settings;
  const scanning = scanOnPush === undefined ? undefined : { scanOnPush };
  const orphan = deletion === 'Retain' && isDefault(managementPolicies) ? group.orphan : {};
  return {
    ...orphan,
    ...(isDefault(managementPolicies) ? {} : { managementPolicies }),
    forProvider: {
      forceDelete: deletion === 'Force' ? true : undefined,
      region: location.region,
      ...imageTags(settings),
      imageScanningConfiguration: scanning && (group.scanningIsList ? [scanning] : scanning),
      ...encryptionConfiguration(settings),
      tags: settings.tags && Object.fromEntries(sortedTags(settings.tags)),
    },
  };
}

function template({ prefix, template: asked, settings, location }: TemplatePlan): JsonObject {
  const { lifecycle, access, tags } = settings;
  return {
    region: location.region,
    prefix,
    appliedFor: asked.appliedFor,
    description: asked.description,
    customRoleArn: asked.customRoleArn,
    ...imageTags(settings),
    ...encryptionConfiguration(settings),
    lifecyclePolicy: lifecycle && lifecyclePolicyText(lifecycle),
    repositoryPolicy: access && accessPolicyText(access, partitionOf(location.region)),
    resourceTags: tags && Object.fromEntries(sortedTags(tags)),
  };
}

function imageTags(settings: Settings): JsonObject {
  const { mutability, filters } = tagMutability(settings);
  return { imageTagMutability: mutability, imageTagMutabilityExclusionFilter: filters };
}

function encryptionConfiguration({ encryption }: Settings): JsonObject {
  if (!encryption) return {};
  return { encryptionConfiguration: [{ encryptionType: encryption.type, kmsKey: encryption.kmsKey }] };
}

/** Returns the annotation with the poll interval. crossplane-runtime silently ignores a value that it cannot parse. */
function polling({ pollInterval }: Settings): JsonObject | undefined {
  return pollInterval === undefined ? undefined : { 'crossplane.io/poll-interval': pollInterval };
}

function isDefault(managementPolicies: Settings['managementPolicies']): boolean {
  return managementPolicies === undefined || managementPolicies[0] === '*';
}
