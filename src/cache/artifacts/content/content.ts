import { posix } from 'node:path';
import { createPacer } from '../../../internal/async/pacer.ts';
import { listed, printable, quote } from '../../../internal/quote.ts';
import { formatSize } from '../../../internal/size.ts';
import { cancelError } from '../../../oci/http/cancel.ts';
import {
  type BlobSource,
  cleanPath,
  digestHex,
  formatReference,
  gunzip,
  gzip,
  type Image,
  imageTarball,
  parseDigest,
  type Repository,
  readFlattened,
  readLayer,
  type TarEntry,
  type TarFile,
  writeTar,
} from '../../../oci/index.ts';
import { cacheFileName } from '../../../xpkg/names.ts';
import { MAX_PACKAGE_BYTES } from '../../../xpkg/package-root.ts';
import { findPackageLayers, packageFile } from '../../../xpkg/read-package.ts';
import { CacheError } from '../../errors.ts';
import type { Content } from '../../sets/chunks.ts';
import type { ContentChoice } from '../request.ts';
import { selectionSuffix } from '../selection.ts';
import { ignoreRules } from './ignore.ts';
import { describeLeftOut, isDeep, MAX_DEPTH } from './left-out.ts';
import { artifactRules } from './source-ignore.ts';

const MEBIBYTE = 1_048_576;
/** The maximum time for matching the paths of one layer with patterns, in milliseconds. */
const MAX_MATCH_MS = 5_000;
/** The maximum number of layers, which is more than Docker creates. */
const MAX_LAYERS = 256;

/** Limits on the resources that one artifact may use. All follow from the size of content that the Input allows. */
interface ContentLimits {
  /** Bytes of the resulting content. */
  readonly maxBytes: number;
  /** Bytes of the config and of all layers that are read, as stored in the registry. */
  readonly maxOpenedBytes: number;
  /** Bytes of those layers, uncompressed. They are streamed. */
  readonly maxUnpackedBytes: number;
  /** Bytes of the files of a layer that is repacked, each compressed, and of their paths: all of them are in memory. */
  readonly maxKeptBytes: number;
}

/** Derives the limits from the maximum size of content. Layers may be larger than that: content is often better compressed. */
function limitsOf(maxBytes: number): ContentLimits {
  return {
    maxBytes,
    maxOpenedBytes: Math.max(16 * MEBIBYTE, 16 * maxBytes),
    maxUnpackedBytes: Math.min(Math.max(64 * MEBIBYTE, 64 * maxBytes), MAX_PACKAGE_BYTES),
    maxKeptBytes: Math.max(4 * MEBIBYTE, 4 * maxBytes),
  };
}

/** The content of a source. */
export interface SourceContent extends Content {
  /** A clause for messages about entries of the layers that are not in the content. */
  readonly leftOut: string | undefined;
}

/**
 * Builds the content of a source from an image. `digest` is the digest that the reference resolved to, which may be that of an index. The
 * size in the descriptor of each blob is checked before the blob is read. Throws `TOO_LARGE` and `INVALID_MEMBER` of {@link CacheError},
 * and the errors of reading blobs.
 */
