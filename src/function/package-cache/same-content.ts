import type { SetManifest } from '../../cache/sets/manifest.ts';

/** True when both manifests describe the same file, in chunks of the same size. */
export function isSameSet(a: SetManifest | undefined, b: SetManifest): boolean {
  return a !== undefined && a.chunkSize === b.chunkSize && a.file === b.file && isSameContent(a, b);
}

/**
 * True for the same bytes, and for cache entries of the same package: another version of this program may compress it to different bytes,
 * which is not a reason for a change.
 */
export function isSameContent(a: SetManifest, b: SetManifest): boolean {
  if (a.sha256 === b.sha256) return true;
  const isPackage = a.file.endsWith('.gz') && !a.file.endsWith('.tar.gz');
  return (
    isPackage &&
    a.artifact !== undefined &&
    a.artifact.digest === b.artifact?.digest &&
    a.artifact.source === b.artifact?.source
  );
}

/** True for different content in files with the same name, of which a loader could only place one. */
export function isRival(a: SetManifest | undefined, b: SetManifest | undefined): boolean {
  return a !== undefined && b !== undefined && a.file === b.file && !isSameContent(a, b);
}
