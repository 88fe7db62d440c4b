import { REGIONS } from '../aws/partition.ts';
import { quote } from '../internal/quote.ts';
import { isRepositoryName, repositoryNameProblem } from './api/ecr-name.ts';
import { type Input, inputFields } from './api/input.ts';
import type { Problem } from './api/input-error.ts';
import { unreadFields } from './api/messages/claim-fields.ts';
import { didYouMean } from './api/messages/unknown-field.ts';
import { fillTemplate, missingParts, type NameParts } from './api/name-template.ts';
import { claimParameters, type ParameterLayer, type Parameters, parameterFields, pathOf } from './api/parameters.ts';
import type { Composite } from './observed/composite.ts';
import type { Flavor, RepositoryPlan } from './repositories/providers/provider.ts';

/** Returns the fields of a claim that this function does not read. */
export function unreadFieldsOf({ parameters, specFields }: Composite): Problem[] {
  return unreadFields({
    parameters,
    beside: specFields,
    schema: claimParameters,
    known: PARAMETERS,
    inputFields: INPUT_FIELDS,
  });
}

const PARAMETERS = Object.keys(parameterFields);
const INPUT_FIELDS = Object.keys(inputFields).filter((field) => !PARAMETERS.includes(field));

/** Returns the problem of an unknown AWS region. */
export function regionProblems(
  region: string,
  { additionalRegions }: Input,
  layers: readonly ParameterLayer[],
): Problem[] {
  const known = [...REGIONS, ...additionalRegions];
  if (known.includes(region)) return [];
  const meant = didYouMean(region, known);
  const hint = meant === undefined ? '' : `; ${meant}`;
  const message = `must be an AWS region, not ${quote(region)}${hint} (newer regions must be listed in additionalRegions of the Composition's input)`;
  return [{ path: pathOf(layers, 'region'), message }];
}

/** Returns the problems of the namespace of composed resources and of the kind of their provider config. */
export function placeProblems(
  flavor: Flavor,
  composite: Composite,
  parameters: Parameters,
  layers: readonly ParameterLayer[],
): Problem[] {
  if (composite.namespaced && !flavor.namespaced) {
    const message = `is ${flavor.name}, whose kinds are cluster scoped, but ${composite.kind} ${composite.name} is in a namespace and can only have resources of that namespace; use ecr.aws.m.upbound.io or ecr.services.k8s.aws, or the claim of the cluster-scoped XRD`;
    return [{ path: 'input.provider.flavor', message }];
  }
  if (flavor.namespaced && composite.namespace === undefined) {
    const message = `is required, since the kinds of ${flavor.name} are namespaced; use a claim or a namespaced composite`;
    return [{ path: 'metadata.namespace', message }];
  }
  const { providerKind } = parameters;
  if (providerKind !== undefined && !flavor.hasProviderConfigs) {
    const message = `is ${providerKind}, which ${flavor.name} does not have: its controller has one identity for each namespace; remove it`;
    return [{ path: pathOf(layers, 'providerKind'), message }];
  }
  if (flavor.namespaced || providerKind !== 'ClusterProviderConfig') return [];
  const message = `is ClusterProviderConfig, which ${flavor.name} does not have; remove it, or use ecr.aws.m.upbound.io`;
  return [{ path: pathOf(layers, 'providerKind'), message }];
}

/** Returns the problems for which ECR would refuse the name of a repository. */
export function nameProblems(template: string, parts: NameParts): Problem[] {
  if (missingParts(template, parts).includes('namespace')) {
    const message = `is required for the name template ${quote(template)}; use a claim or a namespaced composite, or a template without {namespace}`;
    return [{ path: 'metadata.namespace', message }];
  }
  const name = fillTemplate(template, parts);
  const problem = repositoryNameProblem(name);
  if (problem === undefined) return [];
  const part = partAtFault(parts);
  const message = `invalid name ${quote(name)} of the ${parts.repository} repository: ${problem}; change ${part ?? 'workloadName or repoPrefix'}`;
  return [{ path: part === undefined ? 'spec.parameters' : `spec.parameters.${part}`, message }];
}

// Returns the part that is invalid on its own; undefined if only the combination is invalid.
function partAtFault({ prefix, workload }: NameParts): 'repoPrefix' | 'workloadName' | undefined {
  if (prefix !== undefined && !isNamePart(prefix)) return 'repoPrefix';
  return workload !== undefined && !isNamePart(workload) ? 'workloadName' : undefined;
}

function isNamePart(text: string): boolean {
  return text === '' || isRepositoryName(text);
}

/** Returns the problems of repositories that would have the same name. */
export function sameNames(plans: readonly RepositoryPlan[]): Problem[] {
  return plans.flatMap((plan, index) => {
    const other = plans.findIndex(({ externalName }) => externalName === plan.externalName);
    if (other === index) return [];
    const message = `the ${plans[other]?.key} and ${plan.key} repositories would both be named ${quote(plan.externalName)}; give them different suffixes`;
    return [{ path: 'input.repositories', message }];
  });
}
