import type { Dispatcher } from 'undici';
import { type Access, createAuthorizer } from '../auth/authorizer.ts';
import { type Challenge, parseChallenge } from '../auth/challenge.ts';
import type { CredentialSource } from '../auth/credentials.ts';
import { fetchToken, realmGuard } from '../auth/token.ts';
import { isOciError, type OciError, withNote } from '../errors.ts';
import { type AllowedNetworks, hostKind, isLocalName } from '../http/addresses.ts';
import { orCanceled, startDeadline } from '../http/cancel.ts';
import {
  createGuard,
  createHttpClient,
  discard,
  errorCode,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type WaitObserver,
} from '../http/http-client.ts';
import { createRedactor } from '../http/redact.ts';
import { responseError } from '../http/response-error.ts';
import { type RetryPolicy, withRetries } from '../http/retry.ts';

/** Options of every call. */
export interface CallOptions {
  /** Ends the call with `CANCELED`, or with `TIMEOUT` for a signal of `AbortSignal.timeout`. */
  readonly signal?: AbortSignal | undefined;
}

/** A request to one registry. */
export interface RegistryRequest extends Access, Pick<HttpRequest, 'headers' | 'body'> {
  readonly method: HttpRequest['method'];
  /** Path and query below the registry's origin, or a whole URL that the registry gave. */
  readonly target: string | URL;
  /** For messages: what the request does, such as "list the tags of acme/cfg". */
  readonly what: string;
  /** Statuses that are returned; all others are thrown as errors. Default 200. */
  readonly accepts?: readonly number[];
  /** The request or its response is a blob, which may take any time while bytes move. All others have a deadline. */
  readonly isBlob?: boolean;
}

/** Talks to one registry: finds its scheme, authenticates, retries. */
export interface RegistrySession {
  /** Sends a request with retries. Throws by status, see {@link OciErrorCode}. */
  send(request: RegistryRequest): Promise<HttpResponse>;
  /** Sends a request once, for callers that repeat more than this request. */
  sendOnce(request: RegistryRequest): Promise<HttpResponse>;
  /** The URL of a path below the registry's origin. */
  resolve(target: string | URL): Promise<URL>;
}

/** The parts of a client that a session uses. */
export interface SessionContext {
  readonly dispatcher: () => Promise<Dispatcher>;
  readonly credentials: CredentialSource;
  readonly retry: RetryPolicy;
  readonly insecure: boolean;
  readonly networks: AllowedNetworks | undefined;
  readonly onWait?: WaitObserver | undefined;
}

/** Longest time for a request that moves no blob, in milliseconds: a server that trickles bytes never runs into the timeout between two of them. */
const REQUEST_DEADLINE_MS = 120_000;
/** Longest time to find the scheme of a registry, in milliseconds. */
const ORIGIN_DEADLINE_MS = 30_000;

type Outcome =
  | { readonly response: HttpResponse }
  | { readonly error: OciError; readonly challenge: Challenge | undefined };

