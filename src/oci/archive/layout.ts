import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeAtomically } from '../../internal/files/atomic-file.ts';
import { reasonOf } from '../../internal/reason.ts';
import { isOciError, OciError } from '../errors.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Artifact } from '../image/image.ts';
import { encodeIndex, MAX_MANIFEST_BYTES, parseManifest } from '../image/manifest.ts';
import { MEDIA_TYPES } from '../image/media-types.ts';
import { type Digest, digestHex } from '../name/digest.ts';
import { type BlobSource, bytesBlob, fileBlob, readAll, readRange } from '../storage/blob.ts';
import { archiveFiles, directoryFiles, type LayoutFiles } from './layout-files.ts';
import { type TarFile, writeTar } from './tar.ts';

/** An entry of a layout's index.json. */
export interface LayoutEntry {
  readonly artifact: Artifact;
  /** The name of the artifact in the layout, usually a tag (`org.opencontainers.image.ref.name`). */
  readonly name?: string;
  /** The full name that containerd imports it with (`io.containerd.image.name`), such as `registry.example.com/acme/a:v1`. */
  readonly imageName?: string;
}

const REF_NAME = 'org.opencontainers.image.ref.name';
const IMAGE_NAME = 'io.containerd.image.name';
const LAYOUT_FILE = Buffer.from('{"imageLayoutVersion":"1.0.0"}');
const MAX_DEPTH = 4;
/** The limit of manifests in an index.json, including all levels. */
const MAX_MANIFESTS = 1_000;

/**
 * Writes artifacts as an OCI image layout (image-spec v1.1.0, image-layout.md): first blobs, each atomically, and index.json last. Existing
 * blobs are kept; an existing index.json is replaced.
 */
export async function writeImageLayout(directory: string, entries: readonly LayoutEntry[]): Promise<void> {
  for (const { artifact } of entries) await writeArtifact(directory, artifact);
  await mkdir(directory, { recursive: true });
  await writeAtomically(join(directory, 'oci-layout'), [LAYOUT_FILE]);
  await writeAtomically(join(directory, 'index.json'), [encodeEntries(entries)]);
}

/**
 * Writes artifacts and additional `files` as a tar of an OCI image layout. Equal input gives equal bytes. Each blob is read once, when it is
 * written.
 */
export function imageLayoutArchive(
  entries: readonly LayoutEntry[],
  files: Readonly<Record<string, Uint8Array>> = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  return writeTar(archiveEntries(entries, files));
}

function* archiveEntries(
  entries: readonly LayoutEntry[],
  files: Readonly<Record<string, Uint8Array>>,
): Generator<TarFile> {
  const small = { 'oci-layout': LAYOUT_FILE, 'index.json': encodeEntries(entries), ...files };
  for (const [name, content] of Object.entries(small)) yield { type: 'file', name, content };
  const blobs = new Map(
    entries.flatMap(({ artifact }) => allBlobs(artifact)).map((one) => [one.descriptor.digest, one]),
  );
  for (const digest of [...blobs.keys()].sort()) {
    const blob = blobs.get(digest);
    if (blob === undefined) continue;
    yield {
      type: 'file',
      name: blobName(digest),
      content: { size: blob.descriptor.size, open: () => blob.open() },
    };
  }
}

/** Lists the blobs of an artifact, including its manifests. */
function allBlobs(artifact: Artifact): BlobSource[] {
  const { descriptor, bytes } = artifact.document;
  const own = bytesBlob(descriptor.mediaType, bytes);
  if (artifact.kind === 'index') return [own, ...artifact.children.flatMap(allBlobs)];
  return [own, artifact.config, ...artifact.layers];
}

function encodeEntries(entries: readonly LayoutEntry[]): Buffer {
  const manifests = entries.map(({ artifact, name, imageName }) => {
    const annotations = {
      ...(name === undefined ? {} : { [REF_NAME]: name }),
      ...(imageName === undefined ? {} : { [IMAGE_NAME]: imageName }),
    };
    const { descriptor } = artifact.document;
    return Object.keys(annotations).length === 0 ? descriptor : { ...descriptor, annotations };
  });
  return encodeIndex({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }).bytes;
}

/** Opens an OCI image layout. Blobs are read and verified when they are opened. Throws `INVALID_LAYOUT`. */
export function readImageLayout(directory: string): Promise<LayoutEntry[]> {
  return readEntries(directoryFiles(directory));
}

/**
 * Opens a tar of an OCI image layout. Blobs are read and verified when they are opened. `read` returns the bytes of another file in the tar,
 * or undefined if it does not exist. Throws `INVALID_LAYOUT`.
 */
