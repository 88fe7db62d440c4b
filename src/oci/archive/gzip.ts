import { pipeline } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { reasonOf } from '../../internal/reason.ts';
import { OciError } from '../errors.ts';
import { unzstd } from './zstd.ts';

/** The compression level. 1 is the level of Crossplane's command line, and 9 has the smallest result. */
export type GzipLevel = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

// RFC 1952, 2.3.1: the tenth byte is the operating system; 255 means unknown. zlib writes the one that it was built on.
const OS_BYTE = 9;
const OS_UNKNOWN = 255;

/** Compresses with gzip. The header contains no name, time or operating system, so that the output depends on the input only. */
export async function* gzip(
  source: AsyncIterable<Uint8Array>,
  level: GzipLevel = 1,
): AsyncGenerator<Uint8Array, void, undefined> {
  let position = 0;
  for await (const chunk of through(source, createGzip({ level, chunkSize: 64 * 1024 }))) {
    const inside = OS_BYTE - position;
    if (inside >= 0 && inside < chunk.byteLength) chunk[inside] = OS_UNKNOWN;
    position += chunk.byteLength;
    yield chunk;
  }
}

/** Decompresses gzip, including several members. Throws `INVALID_LAYER` if the bytes are not gzip, corrupt, or truncated. */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* through(source, createGunzip({ chunkSize: 64 * 1024 }));
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new OciError('INVALID_LAYER', `cannot decompress the layer: ${reasonOf(error)}`, { cause: error });
  }
}

/** Decompresses gzip and zstd, and yields other bytes unchanged. Throws as {@link gunzip} does. */
export async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const { head, rest } = await peek(iterator, 4);
    const kind = compressionOf(head);
    if (kind === 'none') yield* rest;
    else yield* kind === 'gzip' ? gunzip(rest) : unzstd(rest);
  } finally {
    await iterator.return?.();
  }
}

/** Detects the compression of bytes that start with `head`. */
export function compressionOf(head: Uint8Array): 'gzip' | 'zstd' | 'none' {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  return 'none';
}

async function peek(
  iterator: AsyncIterator<Uint8Array>,
  size: number,
): Promise<{ head: Uint8Array; rest: AsyncIterable<Uint8Array> }> {
  let head = Buffer.alloc(0);
  while (head.byteLength < size) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* rest(): AsyncGenerator<Uint8Array, void, undefined> {
    if (head.byteLength > 0) yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return { head, rest: rest() };
}

async function* through(
  source: AsyncIterable<Uint8Array>,
  codec: NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  // The callback prevents the error from being thrown twice; the codec passes it to the consumer.
  pipeline(source, codec, () => undefined);
  yield* codec;
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}
