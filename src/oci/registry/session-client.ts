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
 * A client of OCI registries (distribution-spec v1.1.0). One client serves any number of registries and calls; how many run at once
 * is the caller's business. All functions throw {@link OciError}, and none of those errors holds a credential.
 */
export interface RegistryClient {
  /** Looks up what a tag or digest points at, as the registry says. Throws `NOT_FOUND`. */
  resolve(reference: Reference, options?: CallOptions): Promise<Descriptor>;
  /** Fetches a manifest or index. By digest, its bytes are checked against it. */
  fetchManifest(reference: Reference, options?: CallOptions): Promise<ManifestDocument>;
  /** A blob that is downloaded whenever it is opened, unless its descriptor embeds it; a connection that breaks is taken up where it broke. */
  blob(repository: Repository, descriptor: Descriptor, options?: CallOptions): BlobSource;
  /** True when the repository has the blob. */
  hasBlob(repository: Repository, digest: Digest, options?: CallOptions): Promise<boolean>;
  /** Lists all tags, in the registry's order. Throws `TOO_LARGE` above `maxTags`, and `NOT_FOUND`. */
  listTags(repository: Repository, options?: CallOptions): Promise<string[]>;
  /** Lists what refers to a manifest, by the referrers API or its fallback tag; an empty list when nothing does. */
  listReferrers(
    repository: Repository,
    digest: Digest,
    options?: CallOptions & { readonly artifactType?: string },
  ): Promise<readonly Descriptor[]>;
  /** Ensures that the repository has a blob: mounts it from another repository where requested and possible, else uploads it. */
  pushBlob(repository: Repository, blob: BlobSource, options?: UploadOptions): Promise<'mounted' | 'uploaded'>;
  /**
   * Puts a manifest's exact bytes under the reference. Its blobs and children must be there already. False when the manifest has a
   * subject that the registry did not take note of, see `pushReferrer`.
   */
  pushManifest(reference: Reference, document: ManifestDocument, options?: CallOptions): Promise<boolean>;
  /** Checks that a registry (`host[:port]`) accepts the credentials. Throws `UNAUTHORIZED` and the like. */
  checkLogin(registry: string, options?: CallOptions): Promise<void>;
  /** The session of a repository's registry, for callers that only pass requests on. */
  session(repository: Repository): RegistrySession;
  /** Closes connections as they become idle, and waits for that. Calls after it fail. */
  close(): Promise<void>;
  /** Breaks all connections. Calls in flight fail, and so do calls after it. */
  destroy(): Promise<void>;
}

/** Options of a client over sessions. */
export interface SessionClientOptions {
  readonly retry: RetryPolicy;
  /** Most tags that are listed. Default 20,000. */
  readonly maxTags?: number | undefined;
  /** Most bytes of a manifest, which is refused unread over it. Default 4 MiB. */
  readonly maxManifestBytes?: number | undefined;
}

/** Makes a client that knows nothing of connections and credentials: those are the sessions'. */
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

/** The content that a descriptor brings along, or undefined where it brings none or another one than it describes. */
function embeddedContent({ data, mediaType, digest }: Descriptor): AsyncIterable<Uint8Array> | undefined {
  const bytes = data === undefined ? undefined : decodeBase64(data);
  const blob = bytes && bytesBlob(mediaType, bytes);
  return blob?.descriptor.digest === digest ? blob.open() : undefined;
}

/** The descriptor by HEAD, or undefined when the registry does not answer that in full. */
async function resolve(
  session: RegistrySession,
  reference: Reference,
  call: CallOptions,
): Promise<Descriptor | undefined> {
  const request = manifestRequest('HEAD', reference, call);
  // Registries that do not answer HEAD fully are asked with GET, and so are those that refuse: their response then says why.
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
    throw new OciError('INVALID_RESPONSE', `cannot ${request.what}: the registry answered with a web page`);
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
    // Asked before uploads: one token for both.
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
      `cannot push the manifest ${formatReference(reference)}: the registry stored ${stored} in place of ${document.descriptor.digest}`,
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
  throw new OciError('DIGEST_MISMATCH', `the manifest ${formatReference(reference)} has the digest ${digest}`);
}
