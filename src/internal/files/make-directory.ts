import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing, WriteError } from './file-error.ts';

/**
 * Creates a directory and its parents, as `mkdir -p` does. Replaces Node's recursive mkdir, which never returns on a file system that does not
 * allow new directories, such as /proc. Throws {@link WriteError} there, and otherwise the error of the file system.
 */
export async function makeDirectory(path: string, mode?: number): Promise<void> {
  if (await isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectory(parent, mode);
  try {
    await mkdir(path, mode);
  } catch (error) {
    // Another process may have created it.
    if (await isDirectory(path)) return;
    // The parent exists by now.
    if (!isMissing(error)) throw error;
    throw new WriteError(path, error, `no folder can be created in ${parent}`);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
