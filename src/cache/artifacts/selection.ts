// Not from the index, with which the registry client would be loaded.

import { sha256Hex } from '../../internal/bytes/hash.ts';
import { isOciError } from '../../oci/errors.ts';
import { selectTag } from '../../oci/name/select-tag.ts';
import type { ContentChoice, Selection } from './request.ts';

/** Milliseconds of matching the few tags at hand: calls wait for it. */
const MAX_MATCH_MS = 50;

/** The suffix of a file name behind the key of its artifact: other selections of one artifact are other files. */
export function selectionSuffix(choice: ContentChoice): string {
  if (choice.kind !== 'layer') return '';
  const { mediaType = '', operation, ignore = '' } = choice;
  return `-${sha256Hex(JSON.stringify([mediaType, operation, ignore])).slice(0, 8)}`;
}

/**
 * Picks the revision that a selection means out of those that are at hand, for when the registry cannot be asked. Revisions are
 * `<tag>@<digest>` or a digest alone; of equal tags the first is taken.
 */
export async function selectRevision(selection: Selection, revisions: readonly string[]): Promise<string | undefined> {
  if (selection.kind === 'digest') return revisions.find((revision) => digestOf(revision) === selection.digest);
  const tag = selection.kind === 'tag' ? selection.tag : await highestTag(selection, revisions);
  return tag === undefined ? undefined : revisions.find((revision) => revision.startsWith(`${tag}@`));
}

async function highestTag(
  selection: Extract<Selection, { kind: 'semver' }>,
  revisions: readonly string[],
): Promise<string | undefined> {
  const tags = revisions
    .filter((revision) => revision.includes('@'))
    .map((revision) => revision.slice(0, revision.indexOf('@')));
  try {
    return await selectTag(tags, selection, MAX_MATCH_MS);
  } catch (error) {
    if (isOciError(error)) return undefined;
    throw error;
  }
}

function digestOf(revision: string): string {
  return revision.slice(revision.indexOf('@') + 1);
}
