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

/** The lock within a bundle: its packages with the digests that they have there, and its other images. */
export const BUNDLE_LOCK = 'package-cache.lock.json';

const schema = z.object({ version: z.literal(1), packages: z.array(lockedSchema), images: z.array(lockedSchema) });

/** Writes the lock of a bundle. */
function formatBundleLock({ packages, images }: Pick<Bundle, 'packages' | 'images'>): string {
  const locked = (all: readonly LockedPackage[]) =>
    all
      .map(({ source, tag, digest }) => ({ source, version: tag, digest }))
      .sort((a, b) => (a.source < b.source ? -1 : 1));
  return `${JSON.stringify({ version: 1, packages: locked(packages), images: locked(images) }, undefined, 2)}\n`;
}

/**
 * Writes a bundle as a tar of an OCI image layout, and its lock to `lockPath` if that is given: both whole or neither. The same images give the
 * same bytes.
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

/** Containerd wants a tag or a digest, not both. */
function nameOf({ source, tag, digest }: LockedPackage): string {
  return tag === undefined ? `${source}@${digest}` : `${source}:${tag}`;
}

/**
 * Opens a bundle and checks all of it: every image of its lock is there, every byte has its digest, and there is nothing else. Throws
 * `INVALID_MEMBER` for a file that is not a bundle and `INCOMPLETE` for one that lacks an image; blobs throw an OciError.
 */
export async function readBundle(path: string): Promise<Omit<Bundle, 'reduced'>> {
  const { entries, read } = await readImageLayoutArchive(path);
  const text = await read(BUNDLE_LOCK, MAX_LOCK_BYTES);
  if (text === undefined) {
    throw new CacheError(
      'INVALID_MEMBER',
      `cannot use ${path}: it holds no ${BUNDLE_LOCK}, so cache bundle did not write it`,
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
      // It becomes the path of a repository, and the name of a folder.
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
      `cannot use ${path}: it lacks ${missing.length} images of its lock: ${listed(missing, 3)}`,
    );
  }
  if (left.size > 0) {
    throw new CacheError('INVALID_MEMBER', `cannot use ${path}: its lock does not list ${listed([...left.keys()], 3)}`);
  }
  for (const { artifact } of [...packages, ...images]) await readThrough(artifact);
  return { packages, images };
}

/** Reads every blob, which compares it with its digest. */
async function readThrough(artifact: Artifact): Promise<void> {
  if (artifact.kind === 'index') for (const child of artifact.children) await readThrough(child);
  else for (const blob of [artifact.config, ...artifact.layers]) for await (const _ of blob.open());
}

function digestOf({ document }: Artifact): string {
  return document.descriptor.digest;
}