export async function readContent(
  image: Image,
  repository: Repository,
  digest: string,
  choice: ContentChoice,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<SourceContent> {
  const source = formatReference(repository);
  const limits = limitsOf(maxBytes);
  const key = cacheFileName(`${source}@${digest}`, digest).replace(/\.gz$/, '');
  const { extension, pieces, leftOut } = await openContent(image, source, choice, limits);
  const bytes = await collect(pieces, `the content of ${source}`, maxBytes, signal);
  return { file: `${key}${extension}`, bytes, artifact: { source, digest }, leftOut };
}

interface OpenContent extends Pick<Partial<SourceContent>, 'leftOut'> {
  /** The extension of the file name. */
  readonly extension: string;
  readonly pieces: AsyncIterable<Uint8Array>;
}

async function openContent(
  image: Image,
  source: string,
  choice: ContentChoice,
  limits: ContentLimits,
): Promise<OpenContent> {
  if (choice.kind === 'package') {
    return { extension: '.gz', pieces: gzip(await openPackage(image, source, limits), 9) };
  }
  if (choice.kind === 'image') {
    refuseForeign(image.layers, source);
    checkBlobs([image.config, ...image.layers], `the content of ${source}`, limits.maxBytes);
    return { extension: '.xpkg', pieces: imageTarball(image) };
  }
  const [layer, ...others] = layersOf(image, choice, source);
  const extension = extensionOf(choice, layer);
  if (choice.operation === 'copy') {
    checkBlobs([layer], `the content of ${source}`, limits.maxBytes);
    return { extension, pieces: layer.open() };
  }
  checkBlobs([layer, ...others], `the layers of ${source}`, limits.maxOpenedBytes);
  const tarLimits = { maxBytes: limits.maxUnpackedBytes };
  const isFlat = choice.operation === 'flatten';
  const entries = isFlat ? readFlattened([layer, ...others], tarLimits, { opaque: true }) : readLayer(layer, tarLimits);
  return { extension, ...(await repacked(entries, choice.ignore ?? '', source, limits)) };
}

/** Opens the package's YAML stream: the unchanged bytes of the layer. */
async function openPackage(
  image: Image,
  source: string,
  { maxOpenedBytes, maxUnpackedBytes }: ContentLimits,
): Promise<AsyncIterable<Uint8Array>> {
  checkBlobs([image.config], `the config of ${source}`, maxOpenedBytes);
  const found = await findPackageLayers(image);
  checkBlobs([image.config, ...found.layers], `the layers of ${source}`, maxOpenedBytes);
  return packageFile(found, { maxBytes: maxUnpackedBytes, maxImageBytes: maxUnpackedBytes });
}

type LayerChoice = Extract<ContentChoice, { kind: 'layer' }>;

/** Docker's and OCI's media types of layers that may be stored outside of registries, such as those of Windows. */
const FOREIGN = /^application\/vnd\.(docker\.image\.rootfs\.foreign\.|oci\.image\.layer\.nondistributable\.)/;

function layersOf({ layers }: Image, choice: LayerChoice, source: string): [BlobSource, ...BlobSource[]] {
  const { mediaType, operation } = choice;
  const [first, ...others] = layers.filter(({ descriptor }) => [undefined, descriptor.mediaType].includes(mediaType));
  if (first !== undefined) {
    const chosen: [BlobSource, ...BlobSource[]] = operation === 'flatten' ? [first, ...others] : [first];
    refuseForeign(chosen, source);
    return chosen;
  }
  const types = listed(layers.map(({ descriptor }) => descriptor.mediaType));
  const why =
    layers.length === 0
      ? 'it has no layers'
      : `no layer has the media type ${printable(mediaType ?? '')}; its layers have ${types}`;
  throw new CacheError('INVALID_MEMBER', `cannot take a layer of ${source}: ${why}`);
}

function refuseForeign(layers: readonly BlobSource[], source: string): void {
  const foreign = layers.find(({ descriptor }) => FOREIGN.test(descriptor.mediaType));
  if (foreign === undefined) return;
  const why = `a layer of the type ${printable(foreign.descriptor.mediaType)} must not be distributed; only its owner serves it`;
  throw new CacheError('INVALID_MEMBER', `cannot take a layer of ${source}: ${why}`);
}

/**
 * Packs the files of layers into a tar whose bytes depend on the files only, not on the tool that built the layers. Hard links become
 * files; symbolic links and devices are omitted, as in Flux, and listed in `leftOut`.
 */
async function repacked(
  entries: AsyncIterable<TarEntry>,
  ignore: string,
  source: string,
  { maxUnpackedBytes, maxKeptBytes }: ContentLimits,
): Promise<Pick<OpenContent, 'pieces' | 'leftOut'>> {
  const pacer = createPacer(MAX_MATCH_MS, () => matchesTooLong(source));
  // Drop files that are certainly ignored. Later .sourceignore files may determine the others.
  const isIgnored = await ignoreRules(ignore, pacer);
  const files: TarFile[] = [];
  let room = maxKeptBytes;
  const keep = (bytes: number) => {
    room -= bytes;
    if (room < 0) throw tooLarge(`the files of a layer of ${source}`, undefined, maxKeptBytes);
  };
  const others: string[] = [];
  const links: { readonly path: string; readonly target: string }[] = [];
  for await (const { name, type, mode, size, target = '', content } of entries) {
    const path = posix.normalize(name);
    if (type === 'directory') continue;
    if (type !== 'file' && type !== 'link') {
      keep(path.length);
      others.push(path);
      continue;
    }
    checkDepth(path, source);
    if (await isIgnored(path)) continue;
    keep(path.length + target.length);
    if (type === 'link') {
      links.push({ path, target: cleanPath(target) });
      continue;
    }
    // All files are kept in memory until they are sorted.
    const kept = await collect(gzip(content), `the files of a layer of ${source}`, room);
    keep(kept.byteLength);
    const open = () => gunzip(bytesOf(kept));
    files.push({ type: 'file', name: path, mode: mode & 0o100 ? 0o755 : 0o644, content: { size, open } });
  }
  files.push(...linkedFiles(links, files, source, maxUnpackedBytes));
  const isLeftOut = await artifactRules(files, ignore, pacer);
  const carried: TarFile[] = [];
  for (const file of files) if (!(await isLeftOut(file.name))) carried.push(file);
  carried.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { pieces: gzip(writeTar(carried), 9), leftOut: await describeLeftOut(others.toSorted(), isLeftOut) };
}

/** Resolves hard links to files. Their total size is limited: a few bytes of links can expand to large files. */
function linkedFiles(
  links: readonly { readonly path: string; readonly target: string }[],
  files: readonly TarFile[],
  source: string,
  maxBytes: number,
): TarFile[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  let room = maxBytes;
  return links.map(({ path, target }) => {
    const file = byName.get(target);
    if (file === undefined) {
      const why = `${quote(path)} is a link to ${quote(target)}, which is omitted; ignore both or neither`;
      throw new CacheError('INVALID_MEMBER', `cannot take a layer of ${source}: ${why}`);
    }
    room -= file.content instanceof Uint8Array ? file.content.byteLength : file.content.size;
    if (room < 0) throw tooLarge(`the links in the layers of ${source}`, undefined, maxBytes);
    return { ...file, name: path };
  });
}

async function* bytesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

function matchesTooLong(source: string): CacheError {
  const why = `matching the paths of its files with ignore takes more than ${MAX_MATCH_MS / 1_000} s`;
  return new CacheError('TOO_LARGE', `cannot use a layer of ${source}: ${why}`);
}

function checkDepth(path: string, source: string): void {
  if (!isDeep(path)) return;
  const why = `a file is nested in more than ${MAX_DEPTH} directories`;
  throw new CacheError('TOO_LARGE', `cannot use a layer of ${source}: ${why}`);
}

/** Returns the suffix that follows the artifact's key in the file name: each selection from an artifact has its own file. */
function extensionOf(choice: LayerChoice, { descriptor }: BlobSource): string {
  const isGzip = choice.operation !== 'copy' || /gzip$/.test(descriptor.mediaType);
  const extension = isGzip ? 'tar.gz' : `${digestHex(parseDigest(descriptor.digest)).slice(0, 12)}.layer`;
  return `${selectionSuffix(choice)}.${extension}`;
}

function checkBlobs(blobs: readonly BlobSource[], what: string, maxBytes: number): void {
  const size = blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  if (size > maxBytes) throw tooLarge(what, size, maxBytes);
  if (blobs.length <= MAX_LAYERS) return;
  throw new CacheError('TOO_LARGE', `cannot use ${what}: ${blobs.length} blobs are over the limit of ${MAX_LAYERS}`);
}

/** Reads all pieces. Stops reading as soon as the limit is exceeded. */
async function collect(
  pieces: AsyncIterable<Uint8Array>,
  what: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    if (signal?.aborted) throw cancelError(signal);
    size += piece.byteLength;
    if (size > maxBytes) throw tooLarge(what, undefined, maxBytes);
    kept.push(piece);
  }
  return Buffer.concat(kept, size);
}

function tooLarge(what: string, size: number | undefined, most: number): CacheError {
  const limit = `the limit of ${formatSize(most)}`;
  const why = size === undefined ? `it is over ${limit}` : `${formatSize(size)} is over ${limit}`;
  return new CacheError(
    'TOO_LARGE',
    `cannot use ${what}: ${why}; raise the Input's packageCache.maxContentBytes, or use "cache pack"`,
  );
}
