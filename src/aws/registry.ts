import { fetchImages, type RepositoryImages, type RepositoryKey } from './images.ts';
import { type EcrRegistry, parseEcrHost } from './registry-host.ts';
import { type SoftResult, softCache } from './soft-cache.ts';
import { type EcrToken, type FetchEcrToken, fetchEcrToken } from './token-source.ts';

/** Options of {@link ecrRegistry}. */
export interface EcrRegistryOptions {
  /** Milliseconds that a caller waits for AWS. Default 500. */
  readonly waitMs?: number;
  /** Milliseconds for which what is known of images is fresh. Default five minutes. */
  readonly imagesKeptMs?: number;
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
  /** Default: GetAuthorizationToken. */
  readonly fetchToken?: FetchEcrToken;
}

/** Implements AwsRegistry of src/function/aws.ts with ECR. */
export interface EcrRegistryClient {
  now(): number;
  images(repository: RepositoryKey): Promise<SoftResult<RepositoryImages>>;
  token(host: string): Promise<SoftResult<EcrToken>>;
}

const PAUSE_MS = 30_000;
const MAX_REPOSITORIES = 10_000;
const MAX_REGISTRIES = 1000;

/** Asks ECR with the SDK's credential chain and, where set, AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_ECR; waits no longer than it must. */
export function ecrRegistry(options: EcrRegistryOptions = {}): EcrRegistryClient {
  const { waitMs = 500, imagesKeptMs = 300_000, now = Date.now, fetchToken = fetchEcrToken } = options;
  const common = { pauseMs: PAUSE_MS, waitMs, now };
  const images = softCache((key: RepositoryKey) => fetchImages(key, now), {
    ...common,
    keepMs: () => imagesKeptMs,
    maxEntries: MAX_REPOSITORIES,
  });
  const token = softCache(({ host }: { readonly host: string }) => fetchToken(registryAt(host)), {
    ...common,
    // A token that is returned has at least half of its lifetime left.
    keepMs: ({ expiresAt }) => Math.max((expiresAt - now()) / 2, 0),
    maxEntries: MAX_REGISTRIES,
  });
  return { now, images, token: (host) => token({ host }) };
}

function registryAt(host: string): EcrRegistry {
  const registry = parseEcrHost(host);
  if (registry === undefined) throw new TypeError(`not a host of a private ECR registry: ${host}`);
  return registry;
}
