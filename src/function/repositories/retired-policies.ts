import type { JsonObject } from '../../json/value.ts';
import type { Observed } from '../observed/managed-resource.ts';
import { type ComposedPlan, policyNamed, type RepositoryParts, type WorkloadPlan } from '../plan.ts';
import { isOfOther } from './flavor-change/names.ts';
import { isOf } from './policy-names.ts';

/**
 * Policies that are no longer requested but still on their repository in ECR. Their resources may not delete anything, so that they neither take a policy
 * from a repository that outlives its claim nor from their own successor; to remove one, it is first given the right to delete, and left
 * out once it has that.
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

/** The text of an observed policy, in whichever field its provider has it. */
export function textOf({ lifecyclePolicyText, rawPolicy, policy }: JsonObject): string | undefined {
  const text = lifecyclePolicyText ?? rawPolicy ?? policy;
  return typeof text === 'string' ? text : undefined;
}
