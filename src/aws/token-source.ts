import { createHash } from 'node:crypto';
import { createLru } from '../internal/lru.ts';
// Not from the index, with which the whole registry client would be loaded.
import { isOciError, OciError } from '../oci/errors.ts';
import type { CredentialSource, Credentials } from '../oci/index.ts';
import { type AwsCredentials, withEcrClient } from './ecr-client.ts';
import { type EcrRegistry, parseEcrHost } from './registry-host.ts';

/** A token from ECR. */
export interface EcrToken {
  /** base64 of `AWS:<password>`. */
  readonly authorizationToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The AWS identity that tokens are made with: the one of this process, by the SDK's credential chain, or another one by its keys. */
export type AwsIdentity = { readonly kind: 'own' } | { readonly kind: 'keys'; readonly keys: AwsCredentials };

/** Gets a new token for the registries of an account and region. */
export type FetchEcrToken = (registry: EcrRegistry, credentials?: AwsCredentials) => Promise<EcrToken>;

/** Options of {@link ecrTokenSources}. */
export interface EcrTokenSourceOptions {
  /** Default: GetAuthorizationToken. */
  readonly fetchToken?: FetchEcrToken;
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
}

/** The credentials, or why there are none, and until when they are used. */
type Outcome = ({ readonly credentials: Credentials } | { readonly error: OciError }) & { readonly renewAt: number };

interface Kept {
  readonly askedAt: number;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
}

/** The part of a token's life after which it is renewed. */
const USED_LIFE = 0.8;
/**
 * A token is kept at least this long: by a clock that is ahead, each one would have expired already, and a registry that refuses a new token
 * would refuse the next one, too.
 */
const MIN_KEPT_MS = 60_000;
/** After AWS has refused a token, no other is requested for this long. */
const PAUSE_MS = 10_000;
const MAX_TOKENS = 1_000;

/**
 * Creates sources of credentials for private ECR registries, one for each AWS identity. A token is requested once per identity and registry
 * (account and region) however many wait for it, and kept until 80 % of its life are over or the registry refuses it. All other hosts, ECR
 * Public among them, get no credentials from here. The sources throw `INVALID_CREDENTIALS` when AWS gives no token.
 */
export function ecrTokenSources(options: EcrTokenSourceOptions = {}): (identity: AwsIdentity) => CredentialSource {
  const { fetchToken = fetchEcrToken, now = Date.now } = options;
  const kept = createLru<string, Kept>({ maxEntries: MAX_TOKENS });

  async function ask(host: string, registry: EcrRegistry, identity: AwsIdentity, askedAt: number): Promise<Outcome> {
    try {
      const { authorizationToken, expiresAt } = await fetchToken(registry, keysOf(identity));
      const renewAt = askedAt + Math.max((expiresAt - askedAt) * USED_LIFE, MIN_KEPT_MS);
      return { credentials: decodeToken(authorizationToken, host), renewAt };
    } catch (error) {
      return { error: tokenError(host, error), renewAt: now() + PAUSE_MS };
    }
  }

  function begin(key: string, host: string, registry: EcrRegistry, identity: AwsIdentity): Kept {
    const askedAt = now();
    const begun = { askedAt, outcome: ask(host, registry, identity, askedAt) };
    kept.set(key, begun);
    return begun;
  }

  async function get(host: string, registry: EcrRegistry, identity: AwsIdentity): Promise<Outcome> {
    const key = keyOf(identity, host);
    const before = kept.get(key);
    const known = await before?.outcome;
    if (known !== undefined && known.renewAt > now()) return known;
    // Another caller may have begun to renew it while this one waited.
    const begun = kept.get(key);
    const current = begun !== undefined && begun !== before ? begun : begin(key, host, registry, identity);
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
      const known = kept.get(key);
      if (known !== undefined && now() - known.askedAt >= MIN_KEPT_MS) kept.delete(key);
    },
  });
}

/** The {@link ecrTokenSources} of this process's own identity. */
export function ecrTokenSource(options: EcrTokenSourceOptions = {}): CredentialSource {
  return ecrTokenSources(options)({ kind: 'own' });
}

/** Gets a new token, with the SDK's credential chain if no credentials are given. */
export async function fetchEcrToken({ region, fips }: EcrRegistry, credentials?: AwsCredentials): Promise<EcrToken> {
  const { GetAuthorizationTokenCommand } = await import('./aws-client.ts');
  return withEcrClient({ region, fips, credentials }, async (client, options) => {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}), options);
    const [data] = authorizationData ?? [];
    if (data?.authorizationToken === undefined) throw new Error('the response holds no token');
    // Without an end, ten minutes: long enough to be of use, short enough to be safe.
    const expiresAt = data.expiresAt?.getTime() ?? Date.now() + 600_000;
    return { authorizationToken: data.authorizationToken, expiresAt };
  });
}

function keysOf(identity: AwsIdentity): AwsCredentials | undefined {
  return identity.kind === 'keys' ? identity.keys : undefined;
}

/** Hashed, so that the secret key of an identity is not kept longer than its tokens. */
function keyOf(identity: AwsIdentity, host: string): string {
  return createHash('sha256')
    .update(JSON.stringify([identity, host]))
    .digest('base64');
}

/** Errors of the SDK hold requests with signatures, so only name and message go further. */
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
    `cannot get an ECR token for ${host}: it is not the base64 of user:password`,
  );
}
