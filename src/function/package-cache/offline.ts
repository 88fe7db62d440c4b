import type { SourceRequest, SourceSigners } from '../../cache/artifacts/request.ts';
import { selectionSuffix, selectRevision } from '../../cache/artifacts/selection.ts';
import type { SourceResult } from '../../cache/artifacts/source.ts';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import type { Wanted } from './decide-sources.ts';
import { mayCarry } from './install/adopt.ts';
import { contentOf } from './install/packages.ts';
import { FILTER_ANNOTATION, VERIFIED_ANNOTATION } from './names.ts';
import type { ObservedSet } from './observed.ts';
import type { SourcePlan } from './plan.ts';

/**
 * The meaning of a source as far as the cluster has it, while the registry cannot be asked: a revision that was carried before, and where a
 * signature or a filter for tags is asked for, one that passed these. Not one from before what is installed now (`installed`, the
 * `repository@digest` of the package), whose ConfigMaps are gone: tags and ranges may mean that.
 */
export function wantedOffline(
  request: SourceRequest,
  { failure }: SourceResult,
  plan: SourcePlan,
  observed: readonly ObservedSet[],
  installed: string | undefined,
): Wanted | undefined {
  if (failure?.reason !== 'FetchFailed' || failure.lasting) return undefined;
  const isLost = installed?.includes('@') && observed.every((set) => contentOf(set) !== installed);
  if (isLost && request.selection.kind !== 'digest') return undefined;
  const judged = Object.entries(judgedBy(request));
  const sets = observed.filter(({ manifest, annotations }) => {
    // Damaged sets count, too: an earlier one must not take their place.
    const isOfSelection =
      manifest === undefined || (manifest.file.includes(selectionSuffix(request.content)) && mayCarry(plan, manifest));
    return isOfSelection && judged.every(([key, hash]) => annotations[key] === hash);
  });
  const revision = selectRevision(
    request.selection,
    sets.flatMap((set) => set.revision ?? []),
  );
  const set = sets.find((one) => revision !== undefined && one.revision === revision);
  if (!set?.intact || set.manifest === undefined || set.revision === undefined) return undefined;
  return { revision: set.revision, manifest: set.manifest, annotations: set.annotations, content: undefined };
}

/**
 * Annotations that say what a revision passed: the signers that it was verified with, the filter that its tag matched. A tenant's filter is
 * not tried again here: one match can take some tenths of a second, in which every call waits.
 */
export function judgedBy({ signers, selection }: SourceRequest): Record<string, string> {
  const filter = selection.kind === 'semver' ? selection.semverFilter : undefined;
  return {
    ...(signers !== undefined && { [VERIFIED_ANNOTATION]: hashOf(JSON.stringify(hashedOf(signers))) }),
    ...(filter && { [FILTER_ANNOTATION]: hashOf(filter) }),
  };
}

/** For keys, ConfigMaps of earlier versions have this hash. */
function hashedOf(signers: SourceSigners): unknown {
  return 'keys' in signers ? signers.keys.map(({ pem }) => pem).sort() : signers;
}

function hashOf(text: string): string {
  return sha256Hex(text).slice(0, 16);
}
