import { tapped } from '../../internal/bytes/tapped.ts';
import { maxUnpackedBytes } from '../../internal/expansion.ts';
import { writeAtomically } from '../../internal/files/atomic-file.ts';
import { decompress, type GzipLevel, gzip } from '../archive/gzip.ts';
import { DEFAULT_MAX_ENTRIES, readTar, type TarEntry, type TarLimits } from '../archive/read-tar.ts';
import { zstd } from '../archive/zstd.ts';
import { OciError } from '../errors.ts';
import { createDigester } from '../name/content-digest.ts';
import type { Digest } from '../name/digest.ts';
import { type BlobSource, bytesBlob, fileBlob, limitBytes } from '../storage/blob.ts';
import { MEDIA_TYPES } from './media-types.ts';

/** A compressed layer, from {@link buildLayer} or {@link writeLayer}. */
export interface Layer extends BlobSource {
  /** The digest of the uncompressed tar, which image configs list. */
  readonly diffId: Digest;
}

/** Options for building a layer. */
export interface LayerOptions {
  /** Default: Docker's media type for gzip, as Crossplane's command line writes, and OCI's for zstd. */
  readonly mediaType?: string;
  /** The level of gzip. Default 1, as in Crossplane's command line. */
  readonly level?: GzipLevel;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The compression of a layer in memory. */
export type LayerCompression = 'gzip' | 'zstd';

/** Compresses a small tar to a layer in memory; for large ones, see {@link writeLayer}. Throws what `zstd` throws. */
export async function buildLayer(
  tar: AsyncIterable<Uint8Array>,
  { compression = 'gzip', ...options }: LayerOptions & { readonly compression?: LayerCompression } = {},
): Promise<Layer> {
  const inner = createDigester();
  const plain = tapped(tar, inner);
  const isZstd = compression === 'zstd';
  const bytes = isZstd ? await zstd(await joined(plain)) : await joined(gzip(plain, options.level));
  const mediaType = options.mediaType ?? (isZstd ? MEDIA_TYPES.ociLayerZstd : MEDIA_TYPES.dockerLayerGzip);
  return { ...bytesBlob(mediaType, bytes, options.annotations), diffId: inner.digest() };
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** Compresses a tar to a file, atomically. The file must outlive the layer. Memory does not grow with the size. */
export async function writeLayer(
  path: string,
  tar: AsyncIterable<Uint8Array>,
  options: LayerOptions = {},
): Promise<Layer> {
  const inner = createDigester();
  const outer = createDigester();
  await writeAtomically(path, tapped(gzip(tapped(tar, inner), options.level), outer));
  const mediaType = options.mediaType ?? MEDIA_TYPES.dockerLayerGzip;
  const descriptor = { mediaType, size: outer.size(), digest: outer.digest() };
  const annotated =
    options.annotations === undefined ? descriptor : { ...descriptor, annotations: options.annotations };
  return { ...fileBlob(path, annotated), diffId: inner.digest() };
}

/**
 * Reads the entries of a layer, compressed or not. Size and digest of the layer are verified after the last entry, so the entries must
 * not be trusted before. Limits apply to the unpacked bytes; `TOO_LARGE` is also thrown for a layer that unpacks to far more than its
 * size. Throws what {@link readTar} and `decompress` throw.
 */
export function readLayer(layer: BlobSource, limits: TarLimits): AsyncGenerator<TarEntry, void, undefined> {
  return readTar(unpacked(layer), limits);
}

/** Computes the digest of the uncompressed tar of a layer. */
export async function diffIdOf(layer: BlobSource): Promise<Digest> {
  const digester = createDigester();
  for await (const chunk of unpacked(layer)) digester.update(chunk);
  return digester.digest();
}

function unpacked(layer: BlobSource): AsyncGenerator<Uint8Array, void, undefined> {
  const { digest, size } = layer.descriptor;
  return limitBytes(
    decompress(layer.open()),
    maxUnpackedBytes(size),
    `the layer ${digest} of ${size} bytes, unpacked,`,
  );
}

/** The maximum depth of nested directories, each of which is looked up. */
const MAX_DEPTH = 256;

/** The limit of all paths of an image in characters, which are in memory until the last entry is read. */
const MAX_SEEN_LENGTH = 8 * 1_048_576;

/**
 * Reads the files of an image's root filesystem, beginning with the top layer, without whiteouts and the files that they hide. The limits
 * apply to all layers together. Opaque whiteouts, which hide all of a directory, count only with `opaque`: go-containerregistry, which
 * Crossplane reads packages with, ignores them.
 */
export async function* readFlattened(
  layers: readonly BlobSource[],
  limits: TarLimits,
  { opaque = false }: { readonly opaque?: boolean } = {},
): AsyncGenerator<TarEntry, void, undefined> {
  /** The paths so far, each with true if it hides everything below it in lower layers. */
  const seen = new Map<string, boolean>();
  let room = MAX_SEEN_LENGTH;
  const reserve = (path: string) => {
    room -= path.length;
    if (room < 0) throw tooLarge(`the paths of all files have more than ${MAX_SEEN_LENGTH} characters in total`);
  };
  let { maxBytes, maxEntries = DEFAULT_MAX_ENTRIES } = limits;
  const subtract = ({ byteLength }: Uint8Array) => {
    maxBytes -= byteLength;
  };
  for (const layer of layers.toReversed()) {
    const opaqueDirectories: string[] = [];
    for await (const entry of readTar(tapped(unpacked(layer), { update: subtract }), { maxBytes, maxEntries })) {
      maxEntries -= 1;
      const path = cleanPath(entry.name);
      if (path.split('/').length > MAX_DEPTH) throw tooLarge(`a file is nested in more than ${MAX_DEPTH} directories`);
      const base = path.slice(path.lastIndexOf('/') + 1);
      if (opaque && base === OPAQUE) {
        reserve(path);
        opaqueDirectories.push(path.slice(0, -OPAQUE.length - 1));
        continue;
      }
      const isWhiteout = base.startsWith(WHITEOUT);
      const shown = isWhiteout ? path.slice(0, path.length - base.length) + base.slice(WHITEOUT.length) : path;
      if (seen.has(shown) || isHidden(seen, shown)) continue;
      reserve(shown);
      seen.set(shown, isWhiteout || entry.type !== 'directory');
      if (!isWhiteout) yield entry;
    }
    // An opaque whiteout hides files of lower layers only, not those of its own layer.
    for (const directory of opaqueDirectories) seen.set(directory, true);
  }
}

function tooLarge(why: string): OciError {
  return new OciError('TOO_LARGE', `cannot read the layers of the image: ${why}`);
}

// image-spec v1.1.0, layer.md, "Whiteouts".
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** Normalizes a path: `./a//b/` becomes `a/b`. */
export function cleanPath(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function isHidden(seen: ReadonlyMap<string, boolean>, path: string): boolean {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    if (seen.get(path.slice(0, slash)) === true) return true;
  }
  return seen.get('') === true;
}
