import type { SetManifest } from '../../../cache/sets/manifest.ts';
import type { ObservedSet } from '../observed.ts';
import type { SourcePlan } from '../plan.ts';

/** The observed sets by the name of the source to which they now belong. */
export interface AdoptedSets {
  readonly bySource: ReadonlyMap<string, readonly ObservedSet[]>;
  /** Sets of removed sources. */
  readonly orphans: readonly ObservedSet[];
}

/**
 * Finds the source of each observed set. A set belongs to the source for which it was composed. If that source was renamed, it belongs to
 * the source that now requests the same content, so that a rename neither fetches nor loses content.
 */
export function adoptSets(plans: readonly SourcePlan[], sets: readonly ObservedSet[]): AdoptedSets {
  const bySource = new Map<string, ObservedSet[]>();
  const orphans: ObservedSet[] = [];
  const named = new Set(sets.map(({ source }) => source));
  for (const set of sets) {
    const plan = ownerOf(set, plans, named);
    if (plan === undefined) orphans.push(set);
    else bySource.set(plan.name, [...(bySource.get(plan.name) ?? []), set]);
  }
  return { bySource, orphans };
}

function ownerOf(set: ObservedSet, plans: readonly SourcePlan[], named: ReadonlySet<string>): SourcePlan | undefined {
  const own = plans.find(({ name }) => name === set.source);
  if (own !== undefined && (own.repository === undefined || mayCarry(own, set.manifest))) return own;
  const others = plans.filter((plan) => plan.repository !== undefined && mayCarry(plan, set.manifest));
  const renamed =
    others.find((plan) => !named.has(plan.name) && selects(plan, set.revision)) ??
    others.find((plan) => !named.has(plan.name)) ??
    others[0];
  return renamed ?? own;
}

/** True when a set with this manifest may be from the source's repository and of the requested kind. */
export function mayCarry({ repository, content }: SourcePlan, manifest: SetManifest | undefined): boolean {
  if (manifest?.artifact === undefined || manifest.artifact.source !== repository) return false;
  const { file } = manifest;
  if (content === 'image') return file.endsWith('.xpkg');
  const isPackage = file.endsWith('.gz') && !file.endsWith('.tar.gz');
  return content === 'package' ? isPackage : !isPackage && !file.endsWith('.xpkg');
}

/** True when the revision has the tag or digest that the source requests. */
function selects({ target }: SourcePlan, revision: string | undefined): boolean {
  if (target === undefined || 'notAllowed' in target || revision === undefined) return false;
  const { selection } = target;
  if (selection.kind === 'digest') return revision.endsWith(selection.digest);
  return selection.kind === 'tag' && revision.startsWith(`${selection.tag}@`);
}
