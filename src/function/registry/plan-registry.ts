import { ECR_MODEL } from '../../aws/ecr-model.ts';
import { partitionOf } from '../../aws/partition.ts';
import { parseDuration } from '../../go/duration.ts';
import { shortHash } from '../../internal/short-hash.ts';
import { isObject } from '../../json/value.ts';
import type { Input } from '../api/input.ts';
import { InputError, PARSE_OPTIONS, type Problem, problemsOf } from '../api/input-error.ts';
import { sizeProblems } from '../api/limits/bounds.ts';
import { CLAIM_PATH } from '../api/parameters.ts';
import type { Composite } from '../observed/composite.ts';
import { type ComposedPlan, type WorkloadPlan, withMovedNames } from '../plan.ts';
import type { Flavor, Location, RegistryResource } from '../repositories/providers/provider.ts';
import { grantProblems, templateProblems } from './check-registry.ts';
import { REGISTRY_SETTINGS } from './grant.ts';
import { type RegistryParameters, registryParameters } from './parameters.ts';
import { registryPolicyText } from './policy.ts';

/** Plans the desired state of a registry. Throws {@link InputError} with all problems. */
export function planRegistry(composite: Composite, input: Input, flavor: Flavor): WorkloadPlan {
  const asked = readParameters(composite);
  const location: Location = {
    region: asked.region,
    providerName: flavor.hasProviderConfigs ? asked.providerName : undefined,
    providerKind: asked.providerKind,
    namespace: asked.namespace,
  };
  const composed = composeRegistry(flavor, asked, location);
  const problems = [
    ...grantProblems(asked, input.registry?.settings ?? [], input.allowed),
    ...placeProblems(flavor, asked),
    ...kindProblems(flavor, asked),
    ...(asked.creationTemplates ?? []).flatMap((one, index) =>
      templateProblems(flavor, one, index, asked.region, input.allowed),
    ),
    ...policyProblems(asked, location),
  ];
  if (problems.length > 0) throw new InputError(problems);
  return {
    namePrefix: input.resourceNamePrefix ?? '',
    flavor,
    isRegistry: true,
    repositories: [],
    prefix: composed,
    pullSecret: undefined,
    names: withMovedNames(composed.map(({ name }) => name)),
    packages: { sources: [], path: '', areOfClaim: true, prefixes: undefined },
    unread: [],
    ttlSeconds: parseDuration(input.ttl) ?? 0,
  };
}

function readParameters({ parameters, namespace, kind, name }: Composite): RegistryParameters {
  if (namespace !== undefined) {
    const message = `is for cluster-scoped composites without a claim, but ${kind} ${name} is of namespace ${namespace}; use the XRD of examples/registry`;
    throw new InputError([{ path: 'input.registry', message }]);
  }
  const value = isObject(parameters) ? parameters : {};
  const tooLarge = sizeProblems(registryParameters, value, CLAIM_PATH);
  if (tooLarge.length > 0) throw new InputError(tooLarge);
  const parsed = registryParameters.safeParse(value, PARSE_OPTIONS);
  if (parsed.success) return parsed.data;
  throw new InputError(problemsOf(parsed.error, value, CLAIM_PATH, registryParameters));
}

function composeRegistry(flavor: Flavor, asked: RegistryParameters, location: Location): ComposedPlan[] {
  const { region } = location;
  const { policy, scanning, replication, creationTemplates = [], pullThroughCache = [] } = asked;
  const settings: [part: ComposedPlan['part'], name: string, resource: RegistryResource][] = [];
  if (policy) {
    const text = registryPolicyText(policy, { region, partition: partitionOf(region) });
    settings.push(['registryPolicy', 'registrypolicy', { kind: 'RegistryPolicy', text }]);
  }
  if (scanning) settings.push(['scanning', 'scanning', { kind: 'RegistryScanningConfiguration', scanning }]);
  if (replication) settings.push(['replication', 'replication', { kind: 'ReplicationConfiguration', replication }]);
  return [
    ...settings.flatMap(([part, name, resource]) => {
      const object = flavor.registryResource?.(resource, location);
      return object === undefined ? [] : [{ part, name: `${name}-${region}`, resource: object }];
    }),
    ...creationTemplates.flatMap(({ prefix, appliedFor, description, customRoleArn, ...settingsOfTemplate }) => {
      const template = { appliedFor, description, customRoleArn };
      const object = flavor.creationTemplate?.({ prefix, template, settings: settingsOfTemplate, location });
      const name = `creationtemplate-${shortHash(`${region}/${prefix}`)}`;
      return object === undefined ? [] : [{ part: 'creationTemplate' as const, name, resource: object }];
    }),
    ...pullThroughCache.flatMap((rule) => {
      const object = flavor.pullThroughCacheRule?.(rule, location);
      const name = `pullthrough-${shortHash(`${region}/${rule.prefix}`)}`;
      const part = 'pullThroughCacheRule' as const;
      return object === undefined ? [] : [{ part, name, resource: object, rule: { asked: rule, location } }];
    }),
  ];
}

function placeProblems(flavor: Flavor, { providerName, providerKind, namespace }: RegistryParameters): Problem[] {
  const problems: Problem[] = [];
  const say = (field: string, message: string) => problems.push({ path: `${CLAIM_PATH}.${field}`, message });
  if (flavor.hasProviderConfigs && providerName === undefined) say('providerName', 'is required');
  if (providerKind !== undefined && !(flavor.hasProviderConfigs && flavor.namespaced)) {
    say('providerKind', `must not be set for ${flavor.name}; remove it`);
  }
  if (flavor.namespaced && namespace === undefined) {
    say('namespace', `is required, since the kinds of ${flavor.name} are namespaced`);
  }
  if (!flavor.namespaced && namespace !== undefined) {
    say('namespace', `must not be set, since the kinds of ${flavor.name} are cluster scoped; remove it`);
  }
  return problems;
}

const KINDS = {
  policy: ['RegistryPolicy', 'registryResource'],
  scanning: ['RegistryScanningConfiguration', 'registryResource'],
  replication: ['ReplicationConfiguration', 'registryResource'],
  creationTemplates: ['RepositoryCreationTemplate', 'creationTemplate'],
  pullThroughCache: ['PullThroughCacheRule', 'pullThroughCacheRule'],
} as const;

function kindProblems(flavor: Flavor, asked: RegistryParameters): Problem[] {
  return REGISTRY_SETTINGS.flatMap((setting) => {
    const [kind, method] = KINDS[setting];
    if (asked[setting] === undefined || flavor[method] !== undefined) return [];
    const message = `requires the kind ${kind}, which ${flavor.name} does not have; remove it, or use ecr.aws.upbound.io or ecr.aws.m.upbound.io in input.provider.flavor`;
    return [{ path: `${CLAIM_PATH}.${setting}`, message }];
  });
}

function policyProblems({ policy }: RegistryParameters, { region }: Location): Problem[] {
  if (policy === undefined) return [];
  const { length } = registryPolicyText(policy, { region, partition: partitionOf(region) });
  const { max } = ECR_MODEL.shapes.RegistryPolicyText;
  if (length <= max) return [];
  return [
    { path: `${CLAIM_PATH}.policy`, message: `must result in at most ${max} characters of policy text, not ${length}` },
  ];
}
