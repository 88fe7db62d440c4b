import type { Observed } from '../observed/managed-resource.ts';
import { type ComposedPlan, policyName, type RepositoryParts } from '../plan.ts';
import type { Flavor, RepositoryPlan } from './providers/provider.ts';

/**
 * Gives a policy another composed name once its repository has another name or region in AWS than the observed resource of that policy,
 * where the provider cannot change those in place. The name stays as long as the policy does. The earlier resource is left out; it may
 * not delete anything, so the policy of the earlier repository stays in ECR.
 */
export function renamePolicies(
  { replacesPolicies }: Flavor,
  { plan, composed }: RepositoryParts,
  observed: ReadonlyMap<string, Observed>,
): RepositoryParts {
  if (!replacesPolicies) return { plan, composed };
  const rename = (one: ComposedPlan): ComposedPlan => {
    if (one.part !== 'lifecyclePolicy' && one.part !== 'repositoryPolicy') return one;
    const moved = policyName(one.part, plan, JSON.stringify([one.name, plan.place.region, plan.externalName]));
    const seen = observed.get(one.name);
    return observed.has(moved) || (seen && !isOf(seen, plan)) ? { ...one, name: moved } : one;
  };
  return { plan, composed: composed.map(rename) };
}

/** True when an observed policy is of the repository; one that does not say is. */
export function isOf({ forProvider }: Observed, { externalName, place }: RepositoryPlan): boolean {
  const { repository = forProvider.repositoryName ?? externalName, region = place.region } = forProvider;
  return repository === externalName && region === place.region;
}
