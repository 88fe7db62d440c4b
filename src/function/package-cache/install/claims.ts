import { packageName } from '../../../cache/sets/package-objects.ts';
import { type PackageKind, packageNameOf } from '../names.ts';
import type { SourcePlan } from '../plan.ts';
import type { ObservedPackage } from './observed-packages.ts';

/** The package that a source requests. */
export interface PackageClaim {
  readonly kind: PackageKind;
  /** The name of the package; undefined while the repository from which it is derived is unknown. */
  readonly name: string | undefined;
  readonly composedName: string | undefined;
  readonly observed: ObservedPackage | undefined;
  /** The requested change that cannot be made, in a sentence. */
  readonly cannotChange: string | undefined;
  /** The reason why the source cannot have the package, in a sentence. */
  readonly conflict: string | undefined;
}

/**
 * Finds the package that each source requests, by the name of the source. An observed package keeps its name in the cluster and its
 * composed resource name: otherwise, Crossplane would delete the package with the old name, and everything that belongs to it.
 */
export function claimPackages(
  plans: readonly SourcePlan[],
  observed: readonly ObservedPackage[],
): ReadonlyMap<string, PackageClaim> {
  const asked = plans.flatMap((plan) => askedBy(plan, observed));
  const exact = new Set(asked.flatMap(({ found }) => found ?? []));
  const claims = asked.map((one) => claimOf(one, observed, exact));
  return new Map(claims.map(({ source, claim }) => [source, withConflict(source, claim, claims)]));
}

interface Asked {
  readonly plan: SourcePlan;
  readonly kind: PackageKind;
  /** The name in `install`. */
  readonly explicit: string | undefined;
  readonly name: string | undefined;
  readonly found: ObservedPackage | undefined;
}

interface Named {
  readonly source: string;
  readonly claim: PackageClaim;
}

function askedBy(plan: SourcePlan, observed: readonly ObservedPackage[]): Asked[] {
  const { install } = plan.source;
  if (install === undefined) return [];
  const { kind, name: explicit } = install;
  const name = explicit ?? (plan.repository === undefined ? undefined : packageName(plan.repository));
  return [{ plan, kind, explicit, name, found: observed.find((one) => one.kind === kind && one.name === name) }];
}

function claimOf(
  { plan, kind, explicit, name, found }: Asked,
  observed: readonly ObservedPackage[],
  exact: ReadonlySet<ObservedPackage>,
): Named {
  const own =
    found ??
    renamed(
      plan,
      kind,
      observed.filter((one) => !exact.has(one)),
    );
  const cannotChange =
    own !== undefined && explicit !== undefined && own.name !== explicit
      ? `${kind} ${own.name} keeps its name; to install it as ${explicit}, set packageCache.onRemoval: Uninstall in the Composition's input, remove install from the source ${plan.name} until ${own.name} is gone, and add it again`
      : undefined;
  const finalName = own?.name ?? name;
  const composedName = own?.composedName ?? (finalName === undefined ? undefined : packageNameOf(kind, finalName));
  return {
    source: plan.name,
    claim: { kind, name: finalName, composedName, observed: own, cannotChange, conflict: undefined },
  };
}

/** Returns the package of the source's repository under another name. Crossplane cannot install a second one, since both have the same objects. */
function renamed(
  { name, repository }: SourcePlan,
  kind: PackageKind,
  observed: readonly ObservedPackage[],
): ObservedPackage | undefined {
  const same = observed.filter(
    (one) => one.kind === kind && (repository === undefined || one.repository === repository),
  );
  const own = same.find(({ source }) => source === name);
  return own ?? (repository === undefined ? undefined : same[0]);
}

/** Resolves conflicts between sources that request the same package: the source that has it keeps it; otherwise, the first in the list gets it. */
function withConflict(source: string, claim: PackageClaim, claims: readonly Named[]): PackageClaim {
  const { kind, name, observed } = claim;
  const rivals = claims.filter((one) => name !== undefined && one.claim.kind === kind && one.claim.name === name);
  const winner = rivals.find((one) => one.source === observed?.source) ?? rivals[0];
  if (winner === undefined || winner.source === source) return claim;
  const conflict = `the source ${winner.source} already installs ${kind} ${name}; remove install from one of them`;
  return { ...claim, conflict };
}
