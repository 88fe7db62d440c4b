import { decodeBase64 } from '../../internal/bytes/base64.ts';
import { pullScope, pushScope } from '../auth/scopes.ts';
import { OciError } from '../errors.ts';
import { discard, readBody } from '../http/http-client.ts';
import type { RetryPolicy } from '../http/retry.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { MAX_MANIFEST_BYTES, type ManifestDocument, parseManifest } from '../image/manifest.ts';
import { isImageType, isIndexType, MANIFEST_ACCEPT } from '../image/media-types.ts';
import { verifyContent } from '../name/content-digest.ts';
import { type Digest, isDigest } from '../name/digest.ts';
import { formatReference, type Reference, type Repository, referenceIdentifier } from '../name/reference.ts';
import { type BlobSource, bytesBlob } from '../storage/blob.ts';
import { downloadBlob } from './download.ts';
import { listReferrers } from './referrers.ts';
import type { CallOptions, RegistryRequest, RegistrySession } from './session.ts';
import { DEFAULT_MAX_TAGS, listTags } from './tags.ts';
import { type UploadOptions, uploadBlob } from './upload.ts';

/**
 * A client for OCI registries (distribution-spec v1.1.0). It supports any number of registries and calls, and does not limit concurrent
 * calls. All functions throw {@link OciError}, which never contains credentials.
 */
export interface RegistryClient {
  /** Returns the descriptor of a tag or digest, without verifying it. Throws `NOT_FOUND`. */
  resolve(reference: Reference, options?: CallOptions): Promise<Descriptor>;
  /** Fetches a manifest or index. For a reference with a digest, the bytes are verified. */
  fetchManifest(reference: Reference, options?: CallOptions): Promise<ManifestDocument>;
  /** Returns a blob that is downloaded when it is opened, unless its descriptor embeds it. A download resumes after a broken connection. */
  blob(repository: Repository, descriptor: Descriptor, options?: CallOptions): BlobSource;
  /** True when the repository has the blob. */
  hasBlob(repository: Repository, digest: Digest, options?: CallOptions): Promise<boolean>;
  /** Lists all tags, in the registry's order. Throws `TOO_LARGE` above `maxTags`, and `NOT_FOUND`. */
  listTags(repository: Repository, options?: CallOptions): Promise<string[]>;
  /** Lists the referrers of a manifest, by the referrers API or its fallback tag. */
  listReferrers(
    repository: Repository,
    digest: Digest,
    options?: CallOptions & { readonly artifactType?: string },
  ): Promise<readonly Descriptor[]>;
  /** Ensures that the repository has a blob: mounts it from another repository if requested and possible, else uploads it. */
  pushBlob(repository: Repository, blob: BlobSource, options?: UploadOptions): Promise<'mounted' | 'uploaded'>;
  /**
   * Pushes the exact bytes of a manifest. Its blobs and children must exist. Returns false if the manifest has a subject and the registry
   * does not maintain the list of referrers.
   */
  pushManifest(reference: Reference, document: ManifestDocument, options?: CallOptions): Promise<boolean>;
  /** Checks that a registry (`host[:port]`) accepts the credentials. Throws an error by status, such as `UNAUTHORIZED`. */
  checkLogin(registry: string, options?: CallOptions): Promise<void>;
  /** Returns the session of a repository's registry, for callers that forward requests. */
  session(repository: Repository): RegistrySession;
  /** Closes connections when they become idle, and waits for that. Later calls fail. */
  close(): Promise<void>;
  /** Closes all connections immediately. Pending and later calls fail. */
  destroy(): Promise<void>;
}

/** Options of {@link sessionClient}. */
export interface SessionClientOptions {
  readonly retry: RetryPolicy;
  /** The limit of tags in a list. Default 20,000. */
  readonly maxTags?: number | undefined;
  /** The size limit of manifests in bytes. Larger ones are not read. Default 4 MiB. */
  readonly maxManifestBytes?: number | undefined;
}

/** Creates a client that sends requests with sessions, which manage connections and credentials. */
export function sessionClient(
  session: (repository: Repository) => RegistrySession,
  { retry, maxTags = DEFAULT_MAX_TAGS, maxManifestBytes = MAX_MANIFEST_BYTES }: SessionClientOptions,
): Omit<RegistryClient, 'close' | 'destroy'> {
  const fetch = (reference: Reference, call: CallOptions) =>
    fetchManifest(session(reference), reference, maxManifestBytes, call);
  return {
    session,
    resolve: async (reference, call = {}) =>
      (await resolve(session(reference), reference, call)) ?? (await fetch(reference, call)).descriptor,
    fetchManifest: (reference, call = {}) => fetch(reference, call),
    blob: (repository, descriptor, call = {}) => ({
      descriptor,
      open: () =>
        embeddedContent(descriptor) ??
        verifyContent(downloadBlob(session(repository), retry, repository, descriptor, call), descriptor),
    }),
    hasBlob: (repository, digest, call = {}) => hasBlob(session(repository), repository, digest, call),
    listTags: (repository, call = {}) => listTags(session(repository), repository, maxTags, call),
    listReferrers: (repository, digest, call = {}) => listReferrers(session(repository), repository, digest, call),
    pushBlob: (repository, blob, call = {}) => uploadBlob(session(repository), retry, repository, blob, call),
    pushManifest: (reference, document, call = {}) => pushManifest(session(reference), reference, document, call),
    checkLogin: async (registry, { signal } = {}) => {
      const repository = { registry, repository: '' };
      const request = {
        method: 'GET',
        target: '/v2/',
        what: `log in to ${registry}`,
        scopes: [],
        repository,
        signal,
      } as const;
      await discard(await session(repository).send(request));
    },
  };
}

