import type { JsonObject } from '../../../json/value.ts';
import type { Settings } from '../../api/merge-settings.ts';
import type { Parameters } from '../../api/parameters.ts';
import type { CreationTemplate, PullThroughRule } from '../../api/settings/registry-prefix.ts';
import { objectAt } from '../../observed/managed-resource.ts';
import type { RegistryParameters } from '../../registry/parameters.ts';

/** The API groups that have ECR repositories: those of the AWS providers, and ACK's. */
export const FLAVORS = [
  'ecr.aws.crossplane.io',
  'ecr.aws.upbound.io',
  'ecr.aws.m.upbound.io',
  'ecr.services.k8s.aws',
] as const;
export type FlavorName = (typeof FLAVORS)[number];

/** A version of the kind Repository that each of them serves. */
export const SERVED_VERSIONS: Readonly<Record<FlavorName, string>> = {
  'ecr.aws.crossplane.io': 'v1beta1',
  'ecr.aws.upbound.io': 'v1beta1',
  'ecr.aws.m.upbound.io': 'v1beta1',
  'ecr.services.k8s.aws': 'v1alpha1',
};

/**
 * True for a Repository of one of the flavors. The author of a namespaced composite writes its references to composed resources, and
 * could have any object of the namespace shown as a repository, with a URI of his choice.
 */
export function isRepository({ apiVersion, kind }: JsonObject): boolean {
  return kind === 'Repository' && FLAVORS.some((flavor) => String(apiVersion).startsWith(`${flavor}/`));
}

/** One repository that a workload is to have. */
export interface RepositoryPlan {
  /** Its name among the workload's repositories, such as `image`. */
  readonly key: string;
  /** The name of its composed resource, such as `imagerepo`. */
  readonly composedName: string;
  /** Its name in ECR, such as `tap/workloads/example-app-default`. */
  readonly externalName: string;
  readonly settings: Settings;
  readonly place: Place;
  /** Labels of its composed resource beside the region. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of its composed resource beside the external name. */
  readonly annotations: Readonly<Record<string, string>>;
  /** True when a repository of that name that exists in ECR is taken over. Crossplane's providers do so in any case. */
  readonly adopts: boolean;
}

/** The place of resources in AWS and in Kubernetes. */
export interface Place extends Pick<Parameters, 'region' | 'providerKind'> {
  /** Undefined where the flavor has no provider configs. */
  readonly providerName: string | undefined;
  /** The metadata.namespace to set on composed resources; undefined leaves it to Crossplane. */
  readonly namespace: string | undefined;
}

/** The text of a lifecycle or repository policy, and whether it leaves ECR together with its managed resource. */
export interface PolicyDocument {
  readonly text: string;
  readonly deletable: boolean;
}

/** The form of our resources in one of the AWS providers. */
export interface Flavor {
  readonly name: FlavorName;
  /** True when its kinds are namespaced. */
  readonly namespaced: boolean;
  /** False when the identity that it acts with is not chosen by a provider config, but is one for each namespace. */
  readonly hasProviderConfigs: boolean;
  /** True when it cannot change the text of a lifecycle policy, nor the repository of a policy, in place. */
  readonly replacesPolicies: boolean;
  /** The keys of tags that the provider puts on each repository itself. */
  readonly providerTags: readonly string[];
  /** The settings that it cannot express, each with a message. */
  refuse(settings: Settings): Readonly<Partial<Record<keyof Settings, string>>>;
  repository(plan: RepositoryPlan): JsonObject;
  /** Undefined where policies are fields of the repository. */
  lifecyclePolicy?(plan: RepositoryPlan, document: PolicyDocument): JsonObject;
  /** Undefined where policies are fields of the repository. */
  repositoryPolicy?(plan: RepositoryPlan, document: PolicyDocument): JsonObject;
  /** Undefined where the provider has no such kind. */
  creationTemplate?(template: TemplatePlan): JsonObject;
  pullThroughCacheRule?(rule: PullThroughRule, place: Place): JsonObject;
  /** The same resource for a prefix, so that it takes over what exists in AWS. Undefined where the provider has no such kind. */
  adoptionOf?(resource: JsonObject): JsonObject;
  /** Undefined where the provider has none of the kinds that are for a whole registry. */
  registryResource?(resource: RegistryResource, place: Place): JsonObject;
}

/** A setting of a whole registry, of which each region of an account has one. */
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

/** A repository creation template and the settings of the repositories that ECR makes from it. */
export interface TemplatePlan {
  readonly prefix: string;
  readonly template: CreationTemplate;
  readonly settings: Settings;
  readonly place: Place;
}

/** The mutability of image tags in ECR's own terms. */
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

/** The object with these annotations in addition. */
export function annotated(object: JsonObject, annotations: JsonObject): JsonObject {
  const metadata = objectAt(object, 'metadata');
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...objectAt(metadata, 'annotations'), ...annotations } },
  };
}

/** Tags in the order of their keys. */
export function sortedTags(tags: Readonly<Record<string, string>>): [key: string, value: string][] {
  return Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
}
