import type { JsonObject } from '../../json/value.ts';
import type { Observed } from '../observed/managed-resource.ts';
import { type ComposedPlan, policyNamed, type RepositoryParts, type WorkloadPlan } from '../plan.ts';
import { isOfOther } from './flavor-change/names.ts';
import { isOf } from './policy-names.ts';

/**
 * Returns the policies that are no longer requested but still exist in ECR. Their resources have no right to delete anything, so that they
 * remove a policy neither from a repository that outlives its claim nor from their successor. To remove a policy, its resource is first
 * given the right to delete, and omitted once it has that right.
 */
export function retiring(
  { flavor }: WorkloadPlan,
  { plan, composed }: RepositoryParts,
  observed: ReadonlyMap<string, Observed>,
): ComposedPlan[] {
  const policies: ComposedPlan[] = [];
  for (const [name, seen] of observed) {
    const part = policyNamed(name, plan.key);
    if (
      part === undefined ||
      composed.some((one) => one.part === part) ||
      seen.deletable ||
      !isOf(seen, plan) ||
      isOfOther(flavor, seen)
    )
      continue;
    const text = textOf(seen.forProvider);
    const resource = text === undefined ? undefined : flavor[part]?.(plan, { text, deletable: true });
    if (resource) policies.push({ part, name, resource });
  }
  return policies;
}

/** Returns the text of an observed policy from the field that its provider uses. */
export function textOf({ lifecyclePolicyText, rawPolicy, policy }: JsonObject): string | undefined {
  const text = lifecyclePolicyText ?? rawPolicy ?? policy;
  return typeof text === 'string' ? text : undefined;
}
