import { printable } from '../../internal/quote.ts';
import {
  type Artifact,
  buildIndex,
  choosePlatform,
  formatPlatform,
  isOciError,
  type Platform,
  parseImageConfig,
  parseReference,
  pullArtifact,
  type RegistryClient,
  readConfig,
} from '../../oci/index.ts';
import { CacheError } from '../errors.ts';
import { closureProblems, formatPackage, requirementsOf, sourceOf } from '../pack/closure.ts';
import { type Rewrites, registryFinder, rewrittenRepository } from '../pack/finder.ts';
import type { LockedPackage } from '../pack/lock.ts';

/** An image of a bundle: a package, which for a Function or Provider is also the runtime image, or the loader's image. */
export interface BundledImage extends LockedPackage {
  readonly artifact: Artifact;
}

/** Selects the images of a bundle. */
export interface BundleRequest {
  /** The packages of a lock. */
  readonly lock: readonly LockedPackage[];
  /** Packages that the lock must list, as `source[:tag][@digest]`. */
  readonly named: readonly string[];
  /** The platforms of runtime images. Default: all. */
  readonly platforms?: readonly Platform[] | undefined;
  /** The loader's image, as `source:tag`, with or without a digest. */
  readonly loaderImage?: string | undefined;
  readonly rewrites?: Rewrites;
}

/** The images of a bundle. */
export interface Bundle {
  readonly packages: readonly BundledImage[];
  readonly images: readonly BundledImage[];
  /** Packages whose index was reduced to the platforms, which changes their digest. */
  readonly reduced: readonly string[];
}

/**
 * Finds all images of a bundle; their blobs are downloaded when they are read. Throws `INVALID_OPTION` for a lock of another set, and
 * `INCOMPLETE` if the lock lacks a dependency or an image lacks a platform.
 */
export async function collectBundle(client: RegistryClient, request: BundleRequest): Promise<Bundle> {
  const { lock, named, platforms, loaderImage, rewrites = {} } = request;
  if (lock.length === 0) throw new CacheError('INVALID_OPTION', 'cannot bundle: the lock lists no packages');
  for (const text of named) checkNamed(text, lock);
  await checkClosure(client, lock, rewrites);
  const reduced: string[] = [];
  const collect = async ({ source, tag, digest }: LockedPackage): Promise<BundledImage> => {
    const reference = parseReference(`${rewrittenRepository(source, rewrites)}@${digest}`);
    const whole = await pullArtifact(client, reference);
    const artifact = platforms === undefined ? whole : await reduce(whole, platforms, source);
    if (artifact !== whole) reduced.push(source);
    return { source, tag, digest: artifact.document.descriptor.digest, artifact };
  };
  const packages: BundledImage[] = [];
  for (const one of lock) packages.push(await collect(one));
  const loader = loaderImage === undefined ? undefined : await resolve(client, loaderImage, rewrites);
  // The loader is part of the function's image, which may be one of the packages.
  const isPackage = loader && lock.some((one) => formatPackage(one) === formatPackage(loader));
  const images = loader === undefined || isPackage ? [] : [await collect(loader)];
  return { packages, images, reduced };
}

function checkNamed(text: string, lock: readonly LockedPackage[]): void {
  const { tag, digest } = parseReference(text, 'strict');
  const source = sourceOf(text);
  const locked = lock.find((one) => one.source === source);
  const has = locked === undefined ? 'does not list it' : `lists ${formatPackage(locked)}`;
  const isSame =
    locked && (tag === undefined || tag === locked.tag) && (digest === undefined || digest === locked.digest);
  if (isSame) return;
  throw new CacheError(
    'INVALID_OPTION',
    `cannot bundle ${printable(text, 1_024)}: the lock is of another set, it ${has}`,
  );
}

async function checkClosure(client: RegistryClient, lock: readonly LockedPackage[], rewrites: Rewrites): Promise<void> {
  const finder = registryFinder(client, rewrites);
  const found = [];
  for (const { source, tag, digest } of lock) found.push({ ...(await finder.fetch(source, { digest })), tag });
  const problems = closureProblems(found, requirementsOf(found));
  if (problems.length > 0)
    throw new CacheError('INCOMPLETE', `cannot bundle a set that Crossplane cannot install: ${problems.join('; ')}`);
}

async function resolve(client: RegistryClient, text: string, rewrites: Rewrites): Promise<LockedPackage> {
  const { tag, digest } = parseReference(text, 'strict');
  const source = sourceOf(text);
  if (digest !== undefined) return { source, tag, digest };
  const reference = parseReference(`${rewrittenRepository(source, rewrites)}:${tag}`);
  return { source, tag, digest: (await client.fetchManifest(reference)).descriptor.digest };
}

/** Reduces an artifact to platforms. Returns the same artifact if it has no others, or runs on any. */
async function reduce(artifact: Artifact, platforms: readonly Platform[], source: string): Promise<Artifact> {
  const wanted = platforms.map(formatPlatform).join(', ');
  const lacks = (present: string) =>
    new CacheError('INCOMPLETE', `cannot bundle ${source} for ${wanted}: it is for ${present} only`);
  if (artifact.kind === 'image') {
    const { os, architecture, variant } = parseImageConfig(await readConfig(artifact));
    // The image of a Configuration does not run, and has no platform.
    if (os === '' || platforms.every((one) => one.os === os && one.architecture === architecture)) return artifact;
    throw lacks(formatPlatform({ os, architecture, ...(typeof variant === 'string' ? { variant } : {}) }));
  }
  const chosen = new Set(
    platforms.map((platform) => {
      try {
        return choosePlatform(artifact.document.manifest, platform).digest;
      } catch (error) {
        if (!isOciError(error, 'NO_PLATFORM')) throw error;
        throw new CacheError('INCOMPLETE', `cannot bundle ${source} for ${wanted}: ${error.message}`, { cause: error });
      }
    }),
  );
  if (chosen.size === artifact.children.length) return artifact;
  const descriptors = artifact.document.manifest.manifests;
  const children = artifact.children.flatMap((child) => {
    const { digest } = child.document.descriptor;
    const platform = descriptors.find((one) => one.digest === digest)?.platform;
    return chosen.has(digest) ? [{ artifact: child, ...(platform === undefined ? {} : { platform }) }] : [];
  });
  return buildIndex(children, artifact.document.manifest.annotations);
}
