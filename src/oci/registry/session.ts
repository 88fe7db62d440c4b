import type { Dispatcher } from 'undici';
import { type Authorizer, createAuthorizer } from '../auth/authorizer.ts';
import type { AccessRequest } from '../auth/bearer-tokens.ts';
import { type Challenge, parseChallenge } from '../auth/challenge.ts';
import type { CredentialSource } from '../auth/credentials.ts';
import { fetchToken, realmGuard } from '../auth/token.ts';
import { isOciError, type OciError, withNote } from '../errors.ts';
import { type AllowedNetworks, hostKind, isLocalName } from '../http/addresses.ts';
import { startDeadline } from '../http/cancel.ts';
import {
  createGuard,
  createHttpClient,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type WaitObserver,
} from '../http/http-client.ts';
import { createRedactor, type Redactor } from '../http/redact.ts';
import { responseError } from '../http/response-error.ts';
import { type RetryPolicy, withRetries } from '../http/retry.ts';
import { type OriginFinder, originFinder } from './origin.ts';

/** Options of every call. */
export interface CallOptions {
  /** Ends the call with `CANCELED`, or with `TIMEOUT` for a signal of `AbortSignal.timeout`. */
  readonly signal?: AbortSignal | undefined;
}

/** A request to one registry. */
export interface RegistryRequest extends AccessRequest, Pick<HttpRequest, 'headers' | 'body'> {
  readonly method: HttpRequest['method'];
  /** A path and query below the registry's origin, or an absolute URL that the registry returned. */
  readonly target: string | URL;
  /** The purpose of the request for messages, such as "list the tags of acme/cfg". */
  readonly what: string;
  /** Statuses that count as success; all others are thrown as errors. Default 200. */
  readonly accepts?: readonly number[];
  /** True if the request or its response transfers a blob. Such requests have no deadline as long as bytes arrive. */
  readonly isBlob?: boolean;
}

/** Sends requests to one registry: finds its scheme, authenticates, retries. */
export interface RegistrySession {
  /** Sends a request with retries. Throws an error by status, see {@link OciErrorCode}. */
  send(request: RegistryRequest): Promise<HttpResponse>;
  /** Sends a request without retries, for callers that repeat more than this request. */
  sendOnce(request: RegistryRequest): Promise<HttpResponse>;
  /** Returns the URL of a path below the registry's origin. */
  resolve(target: string | URL): Promise<URL>;
}

/** The settings that all sessions of a client share. */
export interface SessionContext {
  readonly dispatcher: () => Promise<Dispatcher>;
  readonly credentials: CredentialSource;
  readonly retry: RetryPolicy;
  readonly insecure: boolean;
  readonly networks: AllowedNetworks | undefined;
  readonly onWait?: WaitObserver | undefined;
}

/**
 * The time limit for a request without a blob, in milliseconds. A server that occasionally sends a byte never exceeds the timeout between
 * two pieces of a body.
 */
const REQUEST_DEADLINE_MS = 120_000;

/** The parts that a session sends requests with. */
interface Connection {
  readonly client: HttpClient;
  readonly authorizer: Authorizer;
  readonly redactor: Redactor;
  readonly findOrigin: OriginFinder;
}

type Outcome =
  | { readonly response: HttpResponse }
  | { readonly error: OciError; readonly challenge: Challenge | undefined };

/** Creates the session of one registry (`host[:port]`). */
export function createSession(registry: string, context: SessionContext): RegistrySession {
  const connection = connect(registry, context);
  return {
    sendOnce: (request) => sendOnce(connection, request),
    send: (request) => withRetries(context.retry, request.signal, () => sendOnce(connection, request)),
    resolve: async (target) => new URL(target, await connection.findOrigin(undefined)),
  };
}

