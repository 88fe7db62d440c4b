import { partitionOf } from '../aws/partition.ts';
import { parseDuration } from '../go/duration.ts';
import { shortHash } from '../internal/short-hash.ts';
import type { JsonObject } from '../json/value.ts';
import { ruleProblems } from './api/allowed.ts';
import type { Input } from './api/input.ts';
import { InputError, type Problem } from './api/input-error.ts';
import { type RepositorySettings, type Settings, settingsOf } from './api/merge-settings.ts';
import { fillTemplate, withoutRegistryHost } from './api/name-template.ts';
import { layersOf, mergeLayers, type ParameterLayer, type Parameters, REQUIRED } from './api/parameters.ts';
import { accessPolicyText } from './api/settings/access.ts';
import { lifecyclePolicyText } from './api/settings/lifecycle.ts';
import type { PullThroughRule } from './api/settings/registry-prefix.ts';
import { layersOfTemplate, powerProblems } from './api/trust.ts';
import type { Composite } from './observed/composite.ts';
import { type ListedSources, sourcesOf } from './package-cache/sources.ts';
import { nameProblems, placeProblems, regionProblems, sameNames, unreadFieldsOf } from './plan-problems.ts';
import { PULL_SECRET, pullSecretName } from './pull-secret/pull-secret.ts';
import { planRegistry } from './registry/plan-registry.ts';
import { accessProblems } from './repositories/check-access.ts';
import { prefixProblems, settingProblems } from './repositories/check-settings.ts';
import { baseNameOf } from './repositories/flavor-change/names.ts';
import { NAME_IS_CHECKED, nameLabel } from './repositories/name-conflict.ts';
import { ack } from './repositories/providers/ack.ts';
import { classic } from './repositories/providers/classic.ts';
import { cluster } from './repositories/providers/cluster.ts';
import { namespaced } from './repositories/providers/namespaced.ts';
import type { Flavor, Location, RepositoryPlan } from './repositories/providers/provider.ts';

/** The purpose of a composed resource. */
export type Part =
  | 'repository'
  | 'lifecyclePolicy'
  | 'repositoryPolicy'
  | 'creationTemplate'
  | 'pullThroughCacheRule'
  | 'registryPolicy'
  | 'scanning'
  | 'replication';

/** A desired composed resource of a workload. */
export interface ComposedPlan {
  readonly part: Part;
  /** The composed resource name, such as `imagerepo`. */
  readonly name: string;
  readonly resource: JsonObject;
  /** The parts of a pull-through cache rule. */
  readonly rule?: { readonly asked: PullThroughRule; readonly location: Location };
}

/** A repository and its policies. The resource of the repository is the first. */
export interface RepositoryParts {
  readonly plan: RepositoryPlan;
  readonly composed: readonly ComposedPlan[];
}

/** The desired state of a workload. Composed resource names do not have the prefix of the step. */
export interface WorkloadPlan {
  /** The prefix of the step's names, from the Input. */
  readonly namePrefix: string;
  readonly flavor: Flavor;
  /** True for the plan of a whole registry, false for that of a workload. */
  readonly isRegistry: boolean;
  readonly repositories: readonly RepositoryParts[];
  /** The resources for a whole prefix, or for the whole registry. */
  readonly prefix: readonly ComposedPlan[];
  /** The Secret for pulling images, if the Input requests one. */
  readonly pullSecret: { readonly name: string; readonly namespace: string } | undefined;
  readonly names: OurNames;
  /** The sources of packages. */
  readonly packages: ListedSources;
  /** The fields of the claim that the function does not read, for a warning. */
  readonly unread: readonly Problem[];
  /** The time until the next call once all resources are ready, in seconds. */
  readonly ttlSeconds: number;
}

interface OurNames {
  readonly exact: readonly string[];
  readonly prefixes: readonly string[];
}

const FLAVORS = {
  'ecr.aws.crossplane.io': () => classic,
  'ecr.aws.upbound.io': (version: 'v1beta1' | 'v1beta2' = 'v1beta2') => cluster(version),
  'ecr.aws.m.upbound.io': () => namespaced,
  'ecr.services.k8s.aws': () => ack,
};

function flavorOf({ provider }: Input): Flavor {
  return FLAVORS[provider.flavor](provider.version);
}

/** Returns the layers of parameters for a composite. Throws {@link InputError} with all problems. */
export function layersFor({ parameters, specFields }: Composite, input: Input): ParameterLayer[] {
  const isUsed = (field: string) => field !== 'providerName' || flavorOf(input).hasProviderConfigs;
  return layersOf(parameters, input.defaults, input.enforced, REQUIRED.filter(isUsed), specFields);
}

