import type { SetManifest } from '../../cache/sets/manifest.ts';

/** True when both describe the same file, in chunks of the same size. */
export function isSameSet(a: SetManifest | undefined, b: SetManifest): boolean {
  return a !== undefined && a.chunkSize === b.chunkSize && a.file === b.file && isSameContent(a, b);
}

/**
 * True for the same bytes, and for the entry of the same package: another version of this program may compress that to other bytes, which is not
 * a reason to change anything.
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

/** True for different content in files of one name: a loader could place one of them only. */
export function isRival(a: SetManifest | undefined, b: SetManifest | undefined): boolean {
  return a !== undefined && b !== undefined && a.file === b.file && !isSameContent(a, b);
}