/** Returns the content that a descriptor embeds, or undefined if it is absent or does not have the descriptor's digest. */
function embeddedContent({ data, mediaType, digest }: Descriptor): AsyncIterable<Uint8Array> | undefined {
  const bytes = data === undefined ? undefined : decodeBase64(data);
  const blob = bytes && bytesBlob(mediaType, bytes);
  return blob?.descriptor.digest === digest ? blob.open() : undefined;
}

/** Gets the descriptor with a HEAD request. Returns undefined if the response is unsuccessful or incomplete. */
async function resolve(
  session: RegistrySession,
  reference: Reference,
  call: CallOptions,
): Promise<Descriptor | undefined> {
  const request = manifestRequest('HEAD', reference, call);
  // The caller sends GET after a failed or incomplete HEAD, since the response to GET contains the reason.
  const response = await session.send({ ...request, accepts: [200, 400, 403, 404, 405] });
  await discard(response);
  const digest = response.header('docker-content-digest') ?? '';
  const size = Number(response.header('content-length') ?? Number.NaN);
  const mediaType = response.header('content-type')?.split(';')[0]?.trim() ?? '';
  const known = isImageType(mediaType) || isIndexType(mediaType);
  if (response.status === 200 && known && isDigest(digest) && Number.isSafeInteger(size)) {
    checkDigest(reference, digest);
    return { mediaType, size, digest };
  }
  return undefined;
}

async function fetchManifest(
  session: RegistrySession,
  reference: Reference,
  maxBytes: number,
  call: CallOptions,
): Promise<ManifestDocument> {
  const request = manifestRequest('GET', reference, call);
  const response = await session.send(request);
  const contentType = response.header('content-type');
  if (contentType?.startsWith('text/html')) {
    await discard(response);
    throw new OciError('INVALID_RESPONSE', `cannot ${request.what}: the registry returned a web page`);
  }
  const bytes = await readBody(response, maxBytes);
  const document = parseManifest(bytes, contentType);
  checkDigest(reference, document.descriptor.digest);
  return document;
}

async function hasBlob(
  session: RegistrySession,
  repository: Repository,
  digest: Digest,
  { signal }: CallOptions,
): Promise<boolean> {
  const response = await session.send({
    method: 'HEAD',
    target: `/v2/${repository.repository}/blobs/${digest}`,
    what: `look for the blob ${digest} in ${repository.registry}/${repository.repository}`,
    accepts: [200, 404],
    // Uploads follow, so one token is used for both.
    scopes: [pushScope(repository)],
    repository,
    signal,
  });
  await discard(response);
  return response.status === 200;
}

async function pushManifest(
  session: RegistrySession,
  reference: Reference,
  document: ManifestDocument,
  { signal }: CallOptions,
): Promise<boolean> {
  checkDigest(reference, document.descriptor.digest);
  const response = await session.send({
    method: 'PUT',
    target: `/v2/${reference.repository}/manifests/${referenceIdentifier(reference)}`,
    what: `push the manifest ${formatReference(reference)}`,
    headers: { 'content-type': document.descriptor.mediaType },
    accepts: [200, 201, 202],
    scopes: [pushScope(reference)],
    repository: reference,
    body: {
      size: document.bytes.byteLength,
      async *open() {
        yield document.bytes;
      },
    },
    signal,
  });
  await discard(response);
  const stored = response.header('docker-content-digest');
  if (stored !== undefined && isDigest(stored) && stored !== document.descriptor.digest) {
    throw new OciError(
      'DIGEST_MISMATCH',
      `cannot push the manifest ${formatReference(reference)}: expected digest ${document.descriptor.digest}, got ${stored}`,
    );
  }
  return document.manifest.subject === undefined || response.header('oci-subject') !== undefined;
}

function manifestRequest(method: 'GET' | 'HEAD', reference: Reference, { signal }: CallOptions): RegistryRequest {
  return {
    method,
    target: `/v2/${reference.repository}/manifests/${referenceIdentifier(reference)}`,
    what: `fetch the manifest ${formatReference(reference)}`,
    headers: { accept: MANIFEST_ACCEPT },
    scopes: [pullScope(reference)],
    repository: reference,
    signal,
  };
}

function checkDigest(reference: Reference, digest: Digest): void {
  if (reference.digest === undefined || reference.digest === digest) return;
  throw new OciError('DIGEST_MISMATCH', `the manifest ${formatReference(reference)} has digest ${digest}`);
}
