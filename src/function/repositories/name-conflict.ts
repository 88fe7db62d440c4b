import { createHash } from 'node:crypto';
import { quote } from '../../internal/quote.ts';
import type { ResourceSelector } from '../../protocol/messages.ts';
import type { Problem } from '../api/input-error.ts';
import type { Composite } from '../observed/composite.ts';
import type { Observed } from '../observed/managed-resource.ts';
import type { RepositoryPlan } from './providers/provider.ts';

const LABEL = 'workload-ecr.fn.crossplane.io/repository';

/** The label by which all repositories of a name in a region are found. A name has more characters than a label may. */
export function nameLabel(region: string, externalName: string): Readonly<Record<string, string>> {
  const hash = createHash('sha256').update(`${region}/${externalName}`).digest('hex');
  return { [LABEL]: hash.slice(0, 40) };
}

/** The name under which the function asks for the repositories that have the name of one of its own. */
export function requirementName(plan: RepositoryPlan): string {
  return `repository-${plan.key}`;
}

/** Selects the repositories, of all composites, that have the name of this one. */
export function selectorOf(plan: RepositoryPlan, apiVersion: string): ResourceSelector {
  return { apiVersion, kind: 'Repository', matchLabels: plan.labels };
}

/**
 * Says which other composite has this repository, out of the repositories of the same name. Of two that both made one, the older keeps
 * it, so that they never take it from each other in turn.
 */
export function conflictOf(
  plan: RepositoryPlan,
  composite: Composite,
  own: Observed | undefined,
  sameName: readonly Observed[],
): Problem | undefined {
  const others = sameName.filter((other) => !isOwn(other, composite) && isSameAccount(other, own, plan));
  const owner = others.find((other) => goesBefore(other, own, composite));
  if (owner === undefined) return undefined;
  const message = `the ${plan.key} repository would be called ${quote(plan.externalName)}, which ${nameOf(owner)} already has; change workloadName or repoPrefix, or have the Composition's input.nameTemplate separate its parts with /`;
  return { path: 'spec.parameters.workloadName', message };
}

function isOwn({ labels, namespace }: Observed, composite: Composite): boolean {
  return (
    labels['crossplane.io/composite'] === composite.name && (!composite.namespaced || namespace === composite.namespace)
  );
}

// Two provider configs may stand for two accounts, which may well have repositories of one name.
function isSameAccount(other: Observed, own: Observed | undefined, { place }: RepositoryPlan): boolean {
  if (other.registryId !== undefined && own?.registryId !== undefined) return other.registryId === own.registryId;
  return other.providerName === place.providerName;
}

function goesBefore(other: Observed, own: Observed | undefined, composite: Composite): boolean {
  if (own === undefined) return true;
  const order = compare(other.createdAt ?? '', own.createdAt ?? '');
  return (order || compare(String(other.labels['crossplane.io/composite'] ?? ''), composite.name)) < 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function nameOf({ labels }: Observed): string {
  const claim = labels['crossplane.io/claim-name'];
  if (claim !== undefined) return `claim ${String(labels['crossplane.io/claim-namespace'])}/${String(claim)}`;
  const composite = labels['crossplane.io/composite'];
  return composite === undefined ? 'a repository that no composite has' : `composite ${String(composite)}`;
}
