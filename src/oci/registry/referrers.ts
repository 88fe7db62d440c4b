import { pullScope } from '../auth/scopes.ts';
import { isOciError, OciError } from '../errors.ts';
import { discard, type HttpResponse, readBody } from '../http/http-client.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../image/manifest.ts';
import { MEDIA_TYPES } from '../image/media-types.ts';
import type { Digest } from '../name/digest.ts';
import { digestHex } from '../name/digest.ts';
import type { Repository } from '../name/reference.ts';
import type { CallOptions, RegistryRequest, RegistrySession } from './session.ts';
import { nextPage } from './tags.ts';

const MAX_REFERRERS = 1_000;
const MAX_PAGES = 100;

/** Returns the tag of the referrers of a manifest for registries without the referrers API (distribution-spec v1.1.0). */
export function referrersTag(digest: Digest): string {
  return `sha256-${digestHex(digest)}`;
}

/** The suffixes of cosign's tags for signatures, attestations and SBOMs without a subject (cosign v2, pkg/oci/remote). */
export const COSIGN_SUFFIXES = ['sig', 'att', 'sbom'] as const;

/** Returns cosign's tag for the signatures, attestations or SBOMs of a manifest. */
export function cosignTag(digest: Digest, suffix: (typeof COSIGN_SUFFIXES)[number]): string {
  return `${referrersTag(digest)}.${suffix}`;
}

/** Lists the referrers of `digest` (distribution-spec v1.1.0, "Listing Referrers"). The list is filtered even if the registry does not. */
export async function listReferrers(
  session: RegistrySession,
  repository: Repository,
  digest: Digest,
  { artifactType, signal }: CallOptions & { readonly artifactType?: string },
): Promise<readonly Descriptor[]> {
  const filter = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const found = await fromEither(
    () => fromApi(session, repository, digest, filter, signal),
    () => fromTag(session, repository, digest, signal),
    signal,
  );
  return artifactType === undefined ? found : found.filter((entry) => entry.artifactType === artifactType);
}

/**
 * Returns the list of the API, else that of the tag. Some registries and proxies reject the API with a status that the specification does
 * not define. Then the list of the tag is returned, or the error is thrown if that list is empty.
 */
async function fromEither(
  api: () => Promise<readonly Descriptor[] | undefined>,
  tag: () => Promise<readonly Descriptor[]>,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  try {
    return (await api()) ?? (await tag());
  } catch (error) {
    if (!isOciError(error) || error.status === undefined || signal?.aborted) throw error;
    const found = await tag().catch(() => []);
    if (found.length > 0) return found;
    throw error;
  }
}

async function fromApi(
  session: RegistrySession,
  repository: Repository,
  digest: Digest,
  filter: string,
  signal: AbortSignal | undefined,
): Promise<Descriptor[] | undefined> {
  const found: Descriptor[] = [];
  let target: string | URL | undefined = `/v2/${repository.repository}/referrers/${digest}${filter}`;
  for (let page = 0; target !== undefined && page < MAX_PAGES; page += 1) {
    // Registries without the API return 404, some of them 400 or 406.
    const request = indexRequest(repository, digest, target, [200, 400, 404, 406], signal);
    const response: HttpResponse = await session.send(request);
    const isIndex = response.header('content-type')?.startsWith(MEDIA_TYPES.ociIndex) ?? false;
    if (response.status !== 200 || !isIndex) {
      await discard(response);
      return page === 0 ? undefined : found;
    }
    found.push(...(await readIndex(response)));
    checkCount(found, digest);
    target = nextPage(response, request.what);
  }
  return found;
}

async function fromTag(
  session: RegistrySession,
  repository: Repository,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const target = `/v2/${repository.repository}/manifests/${referrersTag(digest)}`;
  const response = await session.send(indexRequest(repository, digest, target, [200, 404], signal));
  if (response.status === 200) return readIndex(response);
  await discard(response);
  return [];
}

function indexRequest(
  repository: Repository,
  digest: Digest,
  target: string | URL,
  accepts: readonly number[],
  signal: AbortSignal | undefined,
): RegistryRequest {
  return {
    method: 'GET',
    target,
    what: `list the referrers of ${repository.registry}/${repository.repository}@${digest}`,
    headers: { accept: MEDIA_TYPES.ociIndex },
    accepts,
    scopes: [pullScope(repository)],
    repository,
    signal,
  };
}

async function readIndex(response: HttpResponse): Promise<readonly Descriptor[]> {
  const document = parseManifest(await readBody(response, MAX_MANIFEST_BYTES), response.header('content-type'));
  return document.kind === 'index' ? document.manifest.manifests : [];
}

function checkCount(found: readonly Descriptor[], digest: Digest): void {
  if (found.length <= MAX_REFERRERS) return;
  throw new OciError('TOO_LARGE', `${digest} has more than ${MAX_REFERRERS} referrers`);
}
