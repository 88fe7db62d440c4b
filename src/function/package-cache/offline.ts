import type { SourceRequest, SourceSigners } from '../../cache/artifacts/request.ts';
import { selectionSuffix, selectRevision } from '../../cache/artifacts/selection.ts';
import type { SourceResult } from '../../cache/artifacts/source.ts';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import type { SelectedArtifact } from './decide-sources.ts';
import { mayCarry } from './install/adopt.ts';
import { contentOf } from './install/packages.ts';
import { FILTER_ANNOTATION, VERIFIED_ANNOTATION } from './names.ts';
import type { ObservedSet } from './observed.ts';
import type { SourcePlan } from './plan.ts';

/**
 * Returns the artifact that a source selects from the content in the cluster, while the registry cannot be reached: a previously stored
 * revision which, if a signature or a tag filter is required, has passed these checks. If the ConfigMaps of the installed revision
 * (`installed`, the `repository@digest` of the package) do not exist, older revisions are excluded, since tags and ranges may select the
 * installed one.
 */
export function selectedOffline(
  request: SourceRequest,
  { failure }: SourceResult,
  plan: SourcePlan,
  observed: readonly ObservedSet[],
  installed: string | undefined,
): SelectedArtifact | undefined {
  if (failure?.reason !== 'FetchFailed' || failure.lasting) return undefined;
  const isLost = installed?.includes('@') && observed.every((set) => contentOf(set) !== installed);
  if (isLost && request.selection.kind !== 'digest') return undefined;
  const judged = Object.entries(checksOf(request));
  const sets = observed.filter(({ manifest, annotations }) => {
    // Damaged sets are included, so that an earlier set does not replace them.
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
 * Returns annotations that record the checks that a revision passed: the signers with which it was verified, and the filter that its tag
 * matched. A tenant's filter is not evaluated again here: one match can take some tenths of a second, which would block all calls.
 */
export function checksOf({ signers, selection }: SourceRequest): Record<string, string> {
  const filter = selection.kind === 'semver' ? selection.semverFilter : undefined;
  return {
    ...(signers !== undefined && { [VERIFIED_ANNOTATION]: hashOf(JSON.stringify(hashedOf(signers))) }),
    ...(filter && { [FILTER_ANNOTATION]: hashOf(filter) }),
  };
}

/** Returns the hashed value of signers. For keys, ConfigMaps of earlier versions have the same hash. */
function hashedOf(signers: SourceSigners): unknown {
  return 'keys' in signers ? signers.keys.map(({ pem }) => pem).sort() : signers;
}

function hashOf(text: string): string {
  return sha256Hex(text).slice(0, 16);
}
