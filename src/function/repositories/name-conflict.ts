import { sha256Hex } from '../../internal/bytes/hash.ts';
import { printable, quote } from '../../internal/quote.ts';
import type { Problem } from '../api/input-error.ts';
import type { Composite } from '../observed/composite.ts';
import { NAME_CHECKED, NAME_LABEL, type Observed } from '../observed/managed-resource.ts';
import type { RepositoryPlan } from './providers/provider.ts';

/** Returns the label by which all repositories of a name in a region are found. A name may be longer than a label. */
export function nameLabel(region: string, externalName: string): Readonly<Record<string, string>> {
  const hash = sha256Hex(`${region}/${externalName}`);
  return { [NAME_LABEL]: hash.slice(0, 40) };
}

/** The annotation of a repository whose composite alone has its name. */
export const NAME_IS_CHECKED: Readonly<Record<string, string>> = { [NAME_CHECKED]: 'true' };

/** The verdict on a repository, from all repositories with its name. */
export type NameVerdict =
  /** No other composite has the name. */
  | { readonly kind: 'alone' }
  /**
   * Not certain yet: the composite's own repository is not ready, the lookup does not return it, or it returns others over which the own
   * one takes precedence.
   */
  | { readonly kind: 'first' }
  /** Another composite has the name, in an account that may be the same. */
  | { readonly kind: 'unclear'; readonly owner: string }
  /** Another composite has the repository. */
  | { readonly kind: 'taken'; readonly owner: string };

/** A repository of the composite, and the repositories with its name. */
export interface NameComparison {
  readonly plan: RepositoryPlan;
  readonly composite: Composite;
  /** The repository of the composite; undefined while it is not composed. */
  readonly own: Observed | undefined;
  /** The AWS account of the composite's repositories, once a provider has reported it. */
  readonly account: string | undefined;
  /** All repositories with the label of the name, including that of the composite. */
  readonly found: readonly Observed[];
}

/**
 * Decides which composite owns a repository. If two composites composed it at the same time, one keeps it, and both make the same decision:
 * the API server orders their objects, so that the lookup of the later one returns the earlier one, and a composite that was alone has
 * marked its repository. If neither is marked, the older object takes precedence, then the composite with the lower UID.
 */
export function verdictOf(comparison: NameComparison): NameVerdict {
  const { plan, own, found } = comparison;
  const others = found.filter((other) => hasName(other, plan) && !isOwn(other, comparison) && !isReleased(other));
  const contenders = others.map((other) => ({ other, account: accountOf(other, comparison) }));
  const taker = contenders.find(({ other, account }) => account === 'same' && goesBefore(other, comparison));
  if (taker) return { kind: 'taken', owner: ownerOf(taker.other, plan) };
  const unclear = contenders.find(({ account }) => account === 'unknown');
  const isHarmless = own === undefined || (!own.deletable && own.registryId === undefined);
  if (unclear && isHarmless) {
    const owner = ownerOf(unclear.other, plan);
    // After releasing the repository, the composite no longer knows the account. Without the condition, it would compose the repository again.
    // Only the name of the owner is compared, since another version may describe the account in other words.
    const taken = beginTaken(plan, nameOf(unclear.other));
    const isRemembered = own === undefined && comparison.composite.nameConflict?.includes(taken);
    return { kind: isRemembered ? 'taken' : 'unclear', owner };
  }
  // A repository is not marked while the provider creates it. That write could prevent the provider from recording that it created the
  // repository, which then requires manual intervention.
  if (!own?.ready) return { kind: 'first' };
  const isAlone = contenders.every(({ account }) => account === 'other');
  return isAlone && found.some((one) => isOwn(one, comparison)) ? { kind: 'alone' } : { kind: 'first' };
}

/** Returns the problem that another composite has a repository. */
export function conflictOf(plan: RepositoryPlan, owner: string, isComposed: boolean): Problem {
  const { key } = plan;
  const what = isComposed
    ? `the ${key} repository is ${takenBy(plan, owner)}; this composite releases it and deletes nothing in ECR`
    : `the ${key} repository would be named ${takenBy(plan, owner)}`;
  const wayOut =
    "change workloadName or repoPrefix, or separate the parts of the Composition's input.nameTemplate with /";
  return { path: 'spec.parameters.workloadName', message: `${what}; ${wayOut}` };
}

function takenBy(plan: RepositoryPlan, owner: string): string {
  return `${beginTaken(plan, owner)}already has`;
}

function beginTaken({ externalName }: RepositoryPlan, owner: string): string {
  return `${quote(externalName)}, which ${owner} `;
}

/** Describes the owner of a repository, with the account if that identifies the repository. */
function ownerOf(other: Observed, { location }: RepositoryPlan): string {
  const name = nameOf(other);
  const { providerName } = location;
  if (other.providerName === providerName || other.registryId === undefined || providerName === undefined) return name;
  return `${name} (in the registry ${printable(other.registryId)}, which is also that of the provider config ${printable(providerName)})`;
}

// The label alone is not sufficient: the author of a provider's repository could otherwise block names that it does not have.
function hasName({ externalName, forProvider }: Observed, { externalName: name, location }: RepositoryPlan): boolean {
  return externalName === name && forProvider.region === location.region;
}

/** True for a resource that is being deleted and leaves its repository in ECR to the next owner. */
function isReleased({ isBeingDeleted, deletable }: Observed): boolean {
  return isBeingDeleted && !deletable;
}

/** True when a resource belongs to the composite. UIDs are compared if known, since composites of several kinds may have the same name. */
function isOwn(other: Observed, { own, composite }: NameComparison): boolean {
  if (own?.uid !== undefined && own.uid === other.uid) return true;
  if (composite.uid !== undefined) return composite.uid === other.ownerUid;
  const { labels, namespace } = other;
  return (
    labels['crossplane.io/composite'] === composite.name && (!composite.namespaced || namespace === composite.namespace)
  );
}

/**
 * Compares the AWS accounts of two resources. Two provider configs may be for different accounts, which may have repositories of the same
 * name, or for the same account.
 */
function accountOf(
  other: Observed,
  { plan: { location }, account, composite }: NameComparison,
): 'same' | 'other' | 'unknown' {
  if (other.registryId !== undefined && account !== undefined) return other.registryId === account ? 'same' : 'other';
  if (other.providerName !== location.providerName) return 'unknown';
  // ProviderConfigs of different namespaces differ, and without provider configs, each namespace has its own identity.
  const isNamespaced =
    location.providerName === undefined ||
    location.providerKind === 'ProviderConfig' ||
    other.providerKind === 'ProviderConfig';
  return isNamespaced && other.namespace !== composite.namespace ? 'unknown' : 'same';
}

function goesBefore(other: Observed, { own, composite }: NameComparison): boolean {
  if (own === undefined || other.nameChecked) return true;
  const order = compare(other.createdAt ?? '', own.createdAt ?? '');
  if (order !== 0) return order < 0;
  if (other.ownerUid !== undefined && composite.uid !== undefined) return other.ownerUid < composite.uid;
  return compare(String(other.labels['crossplane.io/composite'] ?? ''), composite.name) < 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function nameOf({ labels }: Observed): string {
  const label = (name: string) => printable(String(labels[`crossplane.io/${name}`]));
  if (labels['crossplane.io/claim-name'] !== undefined)
    return `claim ${label('claim-namespace')}/${label('claim-name')}`;
  if (labels['crossplane.io/composite'] === undefined) return 'a Repository without a composite';
  return `composite ${label('composite')}`;
}
