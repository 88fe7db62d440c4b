import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeAtomically } from '../../internal/files/atomic-file.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { reasonOf } from '../../internal/reason.ts';
import { isOciError, OciError } from '../errors.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Artifact } from '../image/image.ts';
import { encodeIndex, MAX_MANIFEST_BYTES, type ManifestDocument, parseManifest } from '../image/manifest.ts';
import { MEDIA_TYPES } from '../image/media-types.ts';
import { type Digest, digestHex } from '../name/digest.ts';
import { type BlobSource, bytesBlob, fileBlob, readAll } from '../storage/blob.ts';

/** One entry of a layout's index.json. */
export interface LayoutEntry {
  readonly artifact: Artifact;
  /** The name under which the layout holds it, as a rule a tag (`org.opencontainers.image.ref.name`). */
  readonly name?: string;
}

const REF_NAME = 'org.opencontainers.image.ref.name';
const MAX_DEPTH = 4;
/** Manifests below one index.json, all levels together. */
const MAX_MANIFESTS = 1_000;

/**
 * Writes artifacts as an OCI image layout (image-spec v1.1.0, image-layout.md): blobs first, each whole or not at all, index.json last.
 * Blobs that are in the directory already stay; an index.json that is there is replaced.
 */
export async function writeImageLayout(directory: string, entries: readonly LayoutEntry[]): Promise<void> {
  for (const { artifact } of entries) await writeArtifact(directory, artifact);
  const manifests = entries.map(({ artifact, name }) =>
    name === undefined
      ? artifact.document.descriptor
      : { ...artifact.document.descriptor, annotations: { [REF_NAME]: name } },
  );
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const index = encodeIndex({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests });
  await writeAtomically(join(directory, 'index.json'), bytesBlob(MEDIA_TYPES.ociIndex, index.bytes).open());
}

/** Opens an OCI image layout. Blobs are read when they are opened, and checked. Throws `INVALID_LAYOUT`. */
export async function readImageLayout(directory: string): Promise<LayoutEntry[]> {
  const index = parseManifest(await readLayoutFile(directory, 'index.json'), MEDIA_TYPES.ociIndex);
  if (index.kind !== 'index') throw new OciError('INVALID_LAYOUT', `index.json in ${directory} is not an image index`);
  const entries: LayoutEntry[] = [];
  const budget = { manifests: MAX_MANIFESTS };
  for (const descriptor of index.manifest.manifests) {
    const artifact = await readArtifact(directory, descriptor, MAX_DEPTH, budget);
    const name = descriptor.annotations?.[REF_NAME];
    entries.push(name === undefined ? { artifact } : { artifact, name });
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
  try {
    const found = await stat(path);
    return found.isFile() && found.size === size;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function readArtifact(
  directory: string,
  descriptor: Descriptor,
  depth: number,
  budget: { manifests: number },
): Promise<Artifact> {
  if (depth === 0)
    throw new OciError('INVALID_LAYOUT', `the indexes in ${directory} are nested deeper than ${MAX_DEPTH} levels`);
  budget.manifests -= 1;
  if (budget.manifests < 0)
    throw new OciError('TOO_LARGE', `the layout ${directory} holds more than ${MAX_MANIFESTS} manifests`);
  const document = await readDocument(directory, descriptor);
  if (document.kind === 'index') {
    const children: Artifact[] = [];
    for (const child of document.manifest.manifests) {
      children.push(await readArtifact(directory, child, depth - 1, budget));
    }
    return { kind: 'index', document, children };
  }
  const { config, layers } = document.manifest;
  for (const blob of [config, ...layers]) await checkBlob(directory, blob);
  const open = (blob: Descriptor) => fileBlob(blobPath(directory, blob.digest), blob);
  return { kind: 'image', document, config: open(config), layers: layers.map(open) };
}

async function readDocument(directory: string, descriptor: Descriptor): Promise<ManifestDocument> {
  const bytes = await readLayoutFile(directory, blobName(descriptor.digest), descriptor);
  return parseManifest(bytes, descriptor.mediaType);
}

async function checkBlob(directory: string, { digest, size }: Descriptor): Promise<void> {
  if (await hasSize(blobPath(directory, digest), size)) return;
  throw new OciError('INVALID_LAYOUT', `the layout ${directory} lacks the blob ${digest} of ${size} bytes`);
}

async function readLayoutFile(directory: string, name: string, expected?: Descriptor): Promise<Buffer> {
  const path = join(directory, name);
  try {
    if (expected === undefined) return await readRegularFile(path, MAX_MANIFEST_BYTES);
    return await readAll(fileBlob(path, expected).open(), MAX_MANIFEST_BYTES, `${name} in ${directory}`);
  } catch (error) {
    if (isOciError(error)) throw error;
    throw new OciError('INVALID_LAYOUT', `cannot read ${name} in ${directory}: ${reasonOf(error)}`, { cause: error });
  }
}

function blobPath(directory: string, digest: Digest): string {
  return join(directory, blobName(digest));
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
