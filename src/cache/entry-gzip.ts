import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CacheError } from './errors.ts';

/**
 * Decompresses an entry of Crossplane's cache as strictly as Crossplane does. Throws `CHECKSUM_MISMATCH` for content that is not gzip, is
 * truncated, has a wrong checksum or trailing bytes, even zeros: Crossplane ignores such a file silently. `where` is for the message.
 */
export async function* unzipEntry(
  source: AsyncIterable<Uint8Array>,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const altered = (why: string, cause?: unknown) =>
    new CacheError('CHECKSUM_MISMATCH', `cannot use ${where}: ${why}`, { cause });
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  let size = 0;
  async function* counted() {
    for await (const piece of source) {
      size += piece.byteLength;
      // The decompressor may still use a piece after it has requested the next one.
      yield Buffer.from(piece);
    }
    if (size === 0) throw altered('it is empty');
  }
  // The error reaches the consumer through the decompressor. The callback prevents it from being an uncaught exception.
  pipeline(counted(), gunzip, () => undefined);
  try {
    yield* gunzip;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string' || !code.startsWith('Z_')) throw error;
    throw altered(
      code === 'Z_BUF_ERROR' ? 'its gzip stream is truncated' : 'it is not one complete gzip stream',
      error,
    );
  }
  if (gunzip.bytesWritten !== size) throw altered('it has data after the end of its gzip stream');
}
