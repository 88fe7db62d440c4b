import { isOciError, OciError } from '../errors.ts';
import type { Artifact } from '../image/image.ts';
import type { Digest } from '../name/digest.ts';
import { formatReference, type Reference } from '../name/reference.ts';
import { COSIGN_SUFFIXES, cosignTag } from './referrers.ts';
import type { RegistryClient } from './session-client.ts';
import { copyArtifact, type PushOptions, repositoryOf } from './transfer.ts';

/** Manifests that refer to one artifact, or to each other, all together. */
const MAX_COPIED = 1_000;

/** An artifact in a repository, and the client to reach it with. */
interface Place {
  readonly client: RegistryClient;
  readonly reference: Reference;
}

/**
 * Copies what belongs to an artifact and to all images in it: manifests that refer to them, by the registry's list or its fallback tag, what
 * refers to those, and the tags of cosign. The artifact must be in the target. Returns how many manifests were copied; throws `TOO_LARGE` for
 * more than 1,000.
 */
export async function copyReferrers(
  from: Place,
  to: Place,
  artifact: Artifact,
  options: PushOptions = {},
): Promise<number> {
  const queue = digestsOf(artifact);
  const seen = new Set(queue);
  let copied = 0;
  const copy = async (which: Pick<Reference, 'tag' | 'digest'>) => {
    copied += 1;
    if (copied > MAX_COPIED) {
      const what = `what refers to ${formatReference(from.reference)}`;
      throw new OciError('TOO_LARGE', `cannot copy ${what}: it is more than ${MAX_COPIED} manifests`);
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

async function exists({ client, reference }: Place, tag: string, options: PushOptions): Promise<boolean> {
  try {
    await client.resolve({ ...repositoryOf(reference), tag }, options);
    return true;
  } catch (error) {
    if (isOciError(error, 'NOT_FOUND')) return false;
    throw error;
  }
}
