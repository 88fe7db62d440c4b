import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { FileError } from './file-error.ts';

/** A regular file that is open for reading. The caller closes the handle. */
export interface OpenFile {
  readonly handle: FileHandle;
  /** The size when it was opened, in bytes. */
  readonly size: number;
}

/**
 * Opens a regular file for reading; follows symbolic links. Throws `NOT_REGULAR_FILE` for directories, devices, FIFOs and sockets, which could
 * block or never end, `FILE_TOO_LARGE` for more than `maxBytes`, and the errors of the file system.
 */
export async function openRegularFile(path: string, maxBytes = Number.POSITIVE_INFINITY): Promise<OpenFile> {
  // Opening some devices has side effects, so check before. Nonblocking mode covers a file that is replaced in between.
  checkRegular(path, await stat(path));
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await handle.stat();
    checkRegular(path, stats);
    if (stats.size > maxBytes) throw tooLarge(path, maxBytes);
    return { handle, size: stats.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads a regular file of at most `maxBytes` bytes. Throws as {@link openRegularFile} does. */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer> {
  const { handle, size } = await openRegularFile(path, maxBytes);
  try {
    return await readToEnd(handle, path, size, maxBytes);
  } finally {
    await handle.close();
  }
}

/** Reads a file to its end, and limits the bytes read: files of /proc have no size, and others may grow during reading. */
async function readToEnd(handle: FileHandle, path: string, size: number, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  // With one byte more than the size, the first read reaches the end of the file.
  for (let next = size + 1; ; next = READ_BYTES) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(next), 0, next, null);
    if (bytesRead === 0) return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks, total);
    total += bytesRead;
    if (total > maxBytes) throw tooLarge(path, maxBytes);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

const READ_BYTES = 65_536;

function checkRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new FileError('NOT_REGULAR_FILE', path, `it is a ${kindOf(stats)}, not a regular file`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'directory';
  if (stats.isFIFO()) return 'FIFO';
  return stats.isSocket() ? 'socket' : 'device';
}

function tooLarge(path: string, maxBytes: number): FileError {
  return new FileError('FILE_TOO_LARGE', path, `it has more than ${maxBytes} bytes`);
}
