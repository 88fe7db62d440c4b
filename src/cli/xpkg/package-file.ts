import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { XpkgError } from '../../xpkg/errors.ts';

/** The only package file in a folder. Throws `INVALID_ARGUMENT` unless the folder has exactly one. */
export async function findPackageFile(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.xpkg')).sort();
  const [file, ...others] = files;
  if (file === undefined)
    throw new XpkgError('INVALID_ARGUMENT', 'cannot choose a package file: this folder has no .xpkg file');
  if (others.length === 0) return join(folder, file);
  throw new XpkgError('INVALID_ARGUMENT', `cannot choose a package file: there are ${files.join(', ')}; name one`);
}

/** True when an argument is the path of a file, not a reference in a registry. */
export function isFile(text: string): Promise<boolean> {
  return stat(text).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
