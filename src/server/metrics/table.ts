/** The description of a metric. The reference page lists these. */
export interface MetricDescription {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** The values of each label. All of them come from this program; text from tenants never becomes a label. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

/** Metrics by their name. */
export type MetricTable = Readonly<Record<string, MetricDescription>>;

const BYTES = [1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

const GRPC_METHOD = {
  grpc_type: '`unary` or `server_stream`',
  grpc_service: 'the service, or `unknown`',
  grpc_method: 'the method, or `unknown`',
};

const REGISTRY = {
  registry: '`ecr`, `ecr-public`, `docker-hub`, `ghcr`, `crossplane` (xpkg.crossplane.io, xpkg.upbound.io) or `other`',
};

const QUEUE = { queue: '`quick`, or `slow` for sources whose fetches have often taken long' };

/** Metrics of every process, as Prometheus client libraries name them. */
export const PROCESS_METRICS = {
  process_resident_memory_bytes: { type: 'gauge', help: 'Resident memory size in bytes.' },
  process_cpu_seconds_total: { type: 'counter', help: 'User and system CPU time spent in seconds.' },
  process_start_time_seconds: { type: 'gauge', help: 'Start time of the process as a Unix time.' },
} as const satisfies MetricTable;

/** Metrics of `serve`. The gRPC metrics have the names of go-grpc-middleware, like those of functions built with Crossplane's Go SDK. */
export const SERVICE_METRICS = {
  grpc_server_started_total: { type: 'counter', help: 'Calls started.', labels: GRPC_METHOD },
  grpc_server_handled_total: {
    type: 'counter',
    help: 'Calls completed, by gRPC status code, including refused calls and calls of unknown methods.',
    labels: { ...GRPC_METHOD, grpc_code: 'the code as Go spells it, such as `OK` or `ResourceExhausted`' },
  },
  grpc_server_handling_seconds: {
    type: 'histogram',
    help: 'Time from reading the request of a RunFunction call until its response is ready.',
    labels: GRPC_METHOD,
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 10],
  },
  function_workload_ecr_build_info: {
    type: 'gauge',
    help: 'Always 1.',
    labels: { version: 'the version of the function', node: 'the version of Node' },
  },
  function_workload_ecr_request_bytes: { type: 'histogram', help: 'Size of RunFunction requests.', buckets: BYTES },
  function_workload_ecr_response_bytes: { type: 'histogram', help: 'Size of RunFunction responses.', buckets: BYTES },
  function_workload_ecr_results_total: {
    type: 'counter',
    help: 'Results in responses, by severity.',
    labels: { severity: '`fatal`, `warning`, `normal` or `unspecified`' },
  },
  function_workload_ecr_refused_composites_total: {
    type: 'counter',
    help: 'Calls answered with a fatal result, by reason. NameConflict: another composite has a repository of that name.',
    labels: { reason: '`InvalidInput`, `InvalidParameters`, `NameConflict` or `Other`' },
  },
  function_workload_ecr_refused_calls_total: {
    type: 'counter',
    help: 'Calls refused because too many bytes or calls are in flight, or because receiving their request takes too long.',
    labels: { reason: '`bytes`, `calls` or `time`' },
  },
  function_workload_ecr_refused_connections_total: {
    type: 'counter',
    help: 'Connections refused.',
    labels: {
      reason:
        '`certificate` (missing, or not issued by an authority in ca.crt), `handshake` (TLS failed) or `limit` (too many connections)',
    },
  },
  function_workload_ecr_tls_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'Expiry of the certificate in use as a Unix time.',
    labels: { certificate: '`server`, or `client_ca` for the authority of clients that expires last' },
  },
  function_workload_ecr_fetches_total: {
    type: 'counter',
    help: 'Fetches of packages completed, by class of registry and outcome.',
    labels: {
      ...REGISTRY,
      outcome:
        '`Fetched`, `Unchanged`, `GaveWay` (to other namespaces), `TooManyWaiting`, `Fault` (a defect of this program) or the reason of `PackageCacheReady`',
    },
  },
  function_workload_ecr_fetch_duration_seconds: {
    type: 'histogram',
    help: 'Duration of fetches of packages, excluding the time in the queue.',
    labels: REGISTRY,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600],
  },
  function_workload_ecr_fetches_waiting: { type: 'gauge', help: 'Fetches waiting in the queue.', labels: QUEUE },
  function_workload_ecr_fetches_running: { type: 'gauge', help: 'Fetches in progress.', labels: QUEUE },
  function_workload_ecr_content_store_bytes: {
    type: 'gauge',
    help: 'Bytes in --content-cache-dir, measured at most once a minute. Absent without that directory.',
  },
  function_workload_ecr_content_store_max_bytes: {
    type: 'gauge',
    help: 'Maximum size of --content-cache-dir in bytes. Absent without that directory.',
  },
  function_workload_ecr_ecr_logins_total: {
    type: 'counter',
    help: 'Logins requested from ECR with the identity of the platform.',
    labels: { outcome: '`success` or `failure`' },
  },
  ...PROCESS_METRICS,
} as const satisfies MetricTable;

/** Metrics of `cache load --watch`. */
export const LOADER_METRICS = {
  package_cache_loader_build_info: {
    type: 'gauge',
    help: 'Always 1.',
    labels: { version: 'the version of the loader', node: 'the version of Node' },
  },
  package_cache_loader_entries: { type: 'gauge', help: 'Entries in the directory that ConfigMaps contain.' },
  package_cache_loader_kept_entries: {
    type: 'gauge',
    help: 'Entries in the directory that ConfigMaps no longer contain.',
  },
  package_cache_loader_bytes: { type: 'gauge', help: 'Bytes of all files in the cache directory.' },
  package_cache_loader_max_bytes: { type: 'gauge', help: 'Maximum size of the directory in bytes.' },
  package_cache_loader_refused: {
    type: 'gauge',
    help: 'Entries that were found and could not be placed, by reason.',
    labels: { code: 'the code of the error, such as `INCOMPLETE`' },
  },
  package_cache_loader_placed_total: { type: 'counter', help: 'Entries placed.' },
  package_cache_loader_removed_total: { type: 'counter', help: 'Entries removed.' },
  package_cache_loader_failures_total: { type: 'counter', help: 'Failed passes and readings of the cluster.' },
  package_cache_loader_last_pass_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the latest successful pass as a Unix time.',
  },
  ...PROCESS_METRICS,
} as const satisfies MetricTable;
