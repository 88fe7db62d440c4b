// Not from the index, with which the registry client would be loaded.

import { sha256Hex } from '../../internal/bytes/hash.ts';
import { isOciError } from '../../oci/errors.ts';
import { highestVersion } from '../../oci/name/select-tag.ts';
import { parseConstraint } from '../../oci/name/semver.ts';
import type { ContentChoice, Selection } from './request.ts';

/** Returns the suffix that follows the artifact's key in a file name: each selection from an artifact has its own file. */
export function selectionSuffix(choice: ContentChoice): string {
  if (choice.kind !== 'layer') return '';
  const { mediaType = '', operation, ignore = '' } = choice;
  return `-${sha256Hex(JSON.stringify([mediaType, operation, ignore])).slice(0, 8)}`;
}

/**
 * Picks the revision that matches a selection from those that are available offline. Revisions are `<tag>@<digest>` or a digest; of equal
 * tags the first is picked. Ignores `semverFilter`: the caller passes revisions whose tags match it.
 */
export function selectRevision(selection: Selection, revisions: readonly string[]): string | undefined {
  if (selection.kind === 'digest') return revisions.find((revision) => digestOf(revision) === selection.digest);
  const tag = selection.kind === 'tag' ? selection.tag : highestTag(selection.semver, revisions);
  return tag === undefined ? undefined : revisions.find((revision) => revision.startsWith(`${tag}@`));
}

function highestTag(semver: string, revisions: readonly string[]): string | undefined {
  const tags = revisions
    .filter((revision) => revision.includes('@'))
    .map((revision) => revision.slice(0, revision.indexOf('@')));
  try {
    return highestVersion(tags, parseConstraint(semver));
  } catch (error) {
    if (isOciError(error)) return undefined;
    throw error;
  }
}

function digestOf(revision: string): string {
  return revision.slice(revision.indexOf('@') + 1);
}
