import type { FileHandle } from 'node:fs/promises';
import { openRegularFile } from '../../internal/files/read-file.ts';
import { readRange } from '../storage/blob.ts';

const BLOCK = 512;
const ZEROS = Buffer.alloc(1_048_576);

// Fields of a header, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html ("ustar Interchange Format")
const NAME_END = 100;
const SIZE = [124, 136] as const;
const TYPE = 156;
const REGULAR = new Set([0, '0'.charCodeAt(0)]);
/** The types of headers that extend the next one: pax, and GNU's long names. */
const EXTENDING = new Set(['x', 'g', 'L', 'K'].map((type) => type.charCodeAt(0)));

/**
 * Reads a tar file of `size` bytes, except for the content of regular files for which `skips` returns true: of these, only the first block
 * is read, and the rest is yielded as zeros. Nothing is skipped if an entry has an invalid size, or one beyond the end of the file.
 */
export async function* readSparseTar(
  path: string,
  size: number,
  skips: (name: string) => boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { handle: file } = await openRegularFile(path);
  try {
    let position = 0;
    let extended = false;
    while (position + BLOCK <= size) {
      const header = await block(file, position);
      const content = contentSize(header);
      const end = position + BLOCK + Math.ceil((content ?? 0) / BLOCK) * BLOCK;
      if (content === undefined || end > size) break;
      const name = header.subarray(0, NAME_END).toString('latin1').replace(/\0.*$/s, '');
      const type = header[TYPE] ?? 0;
      const isSkipped = !extended && REGULAR.has(type) && content > BLOCK && skips(name);
      yield header;
      if (isSkipped) {
        yield await block(file, position + BLOCK);
        for (let at = position + 2 * BLOCK; at < end; at += ZEROS.length) yield ZEROS.subarray(0, end - at);
      } else yield* readRange(path, position + BLOCK, end - position - BLOCK);
      extended = EXTENDING.has(type);
      position = end;
    }
    yield* readRange(path, position, size - position);
  } finally {
    await file.close();
  }
}

async function block(file: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BLOCK), 0, BLOCK, position);
  return buffer.subarray(0, bytesRead);
}

/** Parses the size of the content. Returns undefined if it is not an octal number. */
function contentSize(header: Buffer): number | undefined {
  const [digits = ''] = /^ *[0-7]*/.exec(header.toString('latin1', ...SIZE)) ?? [];
  const rest = header.toString('latin1', SIZE[0] + digits.length, SIZE[1]);
  return /^[ \0]*$/.test(rest) ? Number.parseInt(digits.trim() || '0', 8) : undefined;
}
