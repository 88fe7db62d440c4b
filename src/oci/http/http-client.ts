import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { reasonOf } from '../../internal/reason.ts';
import { OciError } from '../errors.ts';
import { readAll } from '../storage/blob.ts';
import type { AllowedNetworks } from './addresses.ts';
import { cancelError } from './cancel.ts';
import { checkHost } from './lookup.ts';
import { maskUrl, parseUrl } from './redact.ts';

/** An HTTP request. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** The Authorization header. It is sent to the origin of `url` only, not after a redirect to another origin. */
  readonly authorization?: string | undefined;
  readonly body?: { readonly size: number; open(): AsyncIterable<Uint8Array> };
  readonly signal?: AbortSignal | undefined;
}

/** An HTTP response. The body must be read or discarded, or the connection is not returned to the pool. */
export interface HttpResponse {
  readonly status: number;
  /** The URL of the response, after redirects. */
  readonly url: URL;
  /** Returns the value of a header. Several values are joined with a comma. */
  header(name: string): string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Sends a request and follows redirects of GET and HEAD. Throws only TIMEOUT, CONNECTION, CANCELED or REFUSED_REDIRECT. */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * Observes a client, to show its progress to a user. It is called when the client begins to wait for `what`, such as
 * `GET https://HOST/v2/`. The function that it returns is called when the wait ends, with the outcome if there is one.
 */
export type WaitObserver = (what: string) => (outcome?: string) => void;

/** Throws if requests to a URL are not allowed. */
export type UrlGuard = (url: URL) => void;

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** The limit in bytes for reading an error body (distribution-spec has none). */
const MAX_DISCARDED_BYTES = 64 * 1024;

/** Creates an {@link HttpClient} with undici. `guard` is called for every URL, including those of redirects. */
export function createHttpClient(
  dispatcher: () => Promise<Dispatcher>,
  guard: UrlGuard,
  onWait: WaitObserver = () => () => undefined,
): HttpClient {
  return async (request) => {
    let { url, authorization } = request;
    for (let redirects = 0; ; redirects += 1) {
      guard(url);
      const response = await sendOnce(await dispatcher(), { ...request, url, authorization }, onWait);
      const location = response.header('location');
      const follows = REDIRECTS.has(response.status) && (request.method === 'GET' || request.method === 'HEAD');
      if (!follows || location === undefined) return response;
      await discard(response);
      if (redirects === MAX_REDIRECTS) {
        throw new OciError(
          'REFUSED_REDIRECT',
          `cannot ${request.method} ${maskUrl(request.url)}: more than ${MAX_REDIRECTS} redirects`,
        );
      }
      const next = parseUrl(location, url, `the redirect of ${maskUrl(url)}`);
      if (next.origin !== url.origin) authorization = undefined;
      url = next;
    }
  };
}

/**
 * Creates the guard that every client has: it allows https, http if `allowsHttp` returns true for the URL, and only hosts whose spelling
 * is not outside of `networks`.
 */
export function createGuard(allowsHttp: (url: URL) => boolean, networks: AllowedNetworks | undefined): UrlGuard {
  return (url) => {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowsHttp(url))) {
      throw new OciError('REFUSED_REDIRECT', `refusing ${maskUrl(url)}: must be https`);
    }
    if (networks !== undefined) checkHost(url.hostname, networks);
  };
}

/** Discards a body of up to 64 KiB, so that its connection can be reused. */
export async function discard(response: HttpResponse): Promise<void> {
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > MAX_DISCARDED_BYTES) return;
  }
}

/** Reads a body. Throws `TOO_LARGE` if it exceeds `maxBytes`. */
export function readBody(response: HttpResponse, maxBytes: number): Promise<Buffer> {
  return readAll(response.body, maxBytes, `the response of ${maskUrl(response.url)}`);
}

async function sendOnce(dispatcher: Dispatcher, request: HttpRequest, onWait: WaitObserver): Promise<HttpResponse> {
  const { method, url, body, authorization, signal } = request;
  const masked = `${method} ${maskUrl(url)}`;
  const what = `cannot ${masked}`;
  const headers: Record<string, string> = { 'user-agent': 'function-workload-ecr', ...request.headers };
  if (authorization !== undefined) headers.authorization = authorization;
  if (body !== undefined) headers['content-length'] = String(body.size);
  const done = onWait(masked);
  try {
    const response = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      body: body === undefined ? null : Readable.from(body.open(), { objectMode: false }),
      signal: signal ?? null,
    });
    done(String(response.statusCode));
    return {
      status: response.statusCode,
      url,
      header: (name) => {
        const value = response.headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      },
      body: mapErrors(response.body, what, signal, () => onWait(`the rest of ${masked}`)),
    };
  } catch (error) {
    done('failed');
    throw asOciError(error, what, signal);
  }
}

async function* mapErrors(
  source: AsyncIterable<Uint8Array>,
  what: string,
  signal: AbortSignal | undefined,
  onWait: () => () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let done = onWait();
  try {
    for await (const piece of source) {
      done();
      yield piece;
      done = onWait();
    }
  } catch (error) {
    throw asOciError(error, what, signal);
  } finally {
    done();
  }
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** Converts an error of Node or undici. Their messages contain hosts, ports and certificate names, never headers or paths. */
function asOciError(error: unknown, what: string, signal: AbortSignal | undefined): OciError {
  if (error instanceof OciError) return error;
  if (signal?.aborted) return cancelError(signal);
  const code = errorCode(error);
  const reason = reasonOf(error) || code || 'connection failed';
  if (TIMEOUTS.has(code)) return new OciError('TIMEOUT', `${what}: timed out (${reason})`, { cause: error });
  return new OciError('CONNECTION', `${what}: ${reason}`, { cause: error });
}

/** Returns the code of an error of Node or undici, or of the first one in an AggregateError; else an empty string. */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError && !('code' in error)) return errorCode(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
