import { isOciError, OciError } from '../errors.ts';
import type { Artifact } from '../image/image.ts';
import type { Digest } from '../name/digest.ts';
import { formatReference, type Reference } from '../name/reference.ts';
import { COSIGN_SUFFIXES, cosignTag } from './referrers.ts';
import type { RegistryClient } from './session-client.ts';
import { copyArtifact, type PushOptions, repositoryOf } from './transfer.ts';

/** The limit of manifests that refer to an artifact, directly or indirectly. */
const MAX_COPIED = 1_000;

/** A reference to an artifact, with the client for its registry. */
interface RemoteReference {
  readonly client: RegistryClient;
  readonly reference: Reference;
}

/**
 * Copies the referrers of an artifact and of all images in it, the referrers of these, and the tags of cosign. Referrers are listed by the
 * registry or the fallback tag. The artifact must exist in the target. Returns the number of copied manifests. Throws `TOO_LARGE` if there
 * are more than 1,000.
 */
export async function copyReferrers(
  from: RemoteReference,
  to: RemoteReference,
  artifact: Artifact,
  options: PushOptions = {},
): Promise<number> {
  const queue = digestsOf(artifact);
  const seen = new Set(queue);
  let copied = 0;
  const copy = async (which: Pick<Reference, 'tag' | 'digest'>) => {
    copied += 1;
    if (copied > MAX_COPIED) {
      const what = `the referrers of ${formatReference(from.reference)}`;
      throw new OciError('TOO_LARGE', `cannot copy ${what}: there are more than ${MAX_COPIED}`);
    }
    const source = { client: from.client, reference: { ...repositoryOf(from.reference), ...which } };
    return copyArtifact(source, { client: to.client, reference: { ...repositoryOf(to.reference), ...which } }, options);
  };
  for (let digest = queue.shift(); digest !== undefined; digest = queue.shift()) {
    for (const { digest: referrer } of await from.client.listReferrers(from.reference, digest, options)) {
      if (seen.has(referrer)) continue;
      seen.add(referrer);
      queue.push(referrer);
      await copy({ digest: referrer });
    }
    for (const suffix of COSIGN_SUFFIXES) {
      const tag = cosignTag(digest, suffix);
      if (await exists(from, tag, options)) await copy({ tag });
    }
  }
  return copied;
}

function digestsOf(artifact: Artifact): Digest[] {
  const below = artifact.kind === 'index' ? artifact.children.flatMap(digestsOf) : [];
  return [...new Set([artifact.document.descriptor.digest, ...below])];
}

async function exists({ client, reference }: RemoteReference, tag: string, options: PushOptions): Promise<boolean> {
  try {
    await client.resolve({ ...repositoryOf(reference), tag }, options);
    return true;
  } catch (error) {
    if (isOciError(error, 'NOT_FOUND')) return false;
    throw error;
  }
}
