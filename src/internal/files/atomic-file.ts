import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { isSystemError, WriteError } from './file-error.ts';
import { realPath } from './real-path.ts';

/** The size of the write buffer, in bytes, so that reading, hashing and writing run concurrently. */
const WRITE_BEHIND = 4_194_304;

/** Options of {@link writeAtomically}. */
export interface AtomicWriteOptions {
  /** The path of the temporary file, in the same file system. Default: the path with a random suffix. */
  readonly temporary?: string;
  /** Flushes the bytes to disk before the file gets its name, so that a crash leaves all of them or none. Default: false. */
  readonly flush?: boolean;
  /** The permissions of the file. Default: 0644. */
  readonly mode?: number;
}

/**
 * Writes a file atomically: to a temporary file first, which is renamed once `content` has ended without an error. Replaces an existing file.
 * Chunks of `content` must not change after they are yielded. Throws {@link WriteError}, and the errors of `content`.
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

/** Returns a new name for a temporary file in the folder of `path`. */
export function temporaryFor(path: string): string {
  return `${path}.${randomUUID()}.tmp`;
}

/** Removes a temporary file, if it exists. Ignores errors, which would hide an earlier one. */
export async function removeTemporary(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => undefined);
}

/** Writes a temporary file that is to replace the file at `path`, which errors name. Removes it if that fails. */
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
 * Writes the output of a command as {@link writeAtomically} does, but follows links, and writes directly to a device or pipe such as
 * /dev/stdout, which a file must not replace.
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

/** Returns the file that an output at `path` replaces, with links resolved; undefined for a device or pipe, which it must not replace. */
export async function replacedFile(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile() && !found.isDirectory()) return undefined;
  return realPath(path);
}

/** Converts an error of the file system to a {@link WriteError} of a file; returns other errors unchanged. */
export function writeError(path: string, error: unknown): unknown {
  return isSystemError(error) ? new WriteError(path, error) : error;
}

/** Returns the same content, and a function that converts errors of writing a file, but not those of the content. */
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