export async function readImageLayoutArchive(path: string): Promise<{
  readonly entries: readonly LayoutEntry[];
  readonly read: (name: string, maxBytes: number) => Promise<Buffer | undefined>;
}> {
  const files = await archiveFiles(path);
  const read = async (name: string, maxBytes: number) => {
    const file = await files.find(name);
    return file && readAll(readRange(file.path, file.offset, file.size), maxBytes, `${name} in ${path}`);
  };
  return { entries: await readEntries(files), read };
}

async function readEntries(files: LayoutFiles): Promise<LayoutEntry[]> {
  const index = parseManifest(await readLayoutFile(files, 'index.json'), MEDIA_TYPES.ociIndex);
  if (index.kind !== 'index')
    throw new OciError('INVALID_LAYOUT', `index.json in ${files.where} must be an image index`);
  const entries: LayoutEntry[] = [];
  const budget = { manifests: MAX_MANIFESTS };
  for (const descriptor of index.manifest.manifests) {
    const artifact = await readArtifact(files, descriptor, MAX_DEPTH, budget);
    const name = descriptor.annotations?.[REF_NAME];
    const imageName = descriptor.annotations?.[IMAGE_NAME];
    entries.push({
      artifact,
      ...(name === undefined ? {} : { name }),
      ...(imageName === undefined ? {} : { imageName }),
    });
  }
  return entries;
}

async function writeArtifact(directory: string, artifact: Artifact): Promise<void> {
  if (artifact.kind === 'index') for (const child of artifact.children) await writeArtifact(directory, child);
  else for (const blob of [artifact.config, ...artifact.layers]) await writeBlob(directory, blob);
  await writeBlob(directory, bytesBlob(artifact.document.descriptor.mediaType, artifact.document.bytes));
}

async function writeBlob(directory: string, blob: BlobSource): Promise<void> {
  const path = blobPath(directory, blob.descriptor.digest);
  if (await hasSize(path, blob.descriptor.size)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(path, blob.open());
}

async function hasSize(path: string, size: number): Promise<boolean> {
  return (await directoryFiles(dirname(path)).find(basename(path)))?.size === size;
}

async function readArtifact(
  files: LayoutFiles,
  descriptor: Descriptor,
  depth: number,
  budget: { manifests: number },
): Promise<Artifact> {
  const { where } = files;
  if (depth === 0)
    throw new OciError('INVALID_LAYOUT', `the indexes in ${where} are nested deeper than ${MAX_DEPTH} levels`);
  budget.manifests -= 1;
  if (budget.manifests < 0)
    throw new OciError('TOO_LARGE', `the layout ${where} contains more than ${MAX_MANIFESTS} manifests`);
  const bytes = await readLayoutFile(files, blobName(descriptor.digest), descriptor);
  const document = parseManifest(bytes, descriptor.mediaType);
  if (document.kind === 'index') {
    const children: Artifact[] = [];
    for (const child of document.manifest.manifests) {
      children.push(await readArtifact(files, child, depth - 1, budget));
    }
    return { kind: 'index', document, children };
  }
  const { config, layers } = document.manifest;
  const layerBlobs: BlobSource[] = [];
  for (const layer of layers) layerBlobs.push(await findBlob(files, layer));
  return { kind: 'image', document, config: await findBlob(files, config), layers: layerBlobs };
}

async function findBlob(files: LayoutFiles, descriptor: Descriptor): Promise<BlobSource> {
  const { digest, size } = descriptor;
  const file = await files.find(blobName(digest));
  if (file?.size === size) return fileBlob(file.path, descriptor, file.offset);
  throw new OciError(
    'INVALID_LAYOUT',
    `invalid image layout ${files.where}: the blob ${digest} of ${size} bytes is missing`,
  );
}

async function readLayoutFile(files: LayoutFiles, name: string, expected?: Descriptor): Promise<Buffer> {
  const { where } = files;
  try {
    const file = await files.find(name);
    if (file === undefined) throw new OciError('INVALID_LAYOUT', `cannot read ${name} in ${where}: not found`);
    const { path, offset, size } = file;
    const bytes = expected === undefined ? readRange(path, offset, size) : fileBlob(path, expected, offset).open();
    return await readAll(bytes, MAX_MANIFEST_BYTES, `${name} in ${where}`);
  } catch (error) {
    if (isOciError(error)) throw error;
    throw new OciError('INVALID_LAYOUT', `cannot read ${name} in ${where}: ${reasonOf(error)}`, { cause: error });
  }
}

function blobPath(directory: string, digest: Digest): string {
  return join(directory, blobName(digest));
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}
