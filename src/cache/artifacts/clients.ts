import type { AwsIdentity } from '../../aws/identity.ts';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import {
  type CredentialSource,
  createRegistryClient,
  pullSecretSource,
  type RegistryClient,
  type RegistryClientOptions,
  type RetryPolicy,
} from '../../oci/index.ts';
import type { SourceRequest } from './request.ts';

/** Registry clients, one for each login and connection. */
export interface ClientPool {
  /** Runs `work` with the client for a request, which is kept open until `work` ends. */
  use<T>(request: SourceRequest, work: (client: RegistryClient) => Promise<T>): Promise<T>;
  /** Aborts the requests of all clients and closes them. */
  destroy(): Promise<void>;
}

/** Options of {@link createClientPool}. */
export interface ClientPoolOptions {
  /** Creates the credentials for ECR from an AWS identity of the platform. */
  readonly aws: (identity: AwsIdentity) => CredentialSource;
  /** Default {@link createRegistryClient}. */
  readonly createClient?: (options: RegistryClientOptions) => RegistryClient;
}

interface Pooled {
  readonly client: RegistryClient;
  readonly hasCertificates: boolean;
  users: number;
}

const MAX_CLIENTS = 256;
/**
 * The maximum number of unused clients with a tenant's certificates: each also stores the certificates that Node trusts, which take over 1
 * MiB.
 */
const MAX_CLIENTS_WITH_CERTIFICATES = 16;
/** Longer waits are left to the source, which releases its slot in the meantime. */
const RETRY: RetryPolicy = { attempts: 3, baseDelayMs: 500, maxDelayMs: 5_000 };

/** Creates a {@link ClientPool}. */
export function createClientPool({ createClient = createRegistryClient, aws }: ClientPoolOptions): ClientPool {
  // A Map iterates in insertion order: the first client is the one used least recently.
  const pool = new Map<string, Pooled>();
  let withCertificates = 0;

  function make(request: SourceRequest): Pooled {
    const options = clientOptions(request, aws);
    const hasCertificates = (options.ca ?? options.clientCertificate) !== undefined;
    const client = createClient(options);
    if (hasCertificates) withCertificates += 1;
    return { client, hasCertificates, users: 0 };
  }

  function take(request: SourceRequest): Pooled {
    const key = clientKey(request);
    const pooled = pool.get(key) ?? make(request);
    pool.delete(key);
    pool.set(key, pooled);
    pooled.users += 1;
    return pooled;
  }

  async function evict(): Promise<void> {
    for (const [key, { client, hasCertificates, users }] of pool) {
      const isOneOfMany = hasCertificates && withCertificates > MAX_CLIENTS_WITH_CERTIFICATES;
      if (users > 0 || (pool.size <= MAX_CLIENTS && !isOneOfMany)) continue;
      pool.delete(key);
      if (hasCertificates) withCertificates -= 1;
      await client.close();
    }
  }

  return {
    async use(request, work) {
      const pooled = take(request);
      try {
        return await work(pooled.client);
      } finally {
        pooled.users -= 1;
        // The work has succeeded, even if a connection cannot be closed.
        evict().catch(() => undefined);
      }
    },
    async destroy() {
      await Promise.all([...pool.values()].map(({ client }) => client.destroy()));
    },
  };
}

/** Identifies the client for a request. Tenants share no connections, sessions or tokens, except those of the platform's identities. */
function clientKey({ tenant, connection, networks }: SourceRequest): string {
  const owner = connection.kind === 'platform' ? [] : [tenant];
  return sha256Hex(JSON.stringify([connection, networks, owner]));
}

function clientOptions({ connection, networks }: SourceRequest, aws: ClientPoolOptions['aws']): RegistryClientOptions {
  const common = { networks, retry: RETRY };
  if (connection.kind === 'platform') return { ...common, credentials: aws(connection.identity) };
  const { ca, clientCertificate, proxy, insecure } = connection.transport;
  return {
    ...common,
    credentials: pullSecretSource(connection.pullSecrets),
    insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(proxy === undefined ? {} : { proxy }),
  };
}
