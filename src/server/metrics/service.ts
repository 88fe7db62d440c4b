import metadata from '../../../package.json' with { type: 'json' };
import { type Result, Severity } from '../../protocol/messages.ts';
import { addGrpcMetrics, type CallRecorder, type GrpcMethod } from './grpc.ts';
import { addProcessMetrics } from './process.ts';
import { createRegistry, type Exposition } from './registry.ts';
import { SERVICE_METRICS } from './table.ts';

/** Counts what the service does, for Prometheus. */
export interface ServiceMetrics {
  /** The recorder of the method with a path. */
  callsOf(path: string): CallRecorder;
  /** The sizes of the messages of one RunFunction call. */
  sizes(requestBytes: number, responseBytes: number): void;
  /** The results of an answered call. */
  results(results: readonly Result[]): void;
  /** A call that was refused before its request was there, or because too much is in flight. */
  refusedCall(reason: 'bytes' | 'calls' | 'time'): void;
  refusedConnection(reason: 'certificate' | 'handshake' | 'limit'): void;
  /** The times at which the certificates in use expire, in milliseconds since the epoch. */
  certificates(expiry: { readonly server: number; readonly clientAuthority: number }): void;
  /** A fetch of a package that has ended; `seconds` is undefined if it never started. `registry` and `outcome` come from fixed lists. */
  fetched(registry: string, outcome: string, seconds: number | undefined): void;
  /** A login that was requested from ECR. */
  ecrLogin(outcome: 'success' | 'failure'): void;
  expose(): Promise<Exposition>;
}

/** Options of {@link createServiceMetrics}. */
export interface ServiceMetricsOptions {
  /** The gRPC methods that the server has. */
  readonly methods: readonly GrpcMethod[];
  /** The queues of fetches by name; none before the first fetch. */
  readonly queues?: () => Readonly<Record<string, { readonly waiting: number; readonly running: number }>>;
  /** The store of fetched content, where there is one. */
  readonly store?: { readonly maxBytes: number; readonly bytes: () => Promise<number> } | undefined;
}

const SEVERITIES: Readonly<Record<number, string>> = {
  [Severity.FATAL]: 'fatal',
  [Severity.WARNING]: 'warning',
  [Severity.NORMAL]: 'normal',
};
const FATAL_REASONS = ['InvalidInput', 'InvalidParameters', 'NameConflict'];
/** Measuring a store looks at each of its files. */
const STORE_MEASURED_MS = 60_000;

/** Makes the metrics of one service. */
export function createServiceMetrics({ methods, queues = () => ({}), store }: ServiceMetricsOptions): ServiceMetrics {
  const registry = createRegistry(SERVICE_METRICS);
  const callsOf = addGrpcMetrics(registry, methods);
  registry.gauge('function_workload_ecr_build_info').set({ version: metadata.version, node: process.versions.node }, 1);
  const requestSizes = registry.histogram('function_workload_ecr_request_bytes');
  const responseSizes = registry.histogram('function_workload_ecr_response_bytes');
  // Added up here, as each call has some.
  const results = new Map(Object.values(SEVERITIES).map((severity) => [severity, 0]));
  registry.counter('function_workload_ecr_results_total', (counter) => {
    for (const [severity, count] of results) {
      counter.inc({ severity }, count);
      results.set(severity, 0);
    }
  });
  const fatal = registry.counter('function_workload_ecr_refused_composites_total');
  for (const reason of FATAL_REASONS) fatal.inc({ reason }, 0);
  const refusedCalls = registry.counter('function_workload_ecr_refused_calls_total');
  const refusedConnections = registry.counter('function_workload_ecr_refused_connections_total');
  for (const reason of ['bytes', 'calls', 'time']) refusedCalls.inc({ reason }, 0);
  for (const reason of ['certificate', 'handshake', 'limit']) refusedConnections.inc({ reason }, 0);
  const expiry = registry.gauge('function_workload_ecr_tls_certificate_expiry_timestamp_seconds');
  const fetches = registry.counter('function_workload_ecr_fetches_total');
  const fetchDuration = registry.histogram('function_workload_ecr_fetch_duration_seconds');
  for (const what of ['waiting', 'running'] as const) {
    registry.gauge(`function_workload_ecr_fetches_${what}`, (gauge) => {
      for (const queue of ['quick', 'slow']) gauge.set({ queue }, queues()[queue]?.[what] ?? 0);
    });
  }
  const logins = registry.counter('function_workload_ecr_ecr_logins_total');
  for (const outcome of ['success', 'failure']) logins.inc({ outcome }, 0);
  if (store !== undefined) {
    registry.gauge('function_workload_ecr_content_store_max_bytes').set(store.maxBytes);
    let measuredAt = Number.NEGATIVE_INFINITY;
    registry.gauge('function_workload_ecr_content_store_bytes', async (gauge) => {
      if (Date.now() - measuredAt < STORE_MEASURED_MS) return;
      measuredAt = Date.now();
      // A store that cannot be read must not hide the other metrics.
      gauge.set(await store.bytes().catch(() => Number.NaN));
    });
  }
  addProcessMetrics(registry);
  return {
    callsOf,
    sizes(requestBytes, responseBytes) {
      requestSizes.observe(requestBytes);
      responseSizes.observe(responseBytes);
    },
    results(list) {
      for (const { severity, reason = '' } of list) {
        const name = SEVERITIES[severity] ?? 'unspecified';
        results.set(name, (results.get(name) ?? 0) + 1);
        if (severity === Severity.FATAL) fatal.inc({ reason: FATAL_REASONS.includes(reason) ? reason : 'Other' });
      }
    },
    refusedCall: (reason) => refusedCalls.inc({ reason }),
    refusedConnection: (reason) => refusedConnections.inc({ reason }),
    certificates({ server, clientAuthority }) {
      expiry.set({ certificate: 'server' }, server / 1000);
      expiry.set({ certificate: 'client_ca' }, clientAuthority / 1000);
    },
    fetched(registry, outcome, seconds) {
      fetches.inc({ registry, outcome });
      if (seconds !== undefined) fetchDuration.observe({ registry }, seconds);
    },
    ecrLogin: (outcome) => logins.inc({ outcome }),
    expose: registry.expose,
  };
}
