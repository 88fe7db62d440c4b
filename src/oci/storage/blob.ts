import { openRegularFile } from '../../internal/files/read-file.ts';
import { OciError } from '../errors.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { digestOf, verifyContent } from '../name/content-digest.ts';

/**
 * Content that can be read any number of times. Reading starts when the result of `open` is iterated and stops with the iteration. The
 * iteration throws at the end if size or digest differ from the descriptor, so only a consumer that reads to the end has verified content.
 */
export interface BlobSource {
  readonly descriptor: Descriptor;
  open(): AsyncIterable<Uint8Array>;
}

/** Returns a {@link BlobSource} for bytes in memory. */
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

/** Returns a {@link BlobSource} for `descriptor.size` bytes of a file from `offset` on, which are verified each time they are read. */
export function fileBlob(path: string, descriptor: Descriptor, offset = 0): BlobSource {
  return { descriptor, open: () => verifyContent(readRange(path, offset, descriptor.size), descriptor) };
}

/** Returns the same content with other annotations in its descriptor. */
export function withAnnotations(blob: BlobSource, annotations: Readonly<Record<string, string>>): BlobSource {
  return { descriptor: { ...blob.descriptor, annotations }, open: () => blob.open() };
}

/** The size of chunks in bytes. */
const CHUNK_BYTES = 1_048_576;

/** Reads `size` bytes of a regular file from `offset` on, or fewer if the file ends before. */
export async function* readRange(
  path: string,
  offset: number,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (size === 0) return;
  const { handle } = await openRegularFile(path);
  // The stream closes the file, also after an error or an early end.
  yield* handle.createReadStream({ start: offset, end: offset + size - 1, highWaterMark: CHUNK_BYTES });
}

/** Reads all of `source` into a buffer. Throws `TOO_LARGE` if it exceeds `maxBytes`. */
export async function readAll(source: AsyncIterable<Uint8Array>, maxBytes: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitBytes(source, maxBytes, what)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Yields the chunks of `source`. Throws `TOO_LARGE` if they exceed `maxBytes`. */
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
