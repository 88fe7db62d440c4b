import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, isMissing } from '../../internal/files/file-error.ts';
import { openRegularFile } from '../../internal/files/read-file.ts';
import { isOciError, OciError, quote } from '../errors.ts';
import { readTar } from './read-tar.ts';
import { readSparseTar } from './sparse-tar.ts';

/** A file of an image layout: a range of a file on disk. */
export interface LayoutFile {
  readonly path: string;
  readonly offset: number;
  /** The size in bytes. */
  readonly size: number;
}

/** The files of an image layout, in a directory or in a tar. */
export interface LayoutFiles {
  /** The directory or archive, for messages. */
  readonly where: string;
  /** Finds a file by its name, such as `index.json`. Returns undefined if it does not exist. */
  find(name: string): Promise<LayoutFile | undefined>;
}

/** Returns the files of a layout in a directory. */
export function directoryFiles(directory: string): LayoutFiles {
  return {
    where: directory,
    async find(name) {
      const path = join(directory, name);
      try {
        const found = await stat(path);
        return found.isFile() ? { path, offset: 0, size: found.size } : undefined;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}

/** The size limit of archives, which can contain many images. Opening one reads little more than the headers. */
const MAX_ARCHIVE_BYTES = 256 * 1024 ** 3;

/**
 * Returns the files of a layout in a tar. Throws `INVALID_LAYOUT` for a file that is not a complete tar, and for a tar with two files of
 * the same name.
 */
export async function archiveFiles(path: string): Promise<LayoutFiles> {
  const files = new Map<string, LayoutFile>();
  const fail = (why: string, cause?: unknown) => {
    return new OciError('INVALID_LAYOUT', `cannot read the image layout ${path}: ${why}`, { cause });
  };
  try {
    const { handle, size } = await openRegularFile(path, MAX_ARCHIVE_BYTES);
    await handle.close();
    const bytes = readSparseTar(path, size, (name) => name.startsWith('blobs/'));
    for await (const entry of readTar(bytes, { maxBytes: size })) {
      if (entry.type !== 'file') continue;
      const name = entry.name.replace(/^\.\//, '');
      if (files.has(name)) throw fail(`two files have the name ${quote(name)}`);
      files.set(name, { path, offset: entry.offset, size: entry.size });
    }
  } catch (error) {
    if (isOciError(error, 'INVALID_LAYER', 'UNSAFE_PATH')) throw fail(error.message, error);
    if (error instanceof FileError) throw fail(error.reason, error);
    throw error;
  }
  return { where: path, find: async (name) => files.get(name) };
}
