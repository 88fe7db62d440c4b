import type { ECRClient } from '@aws-sdk/client-ecr';
// Not from the index, with which the whole registry client would be loaded.
import { orCanceled } from '../oci/http/cancel.ts';

/** An AWS identity. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The ECR API to ask. */
export interface EcrClientOptions {
  readonly region: string;
  readonly fips?: boolean;
  /** Default: the SDK's credential chain. */
  readonly credentials?: AwsCredentials | undefined;
}

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 5_000;
/** Longest time for everything that is asked at a time: to find credentials, which may ask other services, all attempts and all pages. */
const DEADLINE_MS = 20_000;

/**
 * Runs `work` with an ECR client that asks AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_ECR where they are set, and ends it within a bounded time.
 * The SDK repeats requests that fail (three attempts, or AWS_MAX_ATTEMPTS); nothing else of ours repeats them.
 */
export async function withEcrClient<T>(
  { region, fips = false, credentials }: EcrClientOptions,
  work: (client: ECRClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  // Loaded when first needed: the SDK takes longer to load than the rest of the program.
  const { ECRClient } = await import('./aws-client.ts');
  const client = new ECRClient({
    region,
    useFipsEndpoint: fips,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...(credentials && { credentials }),
  });
  const abortSignal = AbortSignal.timeout(DEADLINE_MS);
  try {
    // The signal ends requests, and nothing ends the search for credentials.
    return await orCanceled(work(client, { abortSignal }), abortSignal);
  } finally {
    client.destroy();
  }
}