/** Plans the desired state of a composite. Throws {@link InputError} with all problems. */
export function planWorkload(composite: Composite, input: Input): WorkloadPlan {
  if (input.registry) return planRegistry(composite, input, flavorOf(input));
  const layers = layersFor(composite, input);
  const parameters = mergeLayers(layers);
  const flavor = flavorOf(input);
  const { prefix, problem } = withoutRegistryHost(parameters.repoPrefix, parameters.region);
  const problems = regionProblems(parameters.region, input, layers);
  if (problem && problems.length === 0) problems.push(problem);
  const unread = unreadFieldsOf(composite);
  if (input.fieldValidation === 'Strict') problems.push(...unread);
  problems.push(...placeProblems(flavor, composite, parameters, layers));
  const rules = flavor.hasProviderConfigs ? input.allowed : { ...input.allowed, providerConfigs: undefined };
  problems.push(...ruleProblems(rules, parameters, prefix, layers), ...powerProblems(input.allowed, layers));
  const location = locationOf(flavor, composite, parameters);
  const plans = repositoriesOf(input, layers).map(({ name, suffix }) => {
    const own = settingsOf(layers, name);
    const parts = {
      prefix,
      workload: parameters.workloadName,
      namespace: composite.namespace,
      repository: name,
      suffix: suffix ?? (name === 'image' ? '' : `-${name}`),
    };
    problems.push(...settingProblems(flavor, own, location.region), ...accessProblems(input.allowed, own));
    // One problem is sufficient: the names of all repositories usually have the same one.
    if (problems.length === 0) problems.push(...nameProblems(input.nameTemplate, parts));
    return repositoryPlan(name, fillTemplate(input.nameTemplate, parts), own.values, location);
  });
  const common = settingsOf(layersOfTemplate(input.allowed, layers), '');
  problems.push(...prefixProblems(flavor, parameters, layers, common, plans.length, prefix));
  // The template has these settings, even if no repository has them.
  if (parameters.creationTemplate) problems.push(...accessProblems(input.allowed, common));
  const pullSecret = secretOf(input, composite, parameters);
  if (input.pullSecret && !pullSecret) {
    problems.push({
      path: 'metadata.namespace',
      message: 'is required, as the namespace of the Secret of input.pullSecret',
    });
  }
  if (problems.length > 0) throw new InputError(distinct(problems));
  const same = sameNames(plans);
  if (same.length > 0) throw new InputError(same);
  const forPrefix = composePrefix(flavor, parameters, prefix, location, common);
  return {
    namePrefix: input.resourceNamePrefix ?? '',
    flavor,
    isRegistry: false,
    repositories: plans.map((plan) => ({ plan, composed: composeRepository(flavor, plan) })),
    prefix: forPrefix,
    pullSecret,
    names: namesOf(flavor, plans, forPrefix),
    packages: sourcesOf(layers, input.allowed),
    unread: input.fieldValidation === 'Warn' ? unread : [],
    ttlSeconds: parseDuration(input.ttl) ?? 0,
  };
}

function repositoryPlan(name: string, externalName: string, settings: Settings, location: Location): RepositoryPlan {
  return {
    key: name,
    composedName: `${name}repo`,
    externalName,
    settings,
    location,
    labels: nameLabel(location.region, externalName),
    annotations: NAME_IS_CHECKED,
    adopts: true,
  };
}

function secretOf(input: Input, { namespace }: Composite, { workloadName }: Parameters): WorkloadPlan['pullSecret'] {
  if (!input.pullSecret || namespace === undefined) return undefined;
  const { pullSecret, resourceNamePrefix = '' } = input;
  return { name: pullSecretName(`${resourceNamePrefix}${pullSecret.name}`, workloadName), namespace };
}

/** Returns the composed resources of a repository: the repository itself, then its policies. */
export function composeRepository(flavor: Flavor, plan: RepositoryPlan): ComposedPlan[] {
  const { composedName, settings, location } = plan;
  const composed: ComposedPlan[] = [{ part: 'repository', name: composedName, resource: flavor.repository(plan) }];
  if (settings.lifecycle && flavor.lifecyclePolicy) {
    const text = lifecyclePolicyText(settings.lifecycle);
    // For a provider that cannot change the text in place, a different text results in another resource, which overwrites the policy of the
    // earlier one.
    const name = policyName('lifecyclePolicy', plan, flavor.replacesPolicies ? text : undefined);
    const resource = flavor.lifecyclePolicy(plan, { text, deletable: false });
    composed.push({ part: 'lifecyclePolicy', name, resource });
  }
  if (settings.access && flavor.repositoryPolicy) {
    const text = accessPolicyText(settings.access, partitionOf(location.region));
    const resource = flavor.repositoryPolicy(plan, { text, deletable: false });
    composed.push({ part: 'repositoryPolicy', name: policyName('repositoryPolicy', plan), resource });
  }
  return composed;
}

