import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { reasonOf } from '../../internal/reason.ts';
import { OciError } from '../errors.ts';
import { headerWith, invalid, type ZstdPiece, zstdPieces } from './zstd-frames.ts';

/**
 * Compresses with Node's zlib, which supports zstd from 22.15 and 23.8 on. All bytes are compressed in one call, so that equal input gives equal
 * output with the same version of Node; versions differ in their zstd. Throws `UNSUPPORTED_MEDIA_TYPE` if Node does not support zstd.
 */
export async function zstd(bytes: Uint8Array): Promise<Uint8Array> {
  const compress: unknown = Reflect.get(zlib, 'zstdCompress');
  if (isCompressor(compress)) return promisify(compress)(bytes);
  const why = `Node.js ${process.versions.node} does not support it; use 22.15 or later, or compress with gzip`;
  throw new OciError('UNSUPPORTED_MEDIA_TYPE', `cannot compress with zstd: ${why}`);
}

type Compressor = (bytes: Uint8Array, done: (error: Error | null, packed: Uint8Array) => void) => void;

function isCompressor(value: unknown): value is Compressor {
  return typeof value === 'function';
}

/** Decompresses zstd, including several frames, with Node's zlib if it supports zstd (22.15 and later). Throws `INVALID_LAYER`. */
export function unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  return isCodecFactory(create) ? withNode(zstdPieces(source), create) : withLibrary(zstdPieces(source));
}

type Codec = NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>;

function isCodecFactory(value: unknown): value is () => Codec {
  return typeof value === 'function';
}

/**
 * The limit of bytes that the library may move for a small frame, since it moves the whole window for each block. Up to this, a codec of Node
 * costs more, and there may be many small frames.
 */
const SMALL_MOVES = 4 * 1_048_576;
/** The limit of bytes that the library may move for larger frames: some, and so many for each unpacked byte. */
const [MOVES, MOVES_PER_BYTE] = [2 * 1_024 * 1_048_576, 4_096];

/** Decompresses each frame with its own codec, since Node's codec stops at the end of the first frame. */
async function* withNode(
  pieces: AsyncGenerator<ZstdPiece, void, undefined>,
  create: () => Codec,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let next = await pieces.next(); !next.done; ) {
      const start = next.value;
      const frame = async function* () {
        yield start;
        next = await pieces.next();
        for (; !next.done && !next.value.isStart; next = await pieces.next()) yield next.value;
      };
      if (start.isStart && start.blocks !== undefined && start.blocks * start.window <= SMALL_MOVES) {
        yield* withLibrary(frame());
        continue;
      }
      const codec = create();
      // The callback prevents the error from being thrown twice; the codec passes it to the consumer.
      pipeline(Readable.from(inWrites(frame()), { objectMode: false }), codec, () => undefined);
      yield* codec;
    }
  } catch (error) {
    throw error instanceof OciError || !isZstdError(error) ? error : invalid(reasonOf(error), error);
  } finally {
    await pieces.return();
  }
}

/** The size of writes to a codec of Node, each of which costs more than a small block. */
const WRITE_BYTES = 16 * 1_024;

async function* inWrites(pieces: AsyncIterable<ZstdPiece>): AsyncGenerator<Buffer, void, undefined> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const { bytes } of pieces) {
    waiting.push(bytes);
    size += bytes.byteLength;
    if (size < WRITE_BYTES) continue;
    yield Buffer.concat(waiting, size);
    [waiting, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}

function isZstdError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^Z(STD)?_/.test(error.code);
}

const TOO_SLOW = `Node.js ${process.versions.node} takes too long for so many small blocks; use 22.15 or later`;

/** Decompresses with the library, which unpacks all bytes of a call at once, so it is called for each block. */
export async function* withLibrary(pieces: AsyncIterable<ZstdPiece>): AsyncGenerator<Uint8Array, void, undefined> {
  const { Decompress } = await import('fzstd');
  let unpacked: Uint8Array[] = [];
  const start = () =>
    new Decompress((chunk) => {
      if (chunk.byteLength > 0) unpacked.push(chunk.slice());
    });
  let codec = start();
  let missing: number | undefined;
  let [window, moves] = [0, MOVES];
  const end = () => {
    // The library does not check the content size of frames.
    if (missing !== undefined && missing !== 0) throw invalid('a frame does not have the content size in its header');
  };
  for await (const piece of pieces) {
    if (piece.isStart) end();
    try {
      if (piece.isStart) {
        codec = start();
        missing = piece.contentSize;
        window = piece.window;
        codec.push(headerWith(window));
      } else {
        moves -= window;
        codec.push(piece.bytes, piece.isLast);
      }
    } catch (error) {
      // All errors of the library, even a TypeError, mean invalid bytes.
      throw invalid(reasonOf(error), error);
    }
    const size = unpacked.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (missing !== undefined) missing -= size;
    moves += size * MOVES_PER_BYTE;
    if (moves < 0) throw invalid(TOO_SLOW);
    yield* unpacked;
    unpacked = [];
  }
  end();
}
