import { posix } from 'node:path';
import {
  type BlobSource,
  digestHex,
  formatReference,
  gzip,
  type Image,
  imageTarball,
  parseDigest,
  type Repository,
  readAll,
  readLayer,
  type TarFile,
  writeTar,
} from '../../oci/index.ts';
import { ANNOTATION, PACKAGE_ANNOTATION } from '../../xpkg/format.ts';
import { cacheFileName } from '../../xpkg/names.ts';
import { readPackageYaml } from '../../xpkg/read-package.ts';
import { CacheError } from '../errors.ts';
import type { Content } from '../sets/chunks.ts';
import { formatSize } from '../size.ts';
import { ignoreRules } from './ignore.ts';
import type { ContentChoice } from './request.ts';

/** What one artifact may cost. */
export interface ContentLimits {
  /** Most bytes of the content that comes out. */
  readonly maxBytes: number;
  /** Most bytes of a layer, as it is in the registry. */
  readonly maxLayerBytes: number;
}

/** Of the files of a layer that is packed anew, which are in memory together, headers included. */
const MAX_EXTRACTED_BYTES = 67_108_864;

/**
 * Makes the content to carry out of an image. `digest` is what the reference resolved to, for an index that of the index. Throws
 * `TOO_LARGE` and `INVALID_MEMBER` of {@link CacheError}, and what reading blobs throws.
 */
export async function readContent(
  image: Image,
  repository: Repository,
  digest: string,
  choice: ContentChoice,
  limits: ContentLimits,
): Promise<Content> {
  const source = formatReference(repository);
  const artifact = { source, digest };
  const key = cacheFileName(`${source}@${digest}`, digest).replace(/\.gz$/, '');
  if (choice.kind === 'package') {
    const bytes = await collect(packageEntry(image, source, limits), source, limits);
    return { file: `${key}.gz`, bytes, artifact };
  }
  if (choice.kind === 'image') {
    const total = image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    if (total > limits.maxBytes) throw tooLarge(source, total, limits.maxBytes);
    const bytes = await collect(imageTarball(image), source, limits);
    return { file: `${key}.xpkg`, bytes, artifact };
  }
  const layer = layerOf(image, choice.mediaType, source);
  checkLayer(layer, source, limits);
  const carried = choice.operation === 'copy' ? layer.open() : repacked(layer, choice.ignore ?? '');
  return { file: `${key}${extensionOf(choice, layer)}`, bytes: await collect(carried, source, limits), artifact };
}

/** The package's YAML stream, gzipped as small as it gets: the bytes inside are the layer's, untouched. */
async function* packageEntry(image: Image, source: string, limits: ContentLimits): AsyncGenerator<Uint8Array> {
  const base = image.layers.find(({ descriptor }) => descriptor.annotations?.[ANNOTATION] === PACKAGE_ANNOTATION);
  for (const layer of base ? [base] : image.layers) checkLayer(layer, source, limits);
  const yaml = await readPackageYaml(image);
  yield* gzip(pieces(yaml), 9);
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function layerOf({ layers }: Image, mediaType: string | undefined, source: string): BlobSource {
  const layer =
    mediaType === undefined ? layers[0] : layers.find(({ descriptor }) => descriptor.mediaType === mediaType);
  if (layer !== undefined) return layer;
  const types = layers.map(({ descriptor }) => descriptor.mediaType).join(', ');
  const why = layers.length === 0 ? 'it has no layers' : `no layer has the media type ${mediaType}, there are ${types}`;
  throw new CacheError('INVALID_MEMBER', `cannot take a layer of ${source}: ${why}`);
}

/** A tar of the same files, in the same form whatever tool made the layer: equal files give equal bytes. */
async function* repacked(layer: BlobSource, ignore: string): AsyncGenerator<Uint8Array> {
  const isIgnored = await ignoreRules(ignore);
  const files: TarFile[] = [];
  for await (const { name, type, mode, content } of readLayer(layer, { maxBytes: MAX_EXTRACTED_BYTES })) {
    const path = posix.normalize(name);
    if (type !== 'file' || isIgnored(path)) continue;
    const bytes = await readAll(content, MAX_EXTRACTED_BYTES, path);
    files.push({ type: 'file', name: path, mode: mode & 0o100 ? 0o755 : 0o644, content: bytes });
  }
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  yield* gzip(writeTar(files), 9);
}

function extensionOf({ operation }: Extract<ContentChoice, { kind: 'layer' }>, { descriptor }: BlobSource): string {
  const isGzip = operation === 'extract' || /gzip$/.test(descriptor.mediaType);
  return isGzip ? '.tar.gz' : `.${digestHex(parseDigest(descriptor.digest)).slice(0, 12)}.layer`;
}

function checkLayer({ descriptor }: BlobSource, source: string, { maxLayerBytes }: ContentLimits): void {
  if (descriptor.size > maxLayerBytes) throw tooLarge(`a layer of ${source}`, descriptor.size, maxLayerBytes);
}

async function collect(
  pieces: AsyncIterable<Uint8Array>,
  source: string,
  { maxBytes }: ContentLimits,
): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size <= maxBytes) kept.push(piece);
  }
  if (size > maxBytes) throw tooLarge(`the content of ${source}`, size, maxBytes);
  return Buffer.concat(kept, size);
}

function tooLarge(what: string, size: number, most: number): CacheError {
  return new CacheError(
    'TOO_LARGE',
    `cannot carry ${what}: it has ${formatSize(size)}, the limit is ${formatSize(most)}; raise the Input's packageCache.maxContentBytes, or use "cache pack"`,
  );
}
