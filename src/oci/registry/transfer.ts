import { abortWith } from '../../internal/async/abort.ts';
import { isOciError, OciError, withNote } from '../errors.ts';
import type { Descriptor, Platform } from '../image/descriptor.ts';
import type { Artifact, Image, Index } from '../image/image.ts';
import { choosePlatform, encodeIndex, MAX_MANIFEST_BYTES, type ManifestDocument } from '../image/manifest.ts';
import { MEDIA_TYPES } from '../image/media-types.ts';
import type { Digest } from '../name/digest.ts';
import { formatReference, type Reference, type Repository } from '../name/reference.ts';
import type { BlobSource } from '../storage/blob.ts';
import { readAll } from '../storage/blob.ts';
import { referrersTag } from './referrers.ts';
import type { CallOptions } from './session.ts';
import type { RegistryClient } from './session-client.ts';

/** The progress of a blob of a push. */
export interface PushProgress {
  readonly digest: Digest;
  /** The size of the blob in bytes. */
  readonly size: number;
  readonly sentBytes: number;
  /** Blobs in the states `exists` and `mounted` were not sent. */
  readonly state: 'sending' | 'sent' | 'exists' | 'mounted';
}

/** Options for pushing an artifact. */
export interface PushOptions extends CallOptions {
  /** The number of concurrent uploads of blobs. Default 4. */
  readonly concurrency?: number;
  /** A repository that has the blobs. It is ignored if it is in another registry. */
  readonly mountFrom?: Repository;
  readonly onProgress?: (progress: PushProgress) => void;
}

/** The limit of levels of nested indexes. */
const MAX_DEPTH = 4;
/** The limit of manifests in an index, including all levels. */
const MAX_MANIFESTS = 1_000;

/**
 * Pulls an image or index with all its children. Blobs are downloaded when they are opened. Throws `TOO_LARGE` for indexes that are nested
 * deeper than 4 levels or contain more than 1,000 manifests.
 */
export async function pullArtifact(
  client: RegistryClient,
  reference: Reference,
  options: CallOptions = {},
): Promise<Artifact> {
  const budget = { manifests: MAX_MANIFESTS };
  return withChildren(client, reference, await client.fetchManifest(reference, options), MAX_DEPTH, budget, options);
}

/**
 * Pulls the image for a platform, by default linux/amd64 as in Crossplane. `root` is the descriptor of the reference itself, which may be
 * an index. Blobs are downloaded when they are opened. Throws `NO_PLATFORM`.
 */
export async function pullImage(
  client: RegistryClient,
  reference: Reference,
  options: CallOptions & { readonly platform?: Platform } = {},
): Promise<{ readonly image: Image; readonly root: Descriptor }> {
  let document = await client.fetchManifest(reference, options);
  const root = document.descriptor;
  for (let depth = 0; document.kind === 'index'; depth += 1) {
    if (depth === MAX_DEPTH) throw tooDeep(reference);
    const child = choosePlatform(document.manifest, options.platform);
    document = await client.fetchManifest({ ...repositoryOf(reference), digest: child.digest }, options);
  }
  return { image: lazyImage(client, reference, document, options), root };
}

/** Reads the config of an image. Throws `TOO_LARGE` if it exceeds the size limit of manifests. */
export function readConfig(image: Image): Promise<Buffer> {
  return readAll(image.config.open(), MAX_MANIFEST_BYTES, 'the image config');
}

/**
 * Pushes an image, or an index with its children: first blobs, then manifests, the one for `reference` last. The bytes of manifests are
 * preserved. Existing content is not sent again. If the registry rejects a manifest because its tag is immutable, the push succeeds if the
 * tag has that manifest already. Memory does not grow with the image.
 */
export async function pushArtifact(
  client: RegistryClient,
  reference: Reference,
  artifact: Artifact,
  options: PushOptions = {},
): Promise<void> {
  const blobs = new Map(allBlobs(artifact).map((blob) => [blob.descriptor.digest, blob]));
  await forEachConcurrently([...blobs.values()], options.concurrency ?? 4, options.signal, (blob, signal) =>
    pushBlob(client, reference, blob, { ...options, signal }),
  );
  await pushManifests(client, reference, artifact, options);
}

/** Copies an image, or an index with its children, from one reference to another. Returns the copied artifact. */
export async function copyArtifact(
  from: { readonly client: RegistryClient; readonly reference: Reference },
  to: { readonly client: RegistryClient; readonly reference: Reference },
  options: PushOptions = {},
): Promise<Artifact> {
  const artifact = await pullArtifact(from.client, from.reference, options);
  await pushArtifact(to.client, to.reference, artifact, { ...options, mountFrom: from.reference });
  return artifact;
}

async function withChildren(
  client: RegistryClient,
  repository: Repository,
  document: ManifestDocument,
  depth: number,
  budget: { manifests: number },
  options: CallOptions,
): Promise<Artifact> {
  budget.manifests -= 1;
  if (depth < 0 || budget.manifests < 0) throw tooDeep(repository);
  if (document.kind === 'image') return lazyImage(client, repository, document, options);
  const children: Artifact[] = [];
  for (const { digest } of document.manifest.manifests) {
    const child = await client.fetchManifest({ ...repositoryOf(repository), digest }, options);
    children.push(await withChildren(client, repository, child, depth - 1, budget, options));
  }
  return { kind: 'index', document, children } satisfies Index;
}

