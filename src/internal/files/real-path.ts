import { realpath } from 'node:fs/promises';

/** Returns a path without symbolic links. If it does not exist, returns the path itself. */
export function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
