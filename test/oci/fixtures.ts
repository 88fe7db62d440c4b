import zlib from 'node:zlib';
import { expect } from 'vitest';
import {
  type BlobSource,
  buildImage,
  buildLayer,
  encodeJson,
  type Image,
  type ImageFormat,
  OciError,
  type OciErrorCode,
  type Platform,
  writeTar,
} from '../../src/oci/index.ts';

/** This Node can write zstd. */
export const HAS_ZSTD = typeof Reflect.get(zlib, 'zstdCompress') === 'function';

/** A retry policy that waits for milliseconds only. */
export const FAST_RETRY = { attempts: 4, baseDelayMs: 1, maxDelayMs: 50 };

/** The error that `work` rejects with, checked to be ours and to have `code`. */
export async function rejection(work: Promise<unknown>, code: OciErrorCode, reason?: string): Promise<OciError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error, reason).toBeInstanceOf(OciError);
  if (!(error instanceof OciError)) throw new Error('unreachable');
  expect(error.code, `${reason ?? ''} ${error.message}`).toBe(code);
  return error;
}

/** Runs `work` and gives the code of the OciError it throws. */
export function thrownCode(work: () => unknown): OciErrorCode | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof OciError) return error.code;
    throw error;
  }
  return undefined;
}

/** Yields the given pieces one by one. */
export async function* pieces(
  ...chunks: readonly (Uint8Array | string)[]
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** `bytes` in pieces of `size`. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.byteLength; start += size) yield bytes.subarray(start, start + size);
}

/** All of `source` as one buffer. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A small image with one layer that holds one file. */
export async function smallImage(
  text = 'hello\n',
  options: { platform?: Platform; format?: ImageFormat; layers?: readonly BlobSource[] } = {},
): Promise<Image> {
  const { platform = { os: 'linux', architecture: 'amd64' }, format = 'docker' } = options;
  const layer = await buildLayer(writeTar([{ type: 'file', name: 'package.yaml', content: Buffer.from(text) }]));
  const layers = options.layers ?? [layer];
  const config = encodeJson({ ...platform, rootfs: { type: 'layers', diff_ids: [layer.diffId] } });
  return buildImage({ config, layers, format });
}

/** A zstd frame with 256 bytes or more, as they are (RFC 8878, section 3.1.1). */
export function zstdFrame(bytes: Buffer): Buffer {
  const size = Buffer.alloc(2);
  size.writeUInt16LE(bytes.byteLength - 256);
  const block = Buffer.alloc(4);
  block.writeUInt32LE((bytes.byteLength << 3) | 1);
  return Buffer.concat([Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x60), size, block.subarray(0, 3), bytes]);
}