/** Makes the session of one registry (`host[:port]`). */
export function createSession(registry: string, context: SessionContext): RegistrySession {
  const registryUrl = new URL(`https://${registry}`);
  const allowsHttp = context.insecure || mayBePlain(registryUrl.hostname, context.networks);
  const redactor = createRedactor();
  // A registry that is local may send its clients to local storage, and an insecure one to any.
  const maySendToHttp = (url: URL) => context.insecure || (allowsHttp && isLocalName(url.hostname));
  const guard = createGuard(maySendToHttp, context.networks);
  const client = createHttpClient(context.dispatcher, guard, context.onWait);
  const tokenGuard = createGuard(() => allowsHttp, context.networks);
  const realms = realmGuard(registryUrl.hostname, allowsHttp, tokenGuard);
  const tokenClient = createHttpClient(context.dispatcher, realms, context.onWait);
  const authorizer = createAuthorizer(
    context.credentials,
    (token) => fetchToken(tokenClient, redactor, token),
    redactor,
  );
  const knownOrigin = originFinder(registry, client, allowsHttp);

  async function ask(request: RegistryRequest, url: URL, authorization: string | undefined): Promise<Outcome> {
    const { method, headers = {}, body, accepts = [200], what } = request;
    const base = await knownOrigin(request.signal);
    const { signal, clear } = request.isBlob
      ? { signal: request.signal, clear: () => undefined }
      : startDeadline(REQUEST_DEADLINE_MS, request.signal);
    const response = await client({
      method,
      url,
      headers,
      signal,
      ...(body === undefined ? {} : { body }),
      authorization: url.origin === base.origin ? authorization : undefined,
    }).then(
      (head) => ({ ...head, body: endWith(head.body, clear) }),
      (error: unknown) => {
        clear();
        throw error;
      },
    );
    if (accepts.includes(response.status)) return { response };
    // A challenge of a host that a redirect led to is not this registry's.
    const challenge =
      response.url.origin === base.origin ? parseChallenge(response.header('www-authenticate')) : undefined;
    return { error: await responseError(response, what, redactor), challenge };
  }

  async function sendOnce(request: RegistryRequest): Promise<HttpResponse> {
    try {
      return await sendWithLogin(request);
    } catch (error) {
      const login = isOciError(error, 'UNAUTHORIZED', 'DENIED') ? authorizer.describeLogin(request) : undefined;
      throw isOciError(error) && login !== undefined ? withNote(error, login) : error;
    }
  }

  async function sendWithLogin(request: RegistryRequest): Promise<HttpResponse> {
    const base = await knownOrigin(request.signal);
    const url = new URL(request.target, base);
    const sent = await authorizer.authorize(request);
    const first = await ask(request, url, sent);
    if ('response' in first) return first.response;
    const { error, challenge } = first;
    const mayHelp =
      error.status === 401
        ? authorizer.challenged(request, challenge, sent)
        : isExpired(error, request.method) && authorizer.expired(request, sent);
    const renewed = mayHelp ? await authorizer.authorize(request) : undefined;
    if (renewed === undefined) throw error;
    const second = await ask(request, url, renewed);
    if ('response' in second) return second.response;
    throw second.error;
  }

  return {
    sendOnce,
    send: (request) => withRetries(context.retry, request.signal, () => sendOnce(request)),
    resolve: async (target) => new URL(target, await knownOrigin(undefined)),
  };
}

/** Finds the scheme of a registry once, and returns its origin. */
function originFinder(
  registry: string,
  client: HttpClient,
  allowsHttp: boolean,
): (signal: AbortSignal | undefined) => Promise<URL> {
  const registryUrl = new URL(`https://${registry}`);
  let origin: Promise<URL> | undefined;

  async function find(): Promise<URL> {
    if (!allowsHttp) return registryUrl;
    const { signal, clear } = startDeadline(ORIGIN_DEADLINE_MS);
    const probe = async (base: URL) => discard(await client({ method: 'GET', url: new URL('/v2/', base), signal }));
    try {
      const isTls = await probe(registryUrl).then(
        () => true,
        (error: unknown) => {
          if (speaksNoTls(error)) return false;
          throw error;
        },
      );
      if (isTls) return registryUrl;
      const plain = new URL(`http://${registry}`);
      await probe(plain);
      return plain;
    } finally {
      clear();
    }
  }

  return async (signal) => {
    const finding = origin ?? find();
    origin = finding;
    try {
      return await orCanceled(finding, signal);
    } catch (error) {
      if (origin === finding) origin = undefined;
      throw error;
    }
  };
}

/** The pieces, and then, or when no more of them is read, a call of `end`. */
async function* endWith(pieces: AsyncIterable<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } finally {
    end();
  }
}

/** True for hosts that are allowed plain http unasked: a developer's own, and this machine where connections to it are limited. */
function mayBePlain(hostname: string, networks: AllowedNetworks | undefined): boolean {
  return isLocalName(hostname) && (networks === undefined || hostKind(hostname) === 'local');
}

/**
 * ECR's private registries say 403 and its public one 400 when a token has expired, without a challenge. The response to a HEAD has no
 * body to tell, so there each 403 counts.
 */
function isExpired(error: OciError, method: string): boolean {
  if (error.status !== 403 && error.status !== 400) return false;
  if (method === 'HEAD') return error.status === 403;
  return error.registryErrors.some(({ message }) => /\btoken has expired\b/i.test(message));
}

/** True when the peer is not a TLS server, whether it responded or refused; false for certificates that are not trusted. */
function speaksNoTls(error: unknown): boolean {
  if (!isOciError(error, 'CONNECTION')) return false;
  const code = errorCode(error.cause);
  return ['EPROTO', 'ECONNRESET', 'ECONNREFUSED', 'UND_ERR_SOCKET'].includes(code) || code.startsWith('ERR_SSL_');
}
