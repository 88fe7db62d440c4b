import type { FileHandle } from 'node:fs/promises';
import { openRegularFile } from '../internal/files/read-file.ts';
import { errnoOf, type FileAction, fileError, isCacheError } from './errors.ts';

/**
 * Waits for work on files. Returns undefined if the file does not exist, since other processes may remove it at any time. Throws other
 * failures as {@link fileError} does.
 */
export async function ifExists<T>(action: FileAction, what: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(isCacheError(error) ? error.cause : error) === 'ENOENT') return undefined;
    throw fileError(action, what, error);
  }
}

/** Waits for work on files. Throws failures as {@link fileError} does. */
export async function orFileError<T>(action: FileAction, what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw fileError(action, what, error);
  }
}

const READ_BYTES = 1_048_576;

/** Reads a regular file in pieces of up to 1 MiB. Each piece is valid until the next one is requested. */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  let file: FileHandle | undefined;
  try {
    file = (await openRegularFile(path)).handle;
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fileError('read', path, error);
  } finally {
    await file?.close();
  }
}