const POLICY_NAMES = { lifecyclePolicy: 'lifecycle', repositoryPolicy: 'policy' } as const;
type PolicyPart = keyof typeof POLICY_NAMES;

/** Returns the composed resource name of a policy. `content` is the content that the provider cannot change in place. */
export function policyName(part: PolicyPart, { key }: RepositoryPlan, content?: string): string {
  return `${key}${POLICY_NAMES[part]}${content === undefined ? '' : `-${shortHash(content)}`}`;
}

/** Returns the policy of the repository `key` to which a composed resource name belongs or belonged. */
export function policyNamed(name: string, key: string): PolicyPart | undefined {
  if (!name.startsWith(key)) return undefined;
  const [, kind] = /^(lifecycle|policy)(?:-[0-9a-f]{8})?$/.exec(baseNameOf(name).slice(key.length)) ?? [];
  return kind === 'lifecycle' ? 'lifecyclePolicy' : kind === 'policy' ? 'repositoryPolicy' : undefined;
}

/** Returns the composed resource names that this function uses or has used, and the prefixes of such names. */
function namesOf(flavor: Flavor, repositories: readonly RepositoryPlan[], prefix: readonly ComposedPlan[]): OurNames {
  const ofRepositories = repositories.flatMap(({ key, composedName }) => {
    return [composedName, `${key}policy`, ...(flavor.replacesPolicies ? [] : [`${key}lifecycle`])];
  });
  const prefixes = flavor.replacesPolicies
    ? repositories.flatMap(({ key }) => [`${key}lifecycle-`, `${key}policy-`])
    : [];
  return withMovedNames([...ofRepositories, ...prefix.map(({ name }) => name)], [PULL_SECRET], prefixes);
}

/** Adds to the names those of resources that moved: names in `movable` with a dot and the new flavor appended. */
export function withMovedNames(
  movable: readonly string[],
  others: readonly string[] = [],
  prefixes: readonly string[] = [],
): OurNames {
  return { exact: [...movable, ...others], prefixes: [...prefixes, ...movable.map((name) => `${name}.`)] };
}

function composePrefix(
  flavor: Flavor,
  { creationTemplate, pullThroughCache = [] }: Parameters,
  prefix: string,
  location: Location,
  { values }: RepositorySettings,
): ComposedPlan[] {
  const composed: ComposedPlan[] = [];
  if (creationTemplate && flavor.creationTemplate) {
    const resource = flavor.creationTemplate({ prefix, template: creationTemplate, settings: values, location });
    composed.push({ part: 'creationTemplate', name: `creationtemplate-${shortHash(prefix)}`, resource });
  }
  for (const rule of flavor.pullThroughCacheRule ? pullThroughCache : []) {
    const resource = flavor.pullThroughCacheRule?.(rule, location) ?? {};
    const name = `pullthrough-${shortHash(rule.prefix)}`;
    composed.push({ part: 'pullThroughCacheRule', name, resource, rule: { asked: rule, location } });
  }
  return composed;
}

function locationOf(
  flavor: Flavor,
  composite: Composite,
  { region, providerName, providerKind }: Parameters,
): Location {
  const namespace = flavor.namespaced && !composite.namespaced ? composite.namespace : undefined;
  return { region, providerName: flavor.hasProviderConfigs ? providerName : undefined, providerKind, namespace };
}

/**
 * Returns the repositories of the Input, then those that the layers add, by name. The suffix of a higher layer takes precedence over that
 * of a lower one.
 */
function repositoriesOf(
  input: Input,
  layers: readonly ParameterLayer[],
): { name: string; suffix: string | undefined }[] {
  const suffixes = new Map(input.repositories.map(({ name, suffix }) => [name, suffix]));
  const added = layers.flatMap(({ values }) => values.repositories ?? []);
  for (const { name } of [...added].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!suffixes.has(name)) suffixes.set(name, undefined);
  }
  for (const { name, suffix } of added) if (suffix !== undefined) suffixes.set(name, suffix);
  return [...suffixes].map(([name, suffix]) => ({ name, suffix }));
}

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.path}: ${problem.message}`, problem])).values()];
}
