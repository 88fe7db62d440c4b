import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CacheError } from './errors.ts';

/**
 * Decompresses an entry of Crossplane's cache, as strictly as Crossplane does: content that is not gzip, ends early, has a wrong checksum or
 * anything behind its end, even zeros, throws `CHECKSUM_MISMATCH`, since Crossplane passes over such a file without a word. `where` is for the
 * message.
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
      // The decompressor may hold on to a piece after it has asked for the next one.
      yield Buffer.from(piece);
    }
    if (size === 0) throw altered('it is empty');
  }
  // The callback only keeps the error from being thrown twice: it reaches the consumer through the decompressor.
  pipeline(counted(), gunzip, () => undefined);
  try {
    yield* gunzip;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string' || !code.startsWith('Z_')) throw error;
    throw altered(code === 'Z_BUF_ERROR' ? 'its gzip stream ends early' : 'it is not one complete gzip stream', error);
  }
  if (gunzip.bytesWritten !== size) throw altered('something stands behind the end of its gzip stream');
}
