import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { isSystemError, WriteError } from './file-error.ts';

/** Bytes that may wait to be written, so that reading, hashing and writing go on side by side. */
const WRITE_BEHIND = 4_194_304;

/** Options of {@link writeAtomically}. */
export interface AtomicWriteOptions {
  /** The path of the temporary file, in the same file system. Default: the path with a random suffix. */
  readonly temporary?: string;
  /** Brings the bytes to disk before the file gets its name, so that a crash leaves all of them or none. Default: false. */
  readonly flush?: boolean;
  /** The permissions of the file. Default: 0644. */
  readonly mode?: number;
}

/**
 * Writes a file whole or not at all: to a temporary file first, which gets its name once `content` has ended without an error. Replaces
 * an existing file. Chunks of `content` must not change after they were given. Throws {@link WriteError}, and what `content` throws.
 */
export async function writeAtomically(
  path: string,
  content: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  { temporary = temporaryFor(path), ...options }: AtomicWriteOptions = {},
): Promise<void> {
  await writeTemporary(temporary, path, content, options);
  try {
    await rename(temporary, path);
  } catch (error) {
    await removeTemporary(temporary);
    throw writeError(path, error);
  }
}

/** Returns a new name beside `path` for a temporary file. */
export function temporaryFor(path: string): string {
  return `${path}.${randomUUID()}.tmp`;
}

/** Removes a temporary file, if it exists. An error would hide the one that counts. */
export async function removeTemporary(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => undefined);
}

/** Writes the temporary file that is to replace the file at `path`, which errors name. Removes it where that fails. */
export async function writeTemporary(
  temporary: string,
  path: string,
  content: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  { flush = false, mode = 0o644 }: Omit<AtomicWriteOptions, 'temporary'> = {},
): Promise<void> {
  const source = watched(content);
  const file = await open(temporary, 'wx', mode).catch((error: unknown) => {
    throw source.errorOf(path, error);
  });
  try {
    // The stream closes the file.
    await pipeline(source.content, file.createWriteStream({ highWaterMark: WRITE_BEHIND, flush }));
  } catch (error) {
    await removeTemporary(temporary);
    throw source.errorOf(path, error);
  }
}

/**
 * Writes the output of a command: as {@link writeAtomically}, but through links, and straight to a device or pipe such as /dev/stdout. A
 * file must not replace those.
 */
export async function writeOutput(
  path: string,
  content: AsyncIterable<Uint8Array> | readonly Uint8Array[],
): Promise<void> {
  const replaced = await replacedFile(path);
  if (replaced !== undefined) return writeAtomically(replaced, content);
  const source = watched(content);
  try {
    const file = await open(path, 'w');
    await pipeline(source.content, file.createWriteStream());
  } catch (error) {
    throw source.errorOf(path, error);
  }
}

/** Returns the file that an output at `path` replaces, which is behind links; undefined for a device or pipe, which no file may replace. */
export async function replacedFile(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile() && !found.isDirectory()) return undefined;
  return realpath(path).catch(() => path);
}

/** Returns an error of the file system with the name of the file that cannot be written; any other error as it is. */
export function writeError(path: string, error: unknown): unknown {
  return isSystemError(error) ? new WriteError(path, error) : error;
}

/** The same content, and a function that names the written file in an error of the file system that is not the content's own. */
function watched(content: AsyncIterable<Uint8Array> | readonly Uint8Array[]) {
  let failure: unknown;
  async function* chunks() {
    try {
      yield* content;
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return {
    content: chunks(),
    errorOf: (path: string, error: unknown) => (error === failure ? error : writeError(path, error)),
  };
}
