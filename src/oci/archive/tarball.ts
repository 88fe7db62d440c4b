import { posix } from 'node:path';
import * as z from 'zod/mini';
import { writeOutput } from '../../internal/files/atomic-file.ts';
import { FileError } from '../../internal/files/file-error.ts';
import { openRegularFile } from '../../internal/files/read-file.ts';
import { parseJson } from '../../internal/parse-json.ts';
import { reasonOf } from '../../internal/reason.ts';
import { isOciError, OciError, quote } from '../errors.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { buildImage, type Image } from '../image/image.ts';
import { checked, MAX_MANIFEST_BYTES } from '../image/manifest.ts';
import { MEDIA_TYPES } from '../image/media-types.ts';
import { createDigester, verifyContent } from '../name/content-digest.ts';
import { type Digest, digestHex, parseDigest } from '../name/digest.ts';
import { type BlobSource, fileBlob, readAll, readRange } from '../storage/blob.ts';
import { compressionOf, gzip } from './gzip.ts';
import { readTar, type TarEntry } from './read-tar.ts';
import { readSparseTar } from './sparse-tar.ts';
import { type TarFile, writeTar } from './tar.ts';

/**
 * Writes an image as a tarball in the format of .xpkg files, which `docker save` had before image layouts. Container engines import it with
 * the names in `repoTags`, such as `registry.example.com/acme/a:v1`.
 */
export function imageTarball(
  image: Image,
  repoTags: readonly string[] = [],
): AsyncGenerator<Uint8Array, void, undefined> {
  return writeTar(tarballEntries(image, repoTags));
}

/** Writes an image tarball to a file, atomically. */
export function writeImageTarball(path: string, image: Image, repoTags: readonly string[] = []): Promise<void> {
  return writeOutput(path, imageTarball(image, repoTags));
}

/**
 * Opens an image tarball in a file. Layers are read when they are opened, and verified with the digests in their names. The manifest is
 * built with Docker's media types, or OCI's if there is a zstd layer, and without annotations, since the file does not contain one.
 * Uncompressed layers are compressed with gzip. Throws `INVALID_TARBALL`, `TOO_LARGE` above {@link MAX_TARBALL_BYTES}, and `DIGEST_MISMATCH`
 * for a config without the digest in its name.
 */
export async function readImageTarball(path: string): Promise<Image> {
  const files = await scanTarball(path);
  const listing = await readListing(path, files);
  const config = await readFile(path, fileNamed(files, listing.Config, path));
  const layers: BlobSource[] = [];
  for (const name of listing.Layers) layers.push(await layerBlob(path, fileNamed(files, name, path)));
  return buildImage({ config, layers });
}

/** The size limit of image tarballs in bytes. */
export const MAX_TARBALL_BYTES = 8 * 1024 ** 3;

/** The file that lists the images of a tarball. */
const LISTING = 'manifest.json';

const listingSchema = z.array(
  z.object({
    Config: z.string(),
    Layers: z.pipe(
      z.nullable(z.array(z.string())),
      z.transform((layers) => layers ?? []),
    ),
  }),
);

/** A file in the tarball. */
interface TarballFile {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly digest: Digest;
  readonly compression: ReturnType<typeof compressionOf>;
}
type TarballFiles = ReadonlyMap<string, TarballFile | { readonly link: string }>;

function* tarballEntries(image: Image, repoTags: readonly string[]): Generator<TarFile> {
  yield { type: 'file', name: image.config.descriptor.digest, content: content(image.config) };
  const names = image.layers.map(({ descriptor }) => `${digestHex(descriptor.digest)}${extensionOf(descriptor)}`);
  for (const [index, layer] of image.layers.entries()) {
    const name = names[index];
    if (name !== undefined && names.indexOf(name) === index) yield { type: 'file', name, content: content(layer) };
  }
  const listing = [
    { Config: image.config.descriptor.digest, RepoTags: repoTags.length > 0 ? repoTags : null, Layers: names },
  ];
  yield { type: 'file', name: LISTING, content: Buffer.from(JSON.stringify(listing)) };
}

/** Returns the extension of layers in go-containerregistry. */
function extensionOf({ mediaType }: Descriptor): string {
  return mediaType === MEDIA_TYPES.ociLayerZstd ? '.tar.zst' : '.tar.gz';
}

function content(blob: BlobSource): { size: number; open(): AsyncIterable<Uint8Array> } {
  return { size: blob.descriptor.size, open: () => blob.open() };
}