function connect(
  registry: string,
  { dispatcher, credentials, insecure, networks, onWait }: SessionContext,
): Connection {
  const { hostname } = new URL(`https://${registry}`);
  const allowsHttp = insecure || mayBePlain(hostname, networks);
  // A local registry may redirect to local storage over http, and an insecure registry to any storage.
  const mayRedirectToHttp = (url: URL) => insecure || (allowsHttp && isLocalName(url.hostname));
  const client = createHttpClient(dispatcher, createGuard(mayRedirectToHttp, networks), onWait);
  const tokenGuard = createGuard(() => allowsHttp, networks);
  const tokenClient = createHttpClient(dispatcher, realmGuard(hostname, allowsHttp, tokenGuard), onWait);
  const redactor = createRedactor();
  return {
    client,
    authorizer: createAuthorizer(credentials, (request) => fetchToken(tokenClient, redactor, request), redactor),
    redactor,
    findOrigin: originFinder(registry, client, allowsHttp),
  };
}

/** Sends a request. An error of the registry about the login names the origin of the login. */
async function sendOnce(connection: Connection, request: RegistryRequest): Promise<HttpResponse> {
  try {
    return await sendWithLogin(connection, request);
  } catch (error) {
    if (!isOciError(error, 'UNAUTHORIZED', 'DENIED')) throw error;
    const login = connection.authorizer.describeLogin(request);
    throw login === undefined ? error : withNote(error, login);
  }
}

/** Sends a request, and sends it again with new credentials if the registry demands them. */
async function sendWithLogin(connection: Connection, request: RegistryRequest): Promise<HttpResponse> {
  const { authorizer } = connection;
  const base = await connection.findOrigin(request.signal);
  const url = new URL(request.target, base);
  const sent = await authorizer.authorize(request);
  const first = await attempt(connection, request, url, sent);
  if ('response' in first) return first.response;
  const { error, challenge } = first;
  const mayHelp =
    error.status === 401
      ? authorizer.challenged(request, challenge, sent)
      : isExpired(error, request.method) && authorizer.expired(request, sent);
  const renewed = mayHelp ? await authorizer.authorize(request) : undefined;
  if (renewed === undefined) throw error;
  const second = await attempt(connection, request, url, renewed);
  if ('response' in second) return second.response;
  throw second.error;
}

async function attempt(
  { client, redactor, findOrigin }: Connection,
  request: RegistryRequest,
  url: URL,
  authorization: string | undefined,
): Promise<Outcome> {
  const { accepts = [200], what } = request;
  const { origin } = await findOrigin(request.signal);
  const response = await sendInTime(client, request, url, url.origin === origin ? authorization : undefined);
  if (accepts.includes(response.status)) return { response };
  // After a redirect to another host, a challenge is not one of this registry.
  const isOwn = response.url.origin === origin;
  const challenge = isOwn ? parseChallenge(response.header('www-authenticate')) : undefined;
  return { error: await responseError(response, what, redactor), challenge };
}

/** Sends a request with a deadline, unless it transfers a blob. The deadline includes reading the response. */
async function sendInTime(
  client: HttpClient,
  { method, headers = {}, body, isBlob, signal: parent }: RegistryRequest,
  url: URL,
  authorization: string | undefined,
): Promise<HttpResponse> {
  const content = body === undefined ? {} : { body };
  if (isBlob) return client({ method, url, headers, signal: parent, ...content, authorization });
  const { signal, clear } = startDeadline(REQUEST_DEADLINE_MS, parent);
  try {
    const response = await client({ method, url, headers, signal, ...content, authorization });
    return { ...response, body: endWith(response.body, clear) };
  } catch (error) {
    clear();
    throw error;
  }
}

/** Yields the pieces, and calls `end` after the last one or when the consumer stops. */
async function* endWith(pieces: AsyncIterable<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } finally {
    end();
  }
}

/** True for hosts that may use plain http by default: local names, and only this machine if `networks` limits connections. */
function mayBePlain(hostname: string, networks: AllowedNetworks | undefined): boolean {
  return isLocalName(hostname) && (networks === undefined || hostKind(hostname) === 'local');
}

/**
 * True for a response that means an expired token: without a challenge, private registries of ECR return 403, and ECR Public 400. The
 * response to HEAD has no body that could confirm this, so every 403 counts.
 */
function isExpired(error: OciError, method: string): boolean {
  if (error.status !== 403 && error.status !== 400) return false;
  if (method === 'HEAD') return error.status === 403;
  return error.registryErrors.some(({ message }) => /\btoken has expired\b/i.test(message));
}
