import { readlink, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMissing } from './file-error.ts';

/** Returns a path without symbolic links. If it does not exist, returns the path itself, or the missing target of a link. */
export async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const target = isMissing(error) ? await readlink(path).catch(() => undefined) : undefined;
    return target === undefined ? path : realPath(resolve(await realPath(dirname(path)), target));
  }
}
