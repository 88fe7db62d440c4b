import * as z from 'zod/mini';
import { parseJsonOrUndefined } from '../../internal/parse-json.ts';
import { OciError } from '../errors.ts';
import { hostKind, isAddress } from '../http/addresses.ts';
import { discard, type HttpClient, type HttpResponse, readBody, type UrlGuard } from '../http/http-client.ts';
import { maskUrl, parseUrl, type Redactor } from '../http/redact.ts';
import { responseError } from '../http/response-error.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';

/** An access token. `expiresAt` is the time from which it must not be used, in milliseconds since the epoch. */
export interface Token {
  readonly value: string;
  readonly expiresAt: number;
}

/** A request for a token. */
export interface TokenRequest {
  readonly challenge: Extract<Challenge, { kind: 'bearer' }>;
  /** The scopes of the token, such as `repository:acme/cfg:pull`. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_TOKEN_BYTES = 64 * 1024;
/** The lifetime of a token without `expires_in`, in seconds (distribution, token specification). */
const DEFAULT_LIFE_SECONDS = 60;
const CLIENT_ID = 'function-workload-ecr';

const tokenSchema = z.object({
  token: z.nullish(z.string()),
  access_token: z.nullish(z.string()),
  expires_in: z.nullish(z.number().check(z.nonnegative())),
});

/**
 * Gets an access token from the realm of a challenge, anonymously without credentials. `client` must have a {@link realmGuard}.
 * Throws an error by status, such as `UNAUTHORIZED`, and `INVALID_RESPONSE` for a response without a token.
 */
export async function fetchToken(client: HttpClient, redactor: Redactor, request: TokenRequest): Promise<Token> {
  const realm = parseUrl(request.challenge.realm, undefined, 'the realm of the token challenge');
  const response = await requestToken(client, realm, request);
  if (response.status !== 200) {
    throw await responseError(response, `get a token from ${maskUrl(realm)}`, redactor);
  }
  return parseToken(await readBody(response, MAX_TOKEN_BYTES), realm);
}

/**
 * Creates a guard for token realms. A realm must be https, or http if the registry may use http, and must not be a private address other
 * than the registry's own host, so that a registry cannot make its clients send credentials to their own network.
 */
export function realmGuard(registryHost: string, allowsHttp: boolean, guard: UrlGuard): UrlGuard {
  return (url) => {
    if (url.protocol !== 'https:' && !allowsHttp) {
      throw new OciError('REFUSED_REDIRECT', `refusing the token realm ${maskUrl(url)}: must be https`);
    }
    if (isAddress(url.hostname) && hostKind(url.hostname) !== 'public' && url.hostname !== registryHost) {
      throw new OciError(
        'REFUSED_REDIRECT',
        `refusing the token realm ${maskUrl(url)}: must not be a private address other than the registry`,
      );
    }
    guard(url);
  };
}

async function requestToken(client: HttpClient, realm: URL, request: TokenRequest): Promise<HttpResponse> {
  const { credentials, signal } = request;
  if (credentials?.kind === 'identity-token') {
    const response = await postRefreshToken(client, realm, request, credentials.token);
    // Token servers without OAuth2 support only GET.
    if (response.status !== 404) return response;
    await discard(response);
  }
  const url = new URL(realm);
  if (request.challenge.service !== undefined) url.searchParams.set('service', request.challenge.service);
  for (const scope of request.scopes) url.searchParams.append('scope', scope);
  const authorization = credentials?.kind === 'basic' ? basicAuthorization(credentials) : undefined;
  return client({ method: 'GET', url, authorization, signal });
}

function postRefreshToken(
  client: HttpClient,
  url: URL,
  { challenge, scopes, signal }: TokenRequest,
  refreshToken: string,
): Promise<HttpResponse> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: CLIENT_ID,
    service: challenge.service ?? '',
    scope: scopes.join(' '),
  });
  const bytes = Buffer.from(form.toString());
  return client({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: {
      size: bytes.byteLength,
      async *open() {
        yield bytes;
      },
    },
    signal,
  });
}

/** Returns the value of a Basic Authorization header (RFC 7617). */
export function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function parseToken(body: Buffer, realm: URL): Token {
  const parsed = tokenSchema.safeParse(parseJsonOrUndefined(body));
  const value = parsed.data?.token || parsed.data?.access_token || undefined;
  // The value becomes part of a header and must not contain line breaks or other control characters.
  if (value === undefined || !/^[\x21-\x7e]+$/.test(value)) {
    throw new OciError(
      'INVALID_RESPONSE',
      `cannot get a token from ${maskUrl(realm)}: the response does not contain a token`,
    );
  }
  const lifeSeconds = Math.max(parsed.data?.expires_in ?? DEFAULT_LIFE_SECONDS, DEFAULT_LIFE_SECONDS);
  return { value, expiresAt: Date.now() + lifeSeconds * 900 };
}
