import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { reasonOf } from '../../internal/reason.ts';
import { OciError } from '../errors.ts';
import { invalid, type ZstdPiece, zstdPieces } from './zstd-frames.ts';

/**
 * Compresses with Node's zlib, which has zstd from 22.15 and 23.8 on. It gets all bytes at once, so that they alone decide what comes out: equal
 * bytes give equal bytes with one version of Node, and other versions may have another zstd. Throws `UNSUPPORTED_MEDIA_TYPE` where there is none.
 */
export async function zstd(bytes: Uint8Array): Promise<Uint8Array> {
  const compress: unknown = Reflect.get(zlib, 'zstdCompress');
  if (isCompressor(compress)) return promisify(compress)(bytes);
  const why = `Node.js ${process.versions.node} has no zstd; use 22.15 or later, or compress with gzip`;
  throw new OciError('UNSUPPORTED_MEDIA_TYPE', `cannot compress with zstd: ${why}`);
}

type Compressor = (bytes: Uint8Array, done: (error: Error | null, packed: Uint8Array) => void) => void;

function isCompressor(value: unknown): value is Compressor {
  return typeof value === 'function';
}

/** Decompresses zstd, also of several frames, with Node's zlib where it has zstd (22.15 and later). Throws `INVALID_LAYER`. */
export function unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  return isCodecFactory(create) ? withNode(zstdPieces(source), create) : withLibrary(zstdPieces(source));
}

type Codec = NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>;

function isCodecFactory(value: unknown): value is () => Codec {
  return typeof value === 'function';
}

/** A frame that is not larger than this is left to the library: a codec and its memory cost more than what such frames hold, and there may be many. */
const SMALL_BYTES = 64 * 1_024;

/** One codec for each frame: Node's stops at the end of the first one. */
async function* withNode(
  pieces: AsyncGenerator<ZstdPiece, void, undefined>,
  create: () => Codec,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let next = await pieces.next(); !next.done; ) {
      const first = [next.value];
      next = await pieces.next();
      for (let size = 0; !next.done && !next.value.isStart && size <= SMALL_BYTES; next = await pieces.next()) {
        first.push(next.value);
        size += next.value.bytes.byteLength;
      }
      if (next.done || next.value.isStart) {
        yield* withLibrary(first);
        continue;
      }
      const codec = create();
      const blocks = async function* () {
        for (const { isStart, bytes } of first) {
          // Without a checksum, which is left out.
          if (isStart) bytes.writeUInt8(bytes.readUInt8(4) & ~4, 4);
          yield bytes;
        }
        for (; !next.done && !next.value.isStart; next = await pieces.next()) yield next.value.bytes;
      };
      // The callback only keeps the error from being thrown twice: it reaches the consumer through the codec.
      pipeline(Readable.from(blocks(), { objectMode: false }), codec, () => undefined);
      yield* codec;
    }
  } catch (error) {
    throw error instanceof OciError || !isZstdError(error) ? error : invalid(reasonOf(error), error);
  } finally {
    await pieces.return();
  }
}

function isZstdError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^Z(STD)?_/.test(error.code);
}

/** The library unpacks all that it gets at once, so it gets block after block. */
export async function* withLibrary(
  pieces: AsyncIterable<ZstdPiece> | Iterable<ZstdPiece>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { Decompress } = await import('fzstd');
  let unpacked: Uint8Array[] = [];
  const start = () => new Decompress((chunk) => unpacked.push(chunk.slice()));
  let codec = start();
  let missing: number | undefined;
  const end = () => {
    // The library does not look whether the frame holds what it says.
    if (missing !== undefined && missing !== 0) throw invalid('a frame of it is not as long as it says');
  };
  for await (const { isStart, bytes, contentSize } of pieces) {
    if (isStart) {
      end();
      codec = start();
      missing = contentSize;
    }
    try {
      codec.push(bytes);
    } catch (error) {
      // Whatever the library throws on hostile bytes, even a TypeError, is about the bytes.
      throw invalid(reasonOf(error), error);
    }
    if (missing !== undefined) missing -= unpacked.reduce((sum, { byteLength }) => sum + byteLength, 0);
    yield* unpacked;
    unpacked = [];
  }
  end();
}
