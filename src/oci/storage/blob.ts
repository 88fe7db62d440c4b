import { openRegularFile } from '../../internal/files/read-file.ts';
import { OciError } from '../errors.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { digestOf, verifyContent } from '../name/content-digest.ts';

/**
 * Content that can be read any number of times. `open` starts reading when it is iterated, stops when the iteration does, and throws
 * in place of the end when size or digest differ from the descriptor's: bytes count only after the end was seen.
 */
export interface BlobSource {
  readonly descriptor: Descriptor;
  open(): AsyncIterable<Uint8Array>;
}

/** Bytes in memory as a {@link BlobSource}. */
export function bytesBlob(
  mediaType: string,
  bytes: Uint8Array,
  annotations?: Readonly<Record<string, string>>,
): BlobSource {
  const descriptor = { mediaType, size: bytes.byteLength, digest: digestOf(bytes) };
  return {
    descriptor: annotations === undefined ? descriptor : { ...descriptor, annotations },
    async *open() {
      yield bytes;
    },
  };
}

/** A range of a file as a {@link BlobSource}: `descriptor.size` bytes from `offset` on, checked on each reading. */
export function fileBlob(path: string, descriptor: Descriptor, offset = 0): BlobSource {
  return { descriptor, open: () => verifyContent(readRange(path, offset, descriptor.size), descriptor) };
}

/** The same content under a changed descriptor; digest and size stay. */
export function withAnnotations(blob: BlobSource, annotations: Readonly<Record<string, string>>): BlobSource {
  return { descriptor: { ...blob.descriptor, annotations }, open: () => blob.open() };
}

/** Bytes that are read at once. */
const READ_AHEAD = 1_048_576;

/** Reads `size` bytes of a regular file from `offset` on. A shorter file gives fewer. */
export async function* readRange(
  path: string,
  offset: number,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (size === 0) return;
  const { handle } = await openRegularFile(path);
  // The stream closes the file, however the reading ends.
  yield* handle.createReadStream({ start: offset, end: offset + size - 1, highWaterMark: READ_AHEAD });
}

/** Reads all of `source` into one buffer. Throws `TOO_LARGE` at the first byte over `maxBytes`. */
export async function readAll(source: AsyncIterable<Uint8Array>, maxBytes: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitBytes(source, maxBytes, what)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Passes `source` through. Throws `TOO_LARGE` at the first byte over `maxBytes`. */
export async function* limitBytes(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.byteLength;
    if (total > maxBytes) throw new OciError('TOO_LARGE', `${what} has more than ${maxBytes} bytes`);
    yield chunk;
  }
}
