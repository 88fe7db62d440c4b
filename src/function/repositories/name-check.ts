import { Capability, type Requirements } from '../../protocol/messages.ts';
import { itemsOf, type RequestView } from '../../protocol/request.ts';
import { decodeStruct } from '../../protocol/struct.ts';
import { InputError } from '../api/input-error.ts';
import type { Composite } from '../observed/composite.ts';
import { FOREIGN_PROJECTION, type Observed, readObserved } from '../observed/managed-resource.ts';
import type { RepositoryParts } from '../plan.ts';
import { conflictOf, requirementName, selectorOf } from './name-conflict.ts';

/** What a look at other composites' names came to. */
export interface NameCheck {
  /** Composed names of repositories that must not be made before it is known whether another composite has them. */
  readonly unknown: ReadonlySet<string>;
  readonly requirements: Requirements | undefined;
}

/** What there is to say where nobody looks. */
export const UNCHECKED: NameCheck = { unknown: new Set(), requirements: undefined };

/** Looks for other composites' repositories of the same names, until ours are ready. Throws {@link InputError} at the first. */
export function checkNames(
  request: RequestView,
  composite: Composite,
  repositories: readonly RepositoryParts[],
  observed: ReadonlyMap<string, Observed>,
): NameCheck {
  const pending = repositories.filter(({ plan }) => !observed.get(plan.composedName)?.ready);
  if (pending.length === 0) return UNCHECKED;
  const unknown = new Set<string>();
  for (const { plan } of pending) {
    const fetched = request.requiredResources.get(requirementName(plan));
    const own = observed.get(plan.composedName);
    // Found none is an entry without items; no entry at all means that nobody has looked yet.
    if (fetched === undefined) {
      if (!own) unknown.add(plan.composedName);
      continue;
    }
    const sameName = itemsOf(fetched).map((item) => readObserved(decodeStruct(item, FOREIGN_PROJECTION)));
    const conflict = conflictOf(plan, composite, own, sameName);
    // One sentence is enough: who has one of the names mostly has the others too.
    if (conflict) throw new InputError([conflict], 'NAME_CONFLICT');
  }
  return { unknown, requirements: requirementsOf(request, pending) };
}

function requirementsOf(request: RequestView, pending: readonly RepositoryParts[]): Requirements {
  const selectors = pending.map(({ plan, composed }) => {
    return [requirementName(plan), selectorOf(plan, String(composed[0]?.resource.apiVersion))] as const;
  });
  const selected = Object.fromEntries(selectors);
  // Callers before required resources know the same by an older name.
  const supported = request.capabilities?.has(Capability.REQUIRED_RESOURCES) ?? false;
  return supported ? { resources: selected } : { extraResources: selected };
}
