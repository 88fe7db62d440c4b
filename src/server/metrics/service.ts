import metadata from '../../../package.json' with { type: 'json' };
import { type Result, Severity } from '../../protocol/messages.ts';
import { addGrpcMetrics, type CallRecorder, type GrpcMethod } from './grpc.ts';
import { addProcessMetrics } from './process.ts';
import { createRegistry, type Exposition, type MetricRegistry } from './registry.ts';
import { SERVICE_METRICS } from './table.ts';

/** The Prometheus metrics of the service. */
export interface ServiceMetrics {
  /** Returns the recorder of a method by its path. */
  callsOf(path: string): CallRecorder;
  /** Records the sizes of the messages of a RunFunction call. */
  sizes(requestBytes: number, responseBytes: number): void;
  /** Counts the results of an answered call. */
  results(results: readonly Result[]): void;
  /** Counts a call that was refused because of its duration, or because too many bytes or calls are in flight. */
  refusedCall(reason: 'bytes' | 'calls' | 'time'): void;
  refusedConnection(reason: 'certificate' | 'handshake' | 'limit'): void;
  /** Records the times at which the certificates in use expire, in milliseconds since the epoch. */
  certificates(expiry: { readonly server: number; readonly clientAuthority: number }): void;
  /** Counts a fetch of a package that has ended. `seconds` is undefined if it never started. `registry` and `outcome` are from fixed lists. */
  fetched(registry: string, outcome: string, seconds: number | undefined): void;
  /** Counts a login that was requested from ECR. */
  ecrLogin(outcome: 'success' | 'failure'): void;
  expose(): Promise<Exposition>;
}

/** Options of {@link createServiceMetrics}. */
export interface ServiceMetricsOptions {
  /** The gRPC methods of the server. */
  readonly methods: readonly GrpcMethod[];
  /** The queues of fetches by name; none before the first fetch. */
  readonly queues?: () => Readonly<Record<string, { readonly waiting: number; readonly running: number }>>;
  /** The store of fetched content, if configured. */
  readonly store?: { readonly maxBytes: number; readonly bytes: () => Promise<number> } | undefined;
}

const SEVERITIES: Readonly<Record<number, string>> = {
  [Severity.FATAL]: 'fatal',
  [Severity.WARNING]: 'warning',
  [Severity.NORMAL]: 'normal',
};
const FATAL_REASONS = ['InvalidInput', 'InvalidParameters', 'NameConflict'];
/** The minimum interval between measurements of the store, in milliseconds. Measuring reads the metadata of each of its files. */
const STORE_MEASURED_MS = 60_000;

type Registry = MetricRegistry<typeof SERVICE_METRICS>;

/** Creates the metrics of a service. */
export function createServiceMetrics({ methods, queues = () => ({}), store }: ServiceMetricsOptions): ServiceMetrics {
  const registry = createRegistry(SERVICE_METRICS);
  const callsOf = addGrpcMetrics(registry, methods);
  registry.gauge('function_workload_ecr_build_info').set({ version: metadata.version, node: process.versions.node }, 1);
  const calls = addCallMetrics(registry);
  const connections = addConnectionMetrics(registry);
  const fetches = addFetchMetrics(registry, queues);
  if (store !== undefined) addStoreMetrics(registry, store);
  addProcessMetrics(registry);
  return { callsOf, ...calls, ...connections, ...fetches, expose: registry.expose };
}

function addCallMetrics(registry: Registry): Pick<ServiceMetrics, 'sizes' | 'results' | 'refusedCall'> {
  const observeRequest = registry.batchedHistogram('function_workload_ecr_request_bytes')();
  const observeResponse = registry.batchedHistogram('function_workload_ecr_response_bytes')();
  // Added up here, since each call has results.
  const results = new Map(Object.values(SEVERITIES).map((severity) => [severity, 0]));
  registry.counter('function_workload_ecr_results_total', (counter) => {
    for (const [severity, count] of results) {
      counter.inc({ severity }, count);
      results.set(severity, 0);
    }
  });
  const fatal = registry.counter('function_workload_ecr_refused_composites_total');
  for (const reason of FATAL_REASONS) fatal.inc({ reason }, 0);
  const refused = registry.counter('function_workload_ecr_refused_calls_total');
  for (const reason of ['bytes', 'calls', 'time']) refused.inc({ reason }, 0);
  return {
    sizes(requestBytes, responseBytes) {
      observeRequest(requestBytes);
      observeResponse(responseBytes);
    },
    results(list) {
      for (const { severity, reason = '' } of list) {
        const name = SEVERITIES[severity] ?? 'unspecified';
        results.set(name, (results.get(name) ?? 0) + 1);
        if (severity === Severity.FATAL) fatal.inc({ reason: FATAL_REASONS.includes(reason) ? reason : 'Other' });
      }
    },
    refusedCall: (reason) => refused.inc({ reason }),
  };
}

function addConnectionMetrics(registry: Registry): Pick<ServiceMetrics, 'refusedConnection' | 'certificates'> {
  const refused = registry.counter('function_workload_ecr_refused_connections_total');
  for (const reason of ['certificate', 'handshake', 'limit']) refused.inc({ reason }, 0);
  const expiry = registry.gauge('function_workload_ecr_tls_certificate_expiry_timestamp_seconds');
  return {
    refusedConnection: (reason) => refused.inc({ reason }),
    certificates({ server, clientAuthority }) {
      expiry.set({ certificate: 'server' }, server / 1000);
      expiry.set({ certificate: 'client_ca' }, clientAuthority / 1000);
    },
  };
}

function addFetchMetrics(
  registry: Registry,
  queues: NonNullable<ServiceMetricsOptions['queues']>,
): Pick<ServiceMetrics, 'fetched' | 'ecrLogin'> {
  const fetches = registry.counter('function_workload_ecr_fetches_total');
  const durations = registry.histogram('function_workload_ecr_fetch_duration_seconds');
  for (const state of ['waiting', 'running'] as const) {
    registry.gauge(`function_workload_ecr_fetches_${state}`, (gauge) => {
      for (const queue of ['quick', 'slow']) gauge.set({ queue }, queues()[queue]?.[state] ?? 0);
    });
  }
  const logins = registry.counter('function_workload_ecr_ecr_logins_total');
  for (const outcome of ['success', 'failure']) logins.inc({ outcome }, 0);
  return {
    fetched(registryClass, outcome, seconds) {
      fetches.inc({ registry: registryClass, outcome });
      if (seconds !== undefined) durations.observe({ registry: registryClass }, seconds);
    },
    ecrLogin: (outcome) => logins.inc({ outcome }),
  };
}

function addStoreMetrics(registry: Registry, store: NonNullable<ServiceMetricsOptions['store']>): void {
  registry.gauge('function_workload_ecr_content_store_max_bytes').set(store.maxBytes);
  let measuredAt = Number.NEGATIVE_INFINITY;
  registry.gauge('function_workload_ecr_content_store_bytes', async (gauge) => {
    if (Date.now() - measuredAt < STORE_MEASURED_MS) return;
    measuredAt = Date.now();
    // A store that cannot be read must not hide the other metrics.
    gauge.set(await store.bytes().catch(() => Number.NaN));
  });
}
