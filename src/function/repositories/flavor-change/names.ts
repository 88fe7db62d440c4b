import type { Observed } from '../../observed/managed-resource.ts';
import type { ComposedPlan, RepositoryParts, WorkloadPlan } from '../../plan.ts';
import { FLAVORS, type Flavor } from '../providers/provider.ts';

// A composite moves to another flavor in steps, so that the repository in ECR always has an object and is not deleted:
// 1. The new object is composed with another name. An object with the same name would get the Kubernetes name and the namespace of the
//    old one, and Crossplane would abandon the old one. The old object loses the right to delete.
// 2. Once the new object is ready, the old one is omitted, and Crossplane deletes it.
// The new name is permanent, since a composed resource cannot be renamed without deleting its object.

type ObservedByName = ReadonlyMap<string, Observed>;

const SUFFIXES = FLAVORS.map((flavor) => `.${flavor}`);

/** Returns a composed resource name without the flavor to which the resource moved. */
export function baseNameOf(name: string): string {
  const suffix = SUFFIXES.find((one) => name.endsWith(one)) ?? '';
  return name.slice(0, name.length - suffix.length);
}

/** True when an observed resource is of another flavor. */
export function isOfOther({ name }: Flavor, { apiVersion }: Observed): boolean {
  return apiVersion !== undefined && !apiVersion.startsWith(`${name}/`);
}

/** Returns the observed resource of another flavor that the resource with this name replaces. */
export function predecessorOf(flavor: Flavor, name: string, observed: ObservedByName): Observed | undefined {
  const base = baseNameOf(name);
  const family = ['', ...SUFFIXES].flatMap((suffix) => observed.get(`${base}${suffix}`) ?? []);
  return family.find((seen) => isOfOther(flavor, seen));
}

/** Returns the composed resource name, which depends on the observed resources: it contains the flavor once the resource has moved there. */
export function nameInFlavor(flavor: Flavor, name: string, observed: ObservedByName): string {
  const base = baseNameOf(name);
  const seen = observed.get(base);
  if (seen && !isOfOther(flavor, seen)) return base;
  const moved = `${base}.${flavor.name}`;
  return observed.has(moved) || predecessorOf(flavor, base, observed) ? moved : base;
}

/** Names the parts of a repository, depending on the observed resources. */
export function partsInFlavor(
  flavor: Flavor,
  { plan, composed }: RepositoryParts,
  observed: ObservedByName,
): RepositoryParts {
  const rename = (one: ComposedPlan) => ({ ...one, name: nameInFlavor(flavor, one.name, observed) });
  const composedName = nameInFlavor(flavor, plan.composedName, observed);
  return { plan: { ...plan, composedName }, composed: composed.map(rename) };
}

/** Names all resources of a plan, depending on the observed resources. */
export function planInFlavor(plan: WorkloadPlan, observed: ObservedByName): WorkloadPlan {
  const { flavor, repositories, prefix } = plan;
  return {
    ...plan,
    repositories: repositories.map((parts) => partsInFlavor(flavor, parts, observed)),
    prefix: prefix.map((one) => adopting(flavor, { ...one, name: nameInFlavor(flavor, one.name, observed) })),
  };
}

/** Makes a resource for a prefix that has moved adopt the existing resource in AWS. */
export function adopting(flavor: Flavor, one: ComposedPlan): ComposedPlan {
  if (baseNameOf(one.name) === one.name || !flavor.adoptionOf) return one;
  return { ...one, resource: flavor.adoptionOf(one.resource) };
}

/**
 * Returns the observed resources. Values that a provider has not reported yet are taken from the predecessor, and resources that do not
 * exist yet are replaced by it.
 */
export function withPredecessors(
  { flavor, repositories, prefix }: WorkloadPlan,
  observed: ObservedByName,
): ObservedByName {
  const known = new Map(observed);
  for (const name of [...repositories.map(({ plan }) => plan.composedName), ...prefix.map((one) => one.name)]) {
    const earlier = predecessorOf(flavor, name, observed);
    if (earlier === undefined) continue;
    const seen = observed.get(name);
    const { uri, arn, registryId, encryption } = earlier;
    known.set(
      name,
      seen === undefined
        ? earlier
        : {
            ...seen,
            uri: seen.uri ?? uri,
            arn: seen.arn ?? arn,
            registryId: seen.registryId ?? registryId,
            encryption: seen.encryption ?? encryption,
          },
    );
  }
  return known;
}
