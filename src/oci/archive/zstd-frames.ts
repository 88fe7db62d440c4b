import { OciError } from '../errors.ts';

/** The header of a frame, or a block. Neither unpacks to more than 128 KiB. */
export type ZstdPiece = ZstdHeader | ZstdBlock;

/** The header of a frame, without the flag of the checksum. */
export interface ZstdHeader {
  readonly isStart: true;
  readonly bytes: Buffer;
  /** The size of the frame's content in bytes, if the header contains it. */
  readonly contentSize: number | undefined;
  /** The memory for unpacking the frame, in bytes. A small frame requires less than its header says. */
  readonly window: number;
  /** The number of blocks of a frame of at most 64 KiB; undefined for a larger one. */
  readonly blocks: number | undefined;
}

/** A block of a frame. */
export interface ZstdBlock {
  readonly isStart: false;
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

const MAGIC = 0xfd2fb528;
/** The magic number of skippable frames without its last four bits. Decoders ignore such frames. */
const SKIPPABLE = 0x184d2a5;
/** The flag of a header for a checksum after the last block. */
const CHECKSUM = 4;
/** The limit of the window, and so of the memory for unpacking. It is the default limit of zstd. */
const MAX_WINDOW = 128 * 1_048_576;
const MAX_BLOCK = 128 * 1_024;
const SMALL_BYTES = 64 * 1_024;
const [RLE, COMPRESSED, RESERVED] = [1, 2, 3];

/**
 * Splits zstd (RFC 8878) into small pieces, so that unpacking can stop after each of them. Skippable frames and checksums are omitted. Throws
 * `INVALID_LAYER` for bytes that are not zstd, are truncated, or need a dictionary or more than 128 MiB of memory.
 */
export async function* zstdPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<ZstdPiece, void, undefined> {
  const reader = createReader(source);
  try {
    while (await reader.hasMore()) {
      const magic = await reader.take(4);
      if (magic.readUInt32LE() >>> 4 === SKIPPABLE) await reader.skip((await reader.take(4)).readUInt32LE());
      else yield* frame(reader, magic);
    }
  } finally {
    await reader.close();
  }
}

async function* frame(reader: Reader, magic: Buffer): AsyncGenerator<ZstdPiece, void, undefined> {
  if (magic.readUInt32LE() !== MAGIC) throw invalid('not a zstd frame');
  const descriptor = await reader.take(1);
  const flags = descriptor.readUInt8();
  const isSingle = (flags & 0x20) !== 0;
  const descriptors = await reader.take(isSingle ? 0 : 1);
  const dictionary = await reader.take([0, 1, 2, 4][flags & 3] ?? 0);
  const size = await reader.take([isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0);
  if (dictionary.some((byte) => byte !== 0)) throw invalid('dictionaries are not supported');
  const contentSize = contentSizeOf(size);
  const window = isSingle ? (contentSize ?? 0) : windowSize(descriptors.readUInt8());
  if (window > MAX_WINDOW) throw invalid(`unpacking requires more than ${MAX_WINDOW} bytes of memory`);
  const bytes = Buffer.concat([magic, Buffer.of(flags & ~CHECKSUM), descriptors, dictionary, size]);
  const first: ZstdBlock[] = [];
  let [packed, unpacked, isWhole] = [0, 0, false];
  while (!isWhole && packed <= SMALL_BYTES) {
    const { block, most } = await readBlock(reader);
    first.push(block);
    packed += block.bytes.byteLength;
    unpacked += most;
    isWhole = block.isLast;
  }
  const needed = isWhole ? Math.min(window, unpacked) : window;
  yield { isStart: true, bytes, contentSize, window: needed, blocks: isWhole ? first.length : undefined };
  yield* first;
  while (!isWhole) {
    const { block } = await readBlock(reader);
    isWhole = block.isLast;
    yield block;
  }
  if ((flags & CHECKSUM) !== 0) await reader.skip(4);
}

/** Reads a block, and returns the limit of its content in bytes. */
async function readBlock(reader: Reader): Promise<{ readonly block: ZstdBlock; readonly most: number }> {
  const head = await reader.take(3);
  const fields = head.readUIntLE(0, 3);
  const type = (fields >> 1) & 3;
  const length = fields >> 3;
  if (type === RESERVED || length > MAX_BLOCK) throw invalid('a block is corrupt');
  const bytes = Buffer.concat([head, await reader.take(type === RLE ? 1 : length)]);
  return {
    block: { isStart: false, bytes, isLast: (fields & 1) === 1 },
    most: type === COMPRESSED ? MAX_BLOCK : length,
  };
}

/** Returns the window size of a frame that is not a single segment (RFC 8878, 3.1.1.1.2). */
function windowSize(descriptor: number): number {
  return 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8);
}

/** Returns the size of a frame's content (RFC 8878, 3.1.1.1.4). */
function contentSizeOf(field: Buffer): number | undefined {
  if (field.length === 0) return undefined;
  if (field.length === 8) return Number(field.readBigUInt64LE());
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

/** Returns the header of a frame with a window of at least this size, and without a checksum or content size. */
export function headerWith(window: number): Buffer {
  const exponent = Math.max(0, Math.ceil(Math.log2(window)) - 10);
  const header = Buffer.alloc(6);
  header.writeUInt32LE(MAGIC);
  header.writeUInt8(exponent << 3, 5);
  return header;
}

interface Reader {
  readonly hasMore: () => Promise<boolean>;
  readonly take: (size: number) => Promise<Buffer>;
  readonly skip: (size: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

function createReader(source: AsyncIterable<Uint8Array>): Reader {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = Buffer.alloc(0);
  /** Reads until there are bytes. Returns false at the end. */
  const fill = async () => {
    while (rest.byteLength === 0) {
      const next = await iterator.next();
      if (next.done) return false;
      rest = next.value;
    }
    return true;
  };
  /** Calls `use` with the next `size` bytes, in parts. */
  const parts = async (size: number, use: (part: Uint8Array) => void) => {
    for (let left = size; left > 0; ) {
      if (!(await fill())) throw invalid('unexpected end of file');
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.byteLength);
      left -= part.byteLength;
      use(part);
    }
  };
  return {
    hasMore: fill,
    take: async (size) => {
      const taken: Uint8Array[] = [];
      await parts(size, (part) => taken.push(part));
      return Buffer.concat(taken, size);
    },
    skip: (size) => parts(size, () => undefined),
    close: async () => {
      await iterator.return?.();
    },
  };
}

/** Creates the error for invalid zstd. */
export function invalid(why: string, cause?: unknown): OciError {
  return new OciError('INVALID_LAYER', `cannot decompress the layer with zstd: ${why}`, { cause });
}
