import type { Observed } from '../observed/managed-resource.ts';
import { type ComposedPlan, policyName, type RepositoryParts } from '../plan.ts';
import type { Flavor, RepositoryPlan } from './providers/provider.ts';

/**
 * Gives a policy another composed resource name if its repository has another name or region in AWS than the observed resource of the
 * policy, and the provider cannot change those in place. The name is stable while the policy exists. The earlier resource is omitted. It
 * has no right to delete anything, so the policy of the earlier repository is retained in ECR.
 */
export function renamePolicies(
  { replacesPolicies }: Flavor,
  { plan, composed }: RepositoryParts,
  observed: ReadonlyMap<string, Observed>,
): RepositoryParts {
  if (!replacesPolicies) return { plan, composed };
  const rename = (one: ComposedPlan): ComposedPlan => {
    if (one.part !== 'lifecyclePolicy' && one.part !== 'repositoryPolicy') return one;
    const moved = policyName(one.part, plan, JSON.stringify([one.name, plan.location.region, plan.externalName]));
    const seen = observed.get(one.name);
    return observed.has(moved) || (seen && !isOf(seen, plan)) ? { ...one, name: moved } : one;
  };
  return { plan, composed: composed.map(rename) };
}

/** True when an observed policy belongs to the repository, or does not name one. */
export function isOf({ forProvider }: Observed, { externalName, location }: RepositoryPlan): boolean {
  const { repository = forProvider.repositoryName ?? externalName, region = location.region } = forProvider;
  return repository === externalName && region === location.region;
}
