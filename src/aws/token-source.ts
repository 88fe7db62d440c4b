// Not from the index, with which the whole registry client would be loaded.
import { OciError } from '../oci/errors.ts';
import type { CredentialSource, Credentials, Repository } from '../oci/index.ts';
import { type EcrRegistry, parseEcrHost } from './registry-host.ts';

/** A token as ECR gives it. */
export interface EcrToken {
  /** base64 of `AWS:<password>`. */
  readonly authorizationToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** An AWS identity. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Gets a new token for the registries of an account and region. */
export type FetchEcrToken = (registry: EcrRegistry) => Promise<EcrToken>;

/** What {@link ecrTokenSource} can be told. */
export interface EcrTokenSourceOptions {
  /** Default: GetAuthorizationToken with the SDK's credential chain and, where set, AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_ECR. */
  readonly fetchToken?: FetchEcrToken;
  /** Hosts, such as a gateway in front of ECR, that take the token of an ECR registry. Default: none. */
  readonly hosts?: Readonly<Record<string, EcrRegistry>>;
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
}

interface Kept {
  readonly credentials: Credentials;
  readonly renewAt: number;
}

/** The part of a token's life after which it is renewed. */
const USED_LIFE = 0.8;
/** A token is kept at least this long: by a clock that is ahead, each one would have expired already. */
const MIN_KEPT_MS = 60_000;

/**
 * Credentials for private ECR registries. A token is asked for once per host however many wait for it, and kept until 80 % of its life
 * are over or the registry refuses it. All other hosts, ECR Public among them, get no credentials from here: it is read anonymously.
 * Throws `INVALID_CREDENTIALS` when AWS gives no token.
 */
export function ecrTokenSource(options: EcrTokenSourceOptions = {}): CredentialSource {
  const { fetchToken = fetchEcrToken, hosts = {}, now = Date.now } = options;
  const kept = new Map<string, Promise<Kept>>();

  async function renew(host: string, registry: EcrRegistry): Promise<Kept> {
    const asked = now();
    const { authorizationToken, expiresAt } = await withContext(host, () => fetchToken(registry));
    const renewAt = asked + Math.max((expiresAt - asked) * USED_LIFE, MIN_KEPT_MS);
    return { credentials: decodeToken(authorizationToken, host), renewAt };
  }

  async function get({ registry: host }: Repository): Promise<Credentials | undefined> {
    const registry = Object.hasOwn(hosts, host) ? hosts[host] : parseEcrHost(host);
    if (registry === undefined) return undefined;
    const before = kept.get(host);
    const known = await before?.catch(() => undefined);
    if (known !== undefined && known.renewAt > now()) return known.credentials;
    // Another caller may have begun to renew it meanwhile.
    const begun = kept.get(host);
    const renewing = begun !== undefined && begun !== before ? begun : renew(host, registry);
    kept.set(host, renewing);
    try {
      return (await renewing).credentials;
    } catch (error) {
      if (kept.get(host) === renewing) kept.delete(host);
      throw error;
    }
  }

  return {
    get,
    drop(host) {
      kept.delete(host);
    },
  };
}

/** Makes token sources for other identities beside the one that {@link ecrTokenSource} has by itself, which they all share. */
export function ecrTokenSources(): (credentials: AwsCredentials | undefined) => CredentialSource {
  const own = ecrTokenSource();
  return (credentials) =>
    credentials === undefined
      ? own
      : ecrTokenSource({ fetchToken: (registry) => fetchEcrToken(registry, credentials) });
}

/** Gets a new token, with the SDK's credential chain if none are given. */
export async function fetchEcrToken({ region, fips }: EcrRegistry, credentials?: AwsCredentials): Promise<EcrToken> {
  // Loaded when first needed: the SDK takes longer to load than the rest of the program.
  const { ECRClient, GetAuthorizationTokenCommand } = await import('./aws-client.ts');
  const client = new ECRClient({ region, useFipsEndpoint: fips, ...(credentials && { credentials }) });
  try {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const [data] = authorizationData ?? [];
    if (data?.authorizationToken === undefined) throw new Error('the answer holds no token');
    // Without an end, ten minutes: long enough to be of use, short enough to be safe.
    const expiresAt = data.expiresAt?.getTime() ?? Date.now() + 600_000;
    return { authorizationToken: data.authorizationToken, expiresAt };
  } finally {
    client.destroy();
  }
}

/** Errors of the SDK hold requests with signatures, so only name and message go further. */
async function withContext<T>(host: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
    throw new OciError('INVALID_CREDENTIALS', `cannot get an ECR token for ${host}: ${why}`);
  }
}

function decodeToken(token: string, host: string): Credentials {
  const text = Buffer.from(token, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon > 0 && colon < text.length - 1) {
    return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  throw new OciError(
    'INVALID_CREDENTIALS',
    `cannot get an ECR token for ${host}: it is not the base64 of user:password`,
  );
}
