import type { ECRClient } from '@aws-sdk/client-ecr';
// Not from the index, which would load the whole registry client.
import { orCanceled } from '../oci/http/cancel.ts';
import type { AwsCredentials } from './identity.ts';

/** The ECR API to use. */
export interface EcrClientOptions {
  readonly region: string;
  readonly fips?: boolean;
  /** Default: the SDK's credential chain. */
  readonly credentials?: AwsCredentials | undefined;
}

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 5_000;
/** The time limit for {@link withEcrClient}, in milliseconds. It includes the search for credentials, all attempts and all pages. */
const DEADLINE_MS = 20_000;

/**
 * Runs `work` with an ECR client, within a time limit. The client uses AWS_ENDPOINT_URL_ECR or AWS_ENDPOINT_URL if they are set. The SDK
 * repeats failed requests (three attempts, or AWS_MAX_ATTEMPTS); callers must not.
 */
export async function withEcrClient<T>(
  { region, fips = false, credentials }: EcrClientOptions,
  work: (client: ECRClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  // Imported at the first use: the SDK takes longer to load than the rest of the program.
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
    // The signal aborts requests, but not the SDK's search for credentials.
    return await orCanceled(work(client, { abortSignal }), abortSignal);
  } finally {
    client.destroy();
  }
}
