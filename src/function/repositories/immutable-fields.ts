import { ECR_MODEL } from '../../aws/ecr-model.ts';
import type { Observed } from '../observed/managed-resource.ts';
import type { ComposedPlan, RepositoryParts, WorkloadPlan } from '../plan.ts';
import { composeRepository } from '../plan.ts';
import { adopting } from './flavor-change/names.ts';
import { nameLabel } from './name-conflict.ts';
import type { RepositoryPlan } from './providers/provider.ts';

/** A plan that is adjusted to existing resources. */
export interface AdjustedPlan {
  readonly repositories: readonly RepositoryParts[];
  readonly prefix: readonly ComposedPlan[];
  /** A sentence for each setting that keeps its value because it is immutable. */
  readonly kept: readonly string[];
}

/** Adjusts a plan to existing resources: immutable fields keep their values and are reported. */
export function adjustPlan(plan: WorkloadPlan, observed: ReadonlyMap<string, Observed>): AdjustedPlan {
  const repositories = plan.repositories.map((parts) => {
    return adjustRepository(plan, parts, observed.get(parts.plan.composedName));
  });
  const prefix = plan.prefix.map((composed) => adjustPrefix(plan, composed, observed.get(composed.name)));
  return {
    repositories: repositories.map(({ value }) => value),
    prefix: prefix.map(({ value }) => value),
    kept: [...repositories, ...prefix].flatMap(({ kept }) => kept),
  };
}

/** An adjusted part of a plan. */
interface Adjusted<T> {
  readonly value: T;
  /** The requested changes that cannot be made, one sentence each. */
  readonly kept: readonly string[];
}

/**
 * Keeps the values of an existing repository that must not change: its name and region, since a change would create another repository and
 * abandon the old one, and its encryption, which ECR cannot change and because of which a provider would reject every change.
 */
function adjustRepository(
  { flavor }: WorkloadPlan,
  parts: RepositoryParts,
  observed: Observed | undefined,
): Adjusted<RepositoryParts> {
  if (observed === undefined) return { value: parts, kept: [] };
  const { plan: asked } = parts;
  const kept: string[] = [];
  let plan = asked;
  const keep = (what: string, changed: RepositoryPlan) => {
    kept.push(`${observed.externalName ?? asked.externalName} ${what}`);
    plan = changed;
  };
  const { externalName, forProvider, encryption } = observed;
  if (externalName !== undefined && externalName !== asked.externalName) {
    keep(`keeps its name; a new repository would be named ${asked.externalName}`, { ...plan, externalName });
  }
  const { region } = forProvider;
  if (typeof region === 'string' && region !== asked.location.region) {
    keep(`remains in ${region}; a repository in ${asked.location.region} would be a different one`, {
      ...plan,
      location: { ...plan.location, region },
    });
  }
  const wanted = asked.settings.encryption;
  if (wanted && encryption && !isSameEncryption(wanted, encryption)) {
    // An unknown type is not set, so that the provider reads it from AWS.
    const { kmsKey } = encryption;
    const type = ECR_MODEL.shapes.EncryptionType.enum.find((one) => one === encryption.type);
    const is = type && { type, kmsKey };
    keep(`remains encrypted with ${kmsKey ?? encryption.type}; ECR cannot change that`, {
      ...plan,
      settings: { ...plan.settings, encryption: is },
    });
  }
  if (plan === asked) return { value: parts, kept };
  const adjusted = { ...plan, labels: nameLabel(plan.location.region, plan.externalName) };
  return { value: { plan: adjusted, composed: composeRepository(flavor, adjusted) }, kept };
}

function isSameEncryption(
  wanted: { readonly type: string; readonly kmsKey?: string | undefined },
  is: NonNullable<Observed['encryption']>,
): boolean {
  return (
    wanted.type === is.type && (wanted.kmsKey === undefined || is.kmsKey === undefined || wanted.kmsKey === is.kmsKey)
  );
}

/** Keeps the values of an existing pull-through cache rule that its provider refuses to change. */
function adjustPrefix(
  { flavor }: WorkloadPlan,
  composed: ComposedPlan,
  observed: Observed | undefined,
): Adjusted<ComposedPlan> {
  const { rule } = composed;
  if (rule === undefined || observed === undefined) return { value: composed, kept: [] };
  const { asked, location } = rule;
  const is = observed.forProvider;
  const fields = {
    region: location.region,
    upstreamRegistryUrl: asked.upstream,
    upstreamRepositoryPrefix: asked.upstreamPrefix,
  };
  const changed = Object.entries(fields).filter(([field, value]) => value !== is[field]);
  if (changed.length === 0) return { value: composed, kept: [] };
  const keep = (field: keyof typeof fields) => (typeof is[field] === 'string' ? is[field] : undefined);
  const kept = {
    ...asked,
    upstream: keep('upstreamRegistryUrl') ?? asked.upstream,
    upstreamPrefix: keep('upstreamRepositoryPrefix'),
  };
  const resource = flavor.pullThroughCacheRule?.(kept, { ...location, region: keep('region') ?? location.region });
  const what = changed.map(([field]) => `${field} ${String(is[field] ?? 'unset')}`).join(', ');
  return {
    value: adopting(flavor, { ...composed, resource: resource ?? composed.resource }),
    kept: [
      `the pull-through cache rule for ${asked.prefix} keeps ${what}, which the provider refuses to change; remove the rule first, then add it again`,
    ],
  };
}
