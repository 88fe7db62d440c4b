import type { PackageCacheInput } from '../../api/package-cache.ts';
import { type Reason, type SourceOutcome, typeProblem } from '../decide-sources.ts';
import { companionNameOf, type PackageKind, usageNameOf } from '../names.ts';
import type { ObservedCache, ObservedSet } from '../observed.ts';
import type { PackageClaim } from './claims.ts';
import type { ObservedObject, ObservedPackage, ObservedPin } from './observed-packages.ts';

/** The outcome of an installed or requested package. */
export type PackageState =
  /** The package matches its source and the revision in the cluster. */
  | 'applied'
  /** The package is not changed, or not created yet, until the package that its source requests can be applied. */
  | 'held'
  /** No source requests it, and it is retained. */
  | 'kept'
  /** It is about to be removed: first, its protection is removed. */
  | 'released'
  /** It is being removed. */
  | 'removed';

/** A package and its outcome. */
export interface PackageOutcome {
  readonly kind: PackageKind;
  readonly name: string;
  readonly composedName: string;
  readonly state: PackageState;
  /** The outcome of the source that requests it. */
  readonly sourceOutcome: SourceOutcome | undefined;
  readonly observed: ObservedPackage | undefined;
  readonly pin: ObservedPin | undefined;
  readonly usage: ObservedObject | undefined;
  /** The reason why it differs from the request. */
  readonly message: string | undefined;
}

/** Decides the outcome of all packages: those that sources request, and existing ones without a source. */
export function decidePackages(
  sources: readonly SourceOutcome[],
  claims: ReadonlyMap<string, PackageClaim>,
  observed: ObservedCache,
  { onRemoval }: Pick<PackageCacheInput, 'onRemoval'>,
): PackageOutcome[] {
  const asked = sources.flatMap((one) => outcomeOf(one, claims.get(one.plan.name), observed));
  const claimed = new Set([...claims.values()].flatMap((claim) => claim.observed ?? []));
  const others = observed.packages.filter((one) => !claimed.has(one));
  return [...asked, ...others.map((one) => unclaimed(one, asked, claims, observed, onRemoval))];
}

/** Returns the `repository@digest` of each retained package, whose content must also be retained. */
export function pinnedContent(
  claims: ReadonlyMap<string, PackageClaim>,
  observed: ObservedCache,
  { onRemoval }: Pick<PackageCacheInput, 'onRemoval'>,
): ReadonlyMap<string, ObservedPackage> {
  const claimed = new Set([...claims.values()].flatMap((claim) => claim.observed ?? []));
  const staying = observed.packages.filter((one) => onRemoval === 'Keep' || claimed.has(one));
  return new Map(staying.map((one) => [pinOf(one.composedName, observed)?.byDigest ?? one.image, one] as const));
}

/** Returns the `repository@digest` of a set's artifact. */
export function contentOf({ manifest }: ObservedSet): string | undefined {
  const { artifact } = manifest ?? {};
  return artifact && `${artifact.source}@${artifact.digest}`;
}

/** Reasons that prevent a source from installing a new package. */
const NOT_TRUSTED: readonly Reason[] = ['NotAllowed', 'AuthFailed', 'VerifyFailed', 'Conflict'];

function outcomeOf(
  sourceOutcome: SourceOutcome,
  claim: PackageClaim | undefined,
  observed: ObservedCache,
): PackageOutcome[] {
  if (claim?.name === undefined || claim.composedName === undefined || claim.conflict !== undefined) return [];
  const { kind, name, composedName, observed: found } = claim;
  const companions = companionsOf(kind, name, composedName, observed, sourceOutcome.plan.repository);
  const isLeft = isLeftover(sourceOutcome, found, companions.pin);
  const state = !isLeft && canApply(sourceOutcome, found) ? 'applied' : 'held';
  const message = isLeft ? LEFTOVER : state === 'applied' || found ? undefined : WAITING;
  return [{ kind, name, composedName, state, sourceOutcome, observed: found, ...companions, message }];
}

const WAITING = 'Waiting until its content is in ConfigMaps';
const LEFTOVER =
  'The ConfigMaps contain another revision than the installed one; the package is not changed until its source can be fetched again';

/** True when the cluster has another revision than the installed one, and it is unknown whether the source selects that revision. */
function isLeftover(
  { isSelected, current }: SourceOutcome,
  found: ObservedPackage | undefined,
  pin: ObservedPin | undefined,
): boolean {
  if (isSelected || current?.kind !== 'observed' || found === undefined) return false;
  const installed = pin?.byDigest ?? (found.image?.includes('@') ? found.image : undefined);
  return installed !== undefined && installed !== contentOf(current.set);
}

/** True when a package can be installed: its content must be in the cluster, or Crossplane would not find it in its cache. */
function canApply({ plan, reason, current }: SourceOutcome, found: ObservedPackage | undefined): boolean {
  if (current?.kind !== 'observed' || !current.set.intact || current.set.manifest?.artifact === undefined) return false;
  return typeProblem(plan, current.annotations) === undefined && (found !== undefined || !NOT_TRUSTED.includes(reason));
}

function unclaimed(
  found: ObservedPackage,
  asked: readonly PackageOutcome[],
  claims: ReadonlyMap<string, PackageClaim>,
  observed: ObservedCache,
  onRemoval: PackageCacheInput['onRemoval'],
): PackageOutcome {
  const { kind, name, composedName } = found;
  const companions = companionsOf(kind, name, composedName, observed);
  const outcome = (state: PackageState, message: string): PackageOutcome => {
    return { kind, name, composedName, state, sourceOutcome: undefined, observed: found, ...companions, message };
  };
  if (onRemoval === 'Keep') {
    return outcome(
      'kept',
      `${kind} ${name} remains installed, although no source requests it; to remove it, set packageCache.onRemoval: Uninstall in the Composition's input`,
    );
  }
  const successor = found.source === undefined ? undefined : claims.get(found.source);
  const isReplaced = asked.some((one) => one.sourceOutcome?.plan.name === found.source && one.state === 'applied');
  const isUnclear = [...claims.values()].some((claim) => claim.kind === kind && claim.name === undefined);
  if ((successor !== undefined && !isReplaced) || isUnclear) {
    return outcome(
      'kept',
      `${kind} ${name} remains installed until the package that its source now requests is installed`,
    );
  }
  return companions.usage === undefined
    ? outcome('removed', `${kind} ${name} is being removed`)
    : outcome('released', `${kind} ${name} is about to be removed`);
}

function companionsOf(
  kind: PackageKind,
  name: string,
  composedName: string,
  observed: ObservedCache,
  repository?: string,
): Pick<PackageOutcome, 'pin' | 'usage'> {
  const usage = usageNameOf(kind, name);
  return {
    pin: pinOf(composedName, observed) ?? lonelyPin(observed, repository),
    usage: observed.usages.find((one) => one.name === usage),
  };
}

function pinOf(composedName: string, { pins }: ObservedCache): ObservedPin | undefined {
  const pinName = companionNameOf(composedName, 'imageconfig');
  return pins.find((one) => one.composedName === pinName);
}

/** Returns the ImageConfig of a package that was deleted manually. A second one would have the same name. */
function lonelyPin({ pins, packages }: ObservedCache, repository: string | undefined): ObservedPin | undefined {
  const taken = packages.map((one) => companionNameOf(one.composedName, 'imageconfig'));
  return pins.find((one) => !taken.includes(one.composedName) && one.byDigest?.startsWith(`${repository}@`));
}
