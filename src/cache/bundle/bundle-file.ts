import * as z from 'zod/mini';
import { writeOutputs } from '../../internal/files/write-outputs.ts';
import { parseAs } from '../../internal/parse-as.ts';
import { listed } from '../../internal/quote.ts';
import {
  type Artifact,
  imageLayoutArchive,
  type LayoutEntry,
  parseReference,
  readImageLayoutArchive,
} from '../../oci/index.ts';
import { CacheError } from '../errors.ts';
import { formatPackage } from '../pack/closure.ts';
import { type LockedPackage, lockedSchema, MAX_LOCK_BYTES } from '../pack/lock.ts';
import type { Bundle, BundledImage } from './collect.ts';

/** The name of the lock in a bundle: it lists the packages, with their digests in the bundle, and the other images. */
export const BUNDLE_LOCK = 'package-cache.lock.json';

const schema = z.object({ version: z.literal(1), packages: z.array(lockedSchema), images: z.array(lockedSchema) });

/** Formats the lock of a bundle. */
function formatBundleLock({ packages, images }: Pick<Bundle, 'packages' | 'images'>): string {
  const locked = (all: readonly LockedPackage[]) =>
    all
      .map(({ source, tag, digest }) => ({ source, version: tag, digest }))
      .sort((a, b) => (a.source < b.source ? -1 : 1));
  return `${JSON.stringify({ version: 1, packages: locked(packages), images: locked(images) }, undefined, 2)}\n`;
}

/**
 * Writes a bundle as a tar of an OCI image layout, and its lock to `lockPath` if that is given: both files or neither. The bytes depend on the
 * images only.
 */
export async function writeBundle(path: string, bundle: Bundle, lockPath?: string): Promise<void> {
  const entries = [...bundle.packages, ...bundle.images].map((one): LayoutEntry => {
    const name = nameOf(one);
    return { artifact: one.artifact, name, imageName: name };
  });
  entries.sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
  const lock = Buffer.from(formatBundleLock(bundle));
  await writeOutputs([
    ...(lockPath === undefined ? [] : [{ path: lockPath, content: [lock] }]),
    { path, content: imageLayoutArchive(entries, { [BUNDLE_LOCK]: lock }) },
  ]);
}

/** Returns the name of an image: containerd accepts a tag or a digest, not both. */
function nameOf({ source, tag, digest }: LockedPackage): string {
  return tag === undefined ? `${source}@${digest}` : `${source}:${tag}`;
}

/**
 * Opens a bundle and verifies it: it has every image of its lock and no other, and every blob has its digest. Throws `INVALID_MEMBER` for a
 * file that is not a bundle, `INCOMPLETE` if an image is missing, and OciError for an invalid blob.
 */
export async function readBundle(path: string): Promise<Omit<Bundle, 'reduced'>> {
  const { entries, read } = await readImageLayoutArchive(path);
  const text = await read(BUNDLE_LOCK, MAX_LOCK_BYTES);
  if (text === undefined) {
    throw new CacheError(
      'INVALID_MEMBER',
      `cannot use ${path}: it was not written by cache bundle: ${BUNDLE_LOCK} is missing`,
    );
  }
  const parsed = parseAs(text, schema);
  if ('problem' in parsed)
    throw new CacheError('INVALID_MEMBER', `cannot read ${BUNDLE_LOCK} in ${path}: ${parsed.problem}`);
  const left = new Map(entries.map(({ artifact, name = '' }) => [`${name} ${digestOf(artifact)}`, artifact]));
  const missing: string[] = [];
  const take = (all: z.infer<typeof schema>['packages']): BundledImage[] =>
    all.flatMap(({ source, version: tag, digest }) => {
      const one = { source, tag, digest };
      // The source becomes the path of a repository and the name of a folder, so it must be a valid reference.
      parseReference(`${source}@${digest}`, 'strict');
      const key = `${nameOf(one)} ${digest}`;
      const artifact = left.get(key);
      left.delete(key);
      if (artifact === undefined) missing.push(formatPackage(one));
      return artifact === undefined ? [] : [{ ...one, artifact }];
    });
  const [packages, images] = [take(parsed.value.packages), take(parsed.value.images)];
  if (missing.length > 0) {
    throw new CacheError(
      'INCOMPLETE',
      `cannot use ${path}: ${missing.length} images of its lock are missing: ${listed(missing, 3)}`,
    );
  }
  if (left.size > 0) {
    throw new CacheError('INVALID_MEMBER', `cannot use ${path}: its lock does not list ${listed([...left.keys()], 3)}`);
  }
  for (const { artifact } of [...packages, ...images]) await readThrough(artifact);
  return { packages, images };
}

/** Reads every blob, which verifies its digest. */
async function readThrough(artifact: Artifact): Promise<void> {
  if (artifact.kind === 'index') for (const child of artifact.children) await readThrough(child);
  else for (const blob of [artifact.config, ...artifact.layers]) for await (const _ of blob.open());
}

function digestOf({ document }: Artifact): string {
  return document.descriptor.digest;
}