function lazyImage(
  client: RegistryClient,
  repository: Repository,
  document: Extract<ManifestDocument, { kind: 'image' }>,
  options: CallOptions,
): Image {
  const { config, layers } = document.manifest;
  const blob = (descriptor: Descriptor) => client.blob(repositoryOf(repository), descriptor, options);
  return { kind: 'image', document, config: blob(config), layers: layers.map(blob) };
}

function allBlobs(artifact: Artifact): BlobSource[] {
  return artifact.kind === 'image' ? [artifact.config, ...artifact.layers] : artifact.children.flatMap(allBlobs);
}

async function pushBlob(
  client: RegistryClient,
  repository: Repository,
  blob: BlobSource,
  { mountFrom, onProgress, signal }: PushOptions,
): Promise<void> {
  const { digest, size } = blob.descriptor;
  const report = (state: PushProgress['state'], sentBytes: number) => onProgress?.({ digest, size, sentBytes, state });
  if (await client.hasBlob(repository, digest, { signal })) return report('exists', 0);
  const onSent = (sentBytes: number) => report('sending', sentBytes);
  const result = await client.pushBlob(repository, blob, { mountFrom, onSent, signal });
  if (result === 'mounted') report('mounted', 0);
  else report('sent', size);
}

async function pushManifests(
  client: RegistryClient,
  reference: Reference,
  artifact: Artifact,
  options: PushOptions,
): Promise<void> {
  if (artifact.kind === 'index') {
    for (const child of artifact.children) {
      const { digest } = child.document.descriptor;
      await pushManifests(client, { ...repositoryOf(reference), digest }, child, options);
    }
  }
  const isListed = await putManifest(client, reference, artifact.document, options);
  if (!isListed) await addReferrer(client, reference, artifact.document, options);
}

/** The statuses of registries for writes to an immutable tag: ECR 400, ACR 403 and 409, Harbor 412. */
const IMMUTABLE = new Set([400, 403, 405, 409, 412, 422]);

/** Pushes a manifest, unless it exists. Returns false if it has a subject and the registry does not maintain the list of referrers. */
async function putManifest(
  client: RegistryClient,
  reference: Reference,
  document: ManifestDocument,
  options: PushOptions,
): Promise<boolean> {
  try {
    return await client.pushManifest(reference, document, options);
  } catch (error) {
    if (!isOciError(error) || !IMMUTABLE.has(error.status ?? 0)) throw error;
    const found = await client.resolve(reference, options).catch(() => undefined);
    if (found === undefined) throw error;
    const { digest } = document.descriptor;
    if (found.digest === digest) return document.manifest.subject === undefined;
    throw withNote(error, `${reference.tag} has digest ${found.digest} in the registry, not ${digest}`);
  }
}

/**
 * Adds a manifest to the fallback index of its subject, as distribution-spec v1.1.0 ("Pushing Manifests with Subject") requires. If two
 * clients do this concurrently, an entry can be lost, which the specification does not prevent.
 */
async function addReferrer(
  client: RegistryClient,
  repository: Repository,
  { descriptor, manifest }: ManifestDocument,
  options: CallOptions,
): Promise<void> {
  if (manifest.subject === undefined) return;
  const reference = { ...repositoryOf(repository), tag: referrersTag(manifest.subject.digest) };
  const known = await fetchReferrers(client, reference, options);
  if (known.some(({ digest }) => digest === descriptor.digest)) return;
  const artifactType = descriptor.artifactType ?? ('config' in manifest ? manifest.config.mediaType : undefined);
  const manifests = [...known, { ...descriptor, artifactType, annotations: manifest.annotations }];
  const index = encodeIndex({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests });
  await client.pushManifest(reference, index, options);
}

async function fetchReferrers(
  client: RegistryClient,
  reference: Reference,
  options: CallOptions,
): Promise<readonly Descriptor[]> {
  try {
    const { manifest } = await client.fetchManifest(reference, options);
    return 'manifests' in manifest ? manifest.manifests : [];
  } catch (error) {
    if (isOciError(error, 'NOT_FOUND')) return [];
    throw error;
  }
}

/** Runs `work` for each item, at most `limit` of them concurrently. The first error aborts the others and is thrown. */
async function forEachConcurrently<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const release = abortWith(signal, failed);
  const queue = [...items];
  const errors: unknown[] = [];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && errors.length === 0; item = queue.shift()) {
      await work(item, failed.signal).catch((error: unknown) => {
        errors.push(error);
        failed.abort();
      });
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  release();
  if (errors.length > 0) throw errors[0];
}

/** Returns the repository of a reference. */
export function repositoryOf({ registry, repository }: Repository): Repository {
  return { registry, repository };
}

function tooDeep(repository: Repository): OciError {
  return new OciError(
    'TOO_LARGE',
    `cannot pull from ${formatReference(repositoryOf(repository))}: the index is nested deeper than ${MAX_DEPTH} levels or contains more than ${MAX_MANIFESTS} manifests`,
  );
}
