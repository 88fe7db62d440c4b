import type { JsonObject } from '../../../json/value.ts';
import type { Settings } from '../../api/merge-settings.ts';
import type { Parameters } from '../../api/parameters.ts';
import type { CreationTemplate, PullThroughRule } from '../../api/settings/registry-prefix.ts';
import { objectAt } from '../../observed/managed-resource.ts';
import type { RegistryParameters } from '../../registry/parameters.ts';

/** The API groups of ECR repositories: those of the AWS providers and of ACK. */
export const FLAVORS = [
  'ecr.aws.crossplane.io',
  'ecr.aws.upbound.io',
  'ecr.aws.m.upbound.io',
  'ecr.services.k8s.aws',
] as const;
export type FlavorName = (typeof FLAVORS)[number];

/** A version of the kind Repository that each flavor serves. */
export const SERVED_VERSIONS: Readonly<Record<FlavorName, string>> = {
  'ecr.aws.crossplane.io': 'v1beta1',
  'ecr.aws.upbound.io': 'v1beta1',
  'ecr.aws.m.upbound.io': 'v1beta1',
  'ecr.services.k8s.aws': 'v1alpha1',
};

/**
 * True for a Repository of one of the flavors. The author of a namespaced composite can write its references to composed resources, and
 * could otherwise make any object of the namespace appear as a repository, with an arbitrary URI.
 */
export function isRepository({ apiVersion, kind }: JsonObject): boolean {
  return kind === 'Repository' && FLAVORS.some((flavor) => String(apiVersion).startsWith(`${flavor}/`));
}

/** A desired repository of a workload. */
export interface RepositoryPlan {
  /** The name within the workload, such as `image`. */
  readonly key: string;
  /** The composed resource name, such as `imagerepo`. */
  readonly composedName: string;
  /** The name in ECR, such as `tap/workloads/example-app-default`. */
  readonly externalName: string;
  readonly settings: Settings;
  readonly location: Location;
  /** The labels of its composed resource, without that of the region. */
  readonly labels: Readonly<Record<string, string>>;
  /** The annotations of its composed resource, without that of the external name. */
  readonly annotations: Readonly<Record<string, string>>;
  /** True when an existing repository of that name in ECR is adopted. Crossplane's providers always do so. */
  readonly adopts: boolean;
}

/** The location of resources in AWS and in Kubernetes. */
export interface Location extends Pick<Parameters, 'region' | 'providerKind'> {
  /** Undefined if the flavor does not have provider configs. */
  readonly providerName: string | undefined;
  /** The metadata.namespace to set on composed resources; undefined leaves it to Crossplane. */
  readonly namespace: string | undefined;
}

/** The text of a lifecycle or repository policy, and whether it is deleted from ECR together with its managed resource. */
export interface PolicyDocument {
  readonly text: string;
  readonly deletable: boolean;
}

/** The form of resources in one of the AWS providers. */
export interface Flavor {
  readonly name: FlavorName;
  /** True for namespaced kinds. */
  readonly namespaced: boolean;
  /** False if there is one identity for each namespace, instead of one that a provider config selects. */
  readonly hasProviderConfigs: boolean;
  /** True when neither the text of a lifecycle policy nor the repository of a policy can be changed in place. */
  readonly replacesPolicies: boolean;
  /** The keys of tags that the provider adds to each repository. */
  readonly providerTags: readonly string[];
  /** Returns the settings that the flavor cannot express, each with a message. */
  refuse(settings: Settings): Readonly<Partial<Record<keyof Settings, string>>>;
  repository(plan: RepositoryPlan): JsonObject;
  /** Undefined where policies are fields of the repository. */
  lifecyclePolicy?(plan: RepositoryPlan, document: PolicyDocument): JsonObject;
  /** Undefined where policies are fields of the repository. */
  repositoryPolicy?(plan: RepositoryPlan, document: PolicyDocument): JsonObject;
  /** Undefined if the provider does not have such a kind. */
  creationTemplate?(template: TemplatePlan): JsonObject;
  pullThroughCacheRule?(rule: PullThroughRule, location: Location): JsonObject;
  /** Returns a resource for a prefix that adopts the existing resource in AWS. Undefined if the provider does not have such a kind. */
  adoptionOf?(resource: JsonObject): JsonObject;
  /** Undefined if the provider does not have kinds for a whole registry. */
  registryResource?(resource: RegistryResource, location: Location): JsonObject;
}

/** A setting of a whole registry. Each region of an account has one registry. */
export type RegistryResource =
  | { readonly kind: 'RegistryPolicy'; readonly text: string }
  | {
      readonly kind: 'RegistryScanningConfiguration';
      readonly scanning: NonNullable<RegistryParameters['scanning']>;
    }
  | {
      readonly kind: 'ReplicationConfiguration';
      readonly replication: NonNullable<RegistryParameters['replication']>;
    };

/** A repository creation template, and the settings of the repositories that ECR creates from it. */
export interface TemplatePlan {
  readonly prefix: string;
  readonly template: CreationTemplate;
  readonly settings: Settings;
  readonly location: Location;
}

/** Converts the mutability of image tags to ECR's form. */
export function tagMutability({ imageTags }: Settings): {
  readonly mutability?: string;
  readonly filters?: JsonObject[] | undefined;
} {
  if (!imageTags) return {};
  const { mutability, except } = imageTags;
  return {
    mutability: `${mutability.toUpperCase()}${except ? '_WITH_EXCLUSION' : ''}`,
    filters: except?.map((filter) => ({ filter, filterType: 'WILDCARD' })),
  };
}

/** Adds annotations to an object. */
export function annotated(object: JsonObject, annotations: JsonObject): JsonObject {
  const metadata = objectAt(object, 'metadata');
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...objectAt(metadata, 'annotations'), ...annotations } },
  };
}

/** Returns tags in the order of their keys. */
export function sortedTags(tags: Readonly<Record<string, string>>): [key: string, value: string][] {
  return Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
}
