import { pullScope } from '../auth/scopes.ts';
import { OciError } from '../errors.ts';
import { discard, type HttpResponse } from '../http/http-client.ts';
import { pauseOrCancel, type RetryPolicy, retryDelay } from '../http/retry.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { formatReference, type Repository } from '../name/reference.ts';
import type { CallOptions, RegistryRequest, RegistrySession } from './session.ts';

/**
 * Downloads a blob without verifying it. After a broken connection, it resumes at the same byte: with a range request if the registry
 * supports them, else by skipping the bytes that it has.
 */
export async function* downloadBlob(
  session: RegistrySession,
  retry: RetryPolicy,
  repository: Repository,
  descriptor: Descriptor,
  call: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let position = 0;
  // A consumer can throw into a generator at a yield, which is not a failed download.
  let delivering = false;
  for (let attempts = 1; ; attempts += 1) {
    let hasResponse = false;
    try {
      const response = await session.send(blobRequest(repository, descriptor, position, call));
      hasResponse = true;
      for await (const chunk of restOf(response, position, descriptor)) {
        position += chunk.byteLength;
        delivering = true;
        yield chunk;
        delivering = false;
      }
      return;
    } catch (error) {
      const wait = delivering ? undefined : retryDelay(retry, attempts, error);
      // The session has already repeated a request without a response.
      if (wait === undefined || (position === 0 && !hasResponse)) throw error;
      if (error instanceof Error) retry.onPause?.(wait, attempts, error);
      await pauseOrCancel(wait, call.signal);
    }
  }
}

function blobRequest(
  repository: Repository,
  { digest }: Descriptor,
  position: number,
  { signal }: CallOptions,
): RegistryRequest {
  return {
    method: 'GET',
    target: `/v2/${repository.repository}/blobs/${digest}`,
    what: `fetch the blob ${formatReference({ ...repository, digest })}`,
    accepts: [200, 206],
    headers: position === 0 ? {} : { range: `bytes=${position}-` },
    scopes: [pullScope(repository)],
    repository,
    isBlob: true,
    signal,
  };
}

async function* restOf(
  response: HttpResponse,
  position: number,
  { size, digest }: Descriptor,
): AsyncGenerator<Uint8Array, void, undefined> {
  const isRest = response.status === 206;
  if (isRest && !response.header('content-range')?.startsWith(`bytes ${position}-`)) {
    await discard(response);
    throw new OciError('INVALID_RESPONSE', `cannot fetch the blob ${digest}: the registry returned a different range`);
  }
  const announced = response.header('content-length');
  const expected = isRest ? size - position : size;
  if (announced !== undefined && Number(announced) !== expected) {
    await discard(response);
    const message = `content of ${digest}: expected a Content-Length of ${expected}, got ${announced}`;
    throw new OciError('SIZE_MISMATCH', message);
  }
  let skip = isRest ? 0 : position;
  for await (const chunk of response.body) {
    const rest = chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - rest.byteLength;
    if (rest.byteLength > 0) yield rest;
  }
}
