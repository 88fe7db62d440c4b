import { createHash } from 'node:crypto';
import { createLru } from '../internal/lru.ts';
// Not from the index, which would load the whole registry client.
import { isOciError, OciError } from '../oci/errors.ts';
import type { CredentialSource, Credentials } from '../oci/index.ts';
import { withEcrClient } from './ecr-client.ts';
import type { AwsCredentials, AwsIdentity } from './identity.ts';
import { type EcrRegistry, parseEcrHost } from './registry-host.ts';

/** A token from ECR. */
export interface EcrToken {
  /** The base64 encoding of `AWS:<password>`. */
  readonly authorizationToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Requests a token for the registries of an account and region. */
export type FetchEcrToken = (registry: EcrRegistry, credentials?: AwsCredentials) => Promise<EcrToken>;

/** Options of {@link ecrTokenSources}. */
export interface EcrTokenSourceOptions {
  /** Fetches a token. Default: GetAuthorizationToken. */
  readonly fetchToken?: FetchEcrToken;
  /** Returns the time in milliseconds since the epoch. Default: Date.now. */
  readonly now?: () => number;
}

/** The credentials or the error, and the time of the next request. */
type Outcome = ({ readonly credentials: Credentials } | { readonly error: OciError }) & { readonly renewAt: number };

interface CachedToken {
  readonly requestedAt: number;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
}

/** The part of a token's lifetime after which it is renewed. */
const USED_LIFE = 0.8;
/**
 * The minimum time that a token is used, in milliseconds. If the clock is ahead, every token would seem to have expired; and a registry that
 * rejects a new token would also reject the next one.
 */
const MIN_USE_MS = 60_000;
/** The delay before another request after a failed one, in milliseconds. */
const PAUSE_MS = 10_000;
const MAX_TOKENS = 1_000;

/**
 * Returns a function that creates the source of credentials for private ECR registries of an AWS identity. Concurrent calls for an identity and
 * a registry (account and region) share one request. A token is cached for 80 % of its lifetime, or until the registry rejects it. The sources
 * return undefined for other hosts, including ECR Public, and throw `INVALID_CREDENTIALS` if AWS returns no token.
 */
export function ecrTokenSources(options: EcrTokenSourceOptions = {}): (identity: AwsIdentity) => CredentialSource {
  const { fetchToken = fetchEcrToken, now = Date.now } = options;
  const tokens = createLru<string, CachedToken>({ maxEntries: MAX_TOKENS });

  async function request(
    host: string,
    registry: EcrRegistry,
    identity: AwsIdentity,
    requestedAt: number,
  ): Promise<Outcome> {
    try {
      const { authorizationToken, expiresAt } = await fetchToken(registry, keysOf(identity));
      const renewAt = requestedAt + Math.max((expiresAt - requestedAt) * USED_LIFE, MIN_USE_MS);
      return { credentials: decodeToken(authorizationToken, host), renewAt };
    } catch (error) {
      return { error: tokenError(host, error), renewAt: now() + PAUSE_MS };
    }
  }

  function renew(key: string, host: string, registry: EcrRegistry, identity: AwsIdentity): CachedToken {
    const requestedAt = now();
    const renewed = { requestedAt, outcome: request(host, registry, identity, requestedAt) };
    tokens.set(key, renewed);
    return renewed;
  }

  async function get(host: string, registry: EcrRegistry, identity: AwsIdentity): Promise<Outcome> {
    const key = keyOf(identity, host);
    const cached = tokens.get(key);
    const known = await cached?.outcome;
    if (known !== undefined && known.renewAt > now()) return known;
    // Another caller may have started a renewal while this one waited.
    const started = tokens.get(key);
    const current = started !== undefined && started !== cached ? started : renew(key, host, registry, identity);
    return current.outcome;
  }

  return (identity) => ({
    async get({ registry: host }) {
      const registry = parseEcrHost(host);
      if (registry === undefined) return undefined;
      const outcome = await get(host, registry, identity);
      if ('error' in outcome) throw outcome.error;
      return outcome.credentials;
    },
    drop(host) {
      const key = keyOf(identity, host);
      const known = tokens.get(key);
      if (known !== undefined && now() - known.requestedAt >= MIN_USE_MS) tokens.delete(key);
    },
  });
}

/** Creates the source of {@link ecrTokenSources} for this process's own identity. */
export function ecrTokenSource(options: EcrTokenSourceOptions = {}): CredentialSource {
  return ecrTokenSources(options)({ kind: 'own' });
}

/** Requests a token with the given credentials, else with the SDK's credential chain. */
export async function fetchEcrToken({ region, fips }: EcrRegistry, credentials?: AwsCredentials): Promise<EcrToken> {
  const { GetAuthorizationTokenCommand } = await import('./aws-client.ts');
  return withEcrClient({ region, fips, credentials }, async (client, options) => {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}), options);
    const [data] = authorizationData ?? [];
    if (data?.authorizationToken === undefined) throw new Error('the response does not contain a token');
    // The default is ten minutes: long enough to be useful, short enough to be safe.
    const expiresAt = data.expiresAt?.getTime() ?? Date.now() + 600_000;
    return { authorizationToken: data.authorizationToken, expiresAt };
  });
}

function keysOf(identity: AwsIdentity): AwsCredentials | undefined {
  return identity.kind === 'keys' ? identity.keys : undefined;
}

/** Returns the cache key. It is a hash, so that the secret key of an identity is not stored longer than its tokens. */
function keyOf(identity: AwsIdentity, host: string): string {
  return createHash('sha256')
    .update(JSON.stringify([identity, host]))
    .digest('base64');
}

/** Converts an error of the SDK. It contains signed requests, so only its name and message are used. */
function tokenError(host: string, error: unknown): OciError {
  if (isOciError(error, 'INVALID_CREDENTIALS')) return error;
  const why = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
  return new OciError('INVALID_CREDENTIALS', `cannot get an ECR token for ${host}: ${why}`);
}

function decodeToken(token: string, host: string): Credentials {
  const text = Buffer.from(token, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon > 0 && colon < text.length - 1) {
    return {
      kind: 'basic',
      username: text.slice(0, colon),
      password: text.slice(colon + 1),
      registryOnly: true,
      from: 'AWS',
    };
  }
  throw new OciError(
    'INVALID_CREDENTIALS',
    `cannot get an ECR token for ${host}: must be the base64 encoding of user:password`,
  );
}