async function scanTarball(path: string): Promise<TarballFiles> {
  const files = new Map<string, TarballFile | { link: string }>();
  const size = await tarballSize(path);
  try {
    const bytes = readSparseTar(path, size, (name) => namedDigest(name) !== undefined);
    for await (const entry of readTar(bytes, { maxBytes: size })) {
      if (files.has(entry.name)) continue;
      if (entry.type === 'file') files.set(entry.name, await scanFile(entry));
      // docker save writes links for equal layers.
      else if (entry.target !== undefined) files.set(entry.name, { link: linkTarget(entry, entry.target) });
    }
  } catch (error) {
    if (!isOciError(error, 'INVALID_LAYER')) throw error;
    throw new OciError('INVALID_TARBALL', `cannot read the image tarball ${path}: ${error.message}`, { cause: error });
  }
  return files;
}

async function tarballSize(path: string): Promise<number> {
  try {
    const { handle, size } = await openRegularFile(path, MAX_TARBALL_BYTES);
    const head = Buffer.alloc(4);
    await handle.read(head, 0, head.byteLength, 0).finally(() => handle.close());
    const compression = compressionOf(head);
    if (size > 0 && compression === 'none') return size;
    const why = size === 0 ? 'the file is empty' : `the file is compressed with ${compression}; decompress it first`;
    throw new OciError('INVALID_TARBALL', `cannot read the image tarball ${path}: ${why}`);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const code = error.code === 'FILE_TOO_LARGE' ? 'TOO_LARGE' : 'INVALID_TARBALL';
    throw new OciError(code, error.message, { cause: error });
  }
}

async function scanFile(entry: TarEntry): Promise<TarballFile> {
  const named = namedDigest(entry.name);
  const digester = createDigester();
  const head: number[] = [];
  for await (const chunk of entry.content) {
    if (head.length < 4) head.push(...chunk.subarray(0, 4 - head.length));
    if (named === undefined) digester.update(chunk);
  }
  const { name, offset, size } = entry;
  const digest = named ?? digester.digest();
  return { name, offset, size, digest, compression: compressionOf(Uint8Array.from(head)) };
}

/**
 * Returns the digest in a file's name, in the formats of Go's tools and docker save. It is not verified here, but whenever the file is read,
 * so that content is not hashed twice.
 */
function namedDigest(name: string): Digest | undefined {
  const hex = /^(?:sha256:([0-9a-f]{64})|([0-9a-f]{64})\.tar\.(?:gz|zst)|blobs\/sha256\/([0-9a-f]{64}))$/.exec(name);
  return hex === null ? undefined : parseDigest(`sha256:${hex[1] ?? hex[2] ?? hex[3]}`);
}

function linkTarget({ name, type }: TarEntry, target: string): string {
  return type === 'symlink' ? posix.join(posix.dirname(name), target) : target;
}

async function readListing(path: string, files: TarballFiles): Promise<{ Config: string; Layers: string[] }> {
  const bytes = await readFile(path, fileNamed(files, LISTING, path));
  let listing: z.infer<typeof listingSchema>;
  try {
    listing = checked(listingSchema, parseJson(bytes), LISTING);
  } catch (error) {
    throw new OciError('INVALID_TARBALL', `cannot read manifest.json in ${path}: ${reasonOf(error)}`, { cause: error });
  }
  const [image, ...others] = listing;
  if (image !== undefined && others.length === 0) return image;
  throw new OciError('INVALID_TARBALL', `invalid image tarball ${path}: expected one image, got ${listing.length}`);
}

function fileNamed(files: TarballFiles, name: string, path: string): TarballFile {
  let file = files.get(name);
  for (let hops = 0; file !== undefined && 'link' in file && hops < 8; hops += 1) file = files.get(file.link);
  if (file !== undefined && !('link' in file)) return file;
  const hint = name === LISTING ? '; must be a package file, or an image that docker save wrote' : '';
  throw new OciError('INVALID_TARBALL', `invalid image tarball ${path}: ${quote(name)} is missing${hint}`);
}

function readFile(path: string, file: TarballFile): Promise<Buffer> {
  return readAll(
    verifyContent(readRange(path, file.offset, file.size), file),
    MAX_MANIFEST_BYTES,
    `${quote(file.name)} in ${path}`,
  );
}

async function layerBlob(path: string, file: TarballFile): Promise<BlobSource> {
  const { size, digest } = file;
  if (file.compression !== 'none') {
    const mediaType = file.compression === 'zstd' ? MEDIA_TYPES.ociLayerZstd : MEDIA_TYPES.dockerLayerGzip;
    return fileBlob(path, { mediaType, size, digest }, file.offset);
  }
  const open = () => gzip(verifyContent(readRange(path, file.offset, size), file));
  const digester = createDigester();
  for await (const chunk of open()) digester.update(chunk);
  const descriptor: Descriptor = {
    mediaType: MEDIA_TYPES.dockerLayerGzip,
    size: digester.size(),
    digest: digester.digest(),
  };
  return { descriptor, open: () => verifyContent(open(), descriptor) };
}
