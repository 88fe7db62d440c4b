import { pullScope, pushScope } from '../auth/scopes.ts';
import { isOciError, OciError } from '../errors.ts';
import { discard, type HttpResponse } from '../http/http-client.ts';
import { parseUrl } from '../http/redact.ts';
import { type RetryPolicy, withRetries } from '../http/retry.ts';
import type { Repository } from '../name/reference.ts';
import type { BlobSource } from '../storage/blob.ts';
import type { CallOptions, RegistryRequest, RegistrySession } from './session.ts';

/** Options for pushing a blob. */
export interface UploadOptions extends CallOptions {
  /** A repository of the same registry that has the blob. The blob is mounted from it if the registry supports that. */
  readonly mountFrom?: Repository | undefined;
  /** Called with the number of bytes sent so far, which restarts at 0 if the upload is repeated. */
  readonly onSent?: ((sentBytes: number) => void) | undefined;
}

/**
 * Uploads a blob in one request (distribution-spec v1.1.0, "POST then PUT"), or mounts it. A failed upload is repeated from the beginning,
 * since its state in the registry is unknown.
 */
export function uploadBlob(
  session: RegistrySession,
  retry: RetryPolicy,
  repository: Repository,
  blob: BlobSource,
  options: UploadOptions,
): Promise<'mounted' | 'uploaded'> {
  return withRetries(retry, options.signal, () => uploadOnce(session, repository, blob, options));
}

async function uploadOnce(
  session: RegistrySession,
  repository: Repository,
  blob: BlobSource,
  options: UploadOptions,
): Promise<'mounted' | 'uploaded'> {
  const { digest, size } = blob.descriptor;
  const what = `push the blob ${repository.registry}/${repository.repository}@${digest}`;
  const from = options.mountFrom?.registry === repository.registry ? options.mountFrom : undefined;
  const request = { what, repository, scopes: [pushScope(repository)], signal: options.signal };
  const started = await startUpload(session, request, digest, from);
  if (started.status === 201) return 'mounted';
  const target = await uploadTarget(session, started, digest, what);
  const response = await session.sendOnce({
    ...request,
    method: 'PUT',
    target,
    headers: { 'content-type': 'application/octet-stream' },
    accepts: [200, 201, 204],
    isBlob: true,
    body: { size, open: () => counted(blob.open(), options.onSent) },
  });
  await discard(response);
  return 'uploaded';
}

async function startUpload(
  session: RegistrySession,
  request: Pick<RegistryRequest, 'what' | 'repository' | 'scopes' | 'signal'>,
  digest: string,
  from: Repository | undefined,
): Promise<HttpResponse> {
  const uploads = `/v2/${request.repository.repository}/blobs/uploads/`;
  const post = { ...request, method: 'POST', body: { size: 0, async *open() {} }, accepts: [201, 202] } as const;
  if (from !== undefined) {
    const target = `${uploads}?${new URLSearchParams({ mount: digest, from: from.repository })}`;
    const scopes = [...request.scopes, pullScope(from)];
    try {
      return await discarded(await session.sendOnce({ ...post, target, scopes }));
    } catch (error) {
      // Without read access to the other repository, the blob is uploaded.
      if (!isOciError(error, 'UNAUTHORIZED', 'DENIED', 'NOT_FOUND')) throw error;
    }
  }
  return discarded(await session.sendOnce({ ...post, target: uploads }));
}

async function discarded(response: HttpResponse): Promise<HttpResponse> {
  await discard(response);
  return response;
}

async function uploadTarget(
  session: RegistrySession,
  started: HttpResponse,
  digest: string,
  what: string,
): Promise<URL> {
  const location = started.header('location');
  if (location === undefined)
    throw new OciError('INVALID_RESPONSE', `cannot ${what}: the response has no Location header`);
  const url = parseUrl(location, await session.resolve('/'), 'the upload location');
  url.searchParams.set('digest', digest);
  return url;
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onSent: ((sentBytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sent = 0;
  for await (const chunk of source) {
    yield chunk;
    sent += chunk.byteLength;
    onSent?.(sent);
  }
}
