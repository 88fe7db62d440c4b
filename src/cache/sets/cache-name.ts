import { cacheFileName } from '../../xpkg/names.ts';
import type { ArtifactId, SetManifest } from './manifest.ts';

/** The length of a cache file name after its last dash: five hex digits and `.gz`. */
const HASH_AND_EXTENSION = '00000.gz'.length;
/** The digest for an artifact whose digest is unknown. */
const ANY_DIGEST = `sha256:${'0'.repeat(64)}`;
// Crossplane only looks up <DNS label>.gz.
const ENTRY_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.gz$/;

/** Reports whether Crossplane could look up a file of this name in its package cache. */
export function isEntryName(file: string): boolean {
  return ENTRY_NAME.test(file);
}

/** Returns the name of an artifact's file in Crossplane's package cache. */
export function entryNameOf({ source, digest }: ArtifactId): string {
  return cacheFileName(`${source}@${digest}`, digest);
}

/** Returns the part of {@link entryNameOf} that does not depend on the digest. */
export function entryNamePrefix(source: string): string {
  return entryNameOf({ source, digest: ANY_DIGEST }).slice(0, -HASH_AND_EXTENSION);
}

/** Reports whether a manifest names its file as Crossplane names the file of the artifact. */
export function isIdentified({ file, artifact }: SetManifest): boolean {
  return artifact !== undefined && file === entryNameOf(artifact);
}

/**
 * Reports whether two different artifacts have the same file name in Crossplane's package cache, which consists of the first 50 characters of
 * the source and five hex digits of the digest.
 */
export function isCollision(a: ArtifactId, b: ArtifactId): boolean {
  return (a.source !== b.source || a.digest !== b.digest) && entryNameOf(a) === entryNameOf(b);
}

/** Reports whether a source is `prefix` or lies below it. Compares host and path part by part. */
export function isSourceUnder(source: string, prefix: string): boolean {
  if (!source.startsWith(prefix)) return false;
  const next = source.charAt(prefix.length);
  // In Crossplane, the tag of `repository:tag@digest` is part of the source. After a host, a colon begins a port.
  return next === '' || next === '/' || (next === ':' && prefix.includes('/'));
}
