import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { quote } from '../../internal/quote.ts';
import { hasRegistry } from '../../oci/index.ts';
import { XpkgError } from '../../xpkg/errors.ts';

/** Finds the only package file in a folder. Throws `INVALID_ARGUMENT` unless the folder has exactly one. */
export async function findPackageFile(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.xpkg')).sort();
  const [file, ...others] = files;
  if (file === undefined)
    throw new XpkgError('INVALID_ARGUMENT', 'package file not found: the current folder has no .xpkg file');
  if (others.length === 0) return join(folder, file);
  throw new XpkgError('INVALID_ARGUMENT', `several package files found: ${files.join(', ')}; select one`);
}

/** Matches names of files: paths, and names with an extension of package files. */
const FILE_NAME = /^\.{0,2}\/|\.(xpkg|tar|tgz|gz)$/;

/**
 * True for the path of a file, false for a reference. Throws `UNREADABLE` for the name of a file that does not exist, which as a reference
 * would be one of Docker Hub.
 */
export async function isPackageFile(text: string): Promise<boolean> {
  const stats = await stat(text).catch(() => undefined);
  if (stats?.isFile()) return true;
  if (!FILE_NAME.test(text) && hasRegistry(text)) return false;
  const why = stats === undefined ? 'it does not exist' : 'it is not a file';
  const way = 'a reference begins with its registry, such as registry.example.com/acme/cfg:v1 or docker.io/acme/cfg:v1';
  throw new XpkgError('UNREADABLE', `cannot read ${quote(text)}: ${why}; ${way}`);
}
