import { fetchImages, type RepositoryImages, type RepositoryKey } from './images.ts';
import { type EcrRegistry, parseEcrHost } from './registry-host.ts';
import { type SoftResult, softCache } from './soft-cache.ts';
import { type EcrToken, type FetchEcrToken, fetchEcrToken } from './token-source.ts';

/** Options of {@link ecrRegistry}. */
export interface EcrRegistryOptions {
  /** The time limit for a call to wait for AWS, in milliseconds. Default 500. */
  readonly waitMs?: number;
  /** The time that descriptions of images are cached, in milliseconds. Default five minutes. */
  readonly imagesTtlMs?: number;
  /** Returns the time in milliseconds since the epoch. Default: Date.now. */
  readonly now?: () => number;
  /** Fetches a token. Default: GetAuthorizationToken. */
  readonly fetchToken?: FetchEcrToken;
}

/** An implementation of AwsRegistry in src/function/aws.ts with ECR. */
export interface EcrRegistryClient {
  now(): number;
  images(repository: RepositoryKey): Promise<SoftResult<RepositoryImages>>;
  token(host: string): Promise<SoftResult<EcrToken>>;
}

const PAUSE_MS = 30_000;
const MAX_REPOSITORIES = 10_000;
const MAX_REGISTRIES = 1000;

/** Creates a client of ECR that caches results and limits waiting. It uses the SDK's credential chain, and AWS_ENDPOINT_URL_ECR or AWS_ENDPOINT_URL. */
export function ecrRegistry(options: EcrRegistryOptions = {}): EcrRegistryClient {
  const { waitMs = 500, imagesTtlMs = 300_000, now = Date.now, fetchToken = fetchEcrToken } = options;
  const common = { pauseMs: PAUSE_MS, waitMs, now };
  const images = softCache((key: RepositoryKey) => fetchImages(key, now), {
    ...common,
    ttlMs: () => imagesTtlMs,
    maxEntries: MAX_REPOSITORIES,
  });
  const token = softCache(({ host }: { readonly host: string }) => fetchToken(registryAt(host)), {
    ...common,
    // A token is returned for the first half of its remaining lifetime only.
    ttlMs: ({ expiresAt }) => Math.max((expiresAt - now()) / 2, 0),
    maxEntries: MAX_REGISTRIES,
  });
  return { now, images, token: (host) => token({ host }) };
}

function registryAt(host: string): EcrRegistry {
  const registry = parseEcrHost(host);
  if (registry === undefined) throw new TypeError(`invalid host ${host}: must be a private ECR registry`);
  return registry;
}
