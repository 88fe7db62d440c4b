/** The description of a metric. The reference page lists these. */
export interface MetricDescription {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** The values of each label. All of them come from this program: nothing that a tenant writes becomes a label. */
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

const QUEUE = { queue: '`quick`, or `slow` for sources that often took long' };

/** Metrics of every process, as Prometheus client libraries name them. */
export const PROCESS_METRICS = {
  process_resident_memory_bytes: { type: 'gauge', help: 'Resident memory size in bytes.' },
  process_cpu_seconds_total: { type: 'counter', help: 'User and system CPU time spent in seconds.' },
  process_start_time_seconds: { type: 'gauge', help: 'Start time of the process as a Unix time.' },
} as const satisfies MetricTable;

/** Metrics of `serve`. Those of gRPC have the names of go-grpc-middleware, which functions built with Crossplane's Go SDK have, too. */
export const SERVICE_METRICS = {
  grpc_server_started_total: { type: 'counter', help: 'Calls begun.', labels: GRPC_METHOD },
  grpc_server_handled_total: {
    type: 'counter',
    help: 'Calls ended, by gRPC status code. Refused calls and calls of unknown methods count, too.',
    labels: { ...GRPC_METHOD, grpc_code: 'the code as Go spells it, such as `OK` or `ResourceExhausted`' },
  },
  grpc_server_handling_seconds: {
    type: 'histogram',
    help: 'Time from the request of a RunFunction call being read to its response being ready.',
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
    help: 'Calls answered with a fatal result, by its reason. NameConflict: another composite has a repository of that name.',
    labels: { reason: '`InvalidInput`, `InvalidParameters`, `NameConflict` or `Other`' },
  },
  function_workload_ecr_refused_calls_total: {
    type: 'counter',
    help: 'Calls refused because too many bytes or calls are in flight, or because their request takes too long.',
    labels: { reason: '`bytes`, `calls` or `time`' },
  },
  function_workload_ecr_refused_connections_total: {
    type: 'counter',
    help: 'Connections refused.',
    labels: {
      reason: '`certificate` (none, or not of an authority in ca.crt), `handshake` (TLS failed) or `limit` (too many)',
    },
  },
  function_workload_ecr_tls_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate in use expires, as a Unix time.',
    labels: { certificate: '`server`, or `client_ca` for the authority of clients that expires last' },
  },
  function_workload_ecr_fetches_total: {
    type: 'counter',
    help: 'Fetches of packages that ended, by class of registry and outcome.',
    labels: {
      ...REGISTRY,
      outcome:
        '`Fetched`, `Unchanged`, `GaveWay` (to other namespaces), `TooManyWaiting`, `Fault` (a defect of this program) or the reason of `PackageCacheReady`',
    },
  },
  function_workload_ecr_fetch_duration_seconds: {
    type: 'histogram',
    help: 'Time that fetches of packages took, without their wait for a turn.',
    labels: REGISTRY,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600],
  },
  function_workload_ecr_fetches_waiting: { type: 'gauge', help: 'Fetches that wait for their turn.', labels: QUEUE },
  function_workload_ecr_fetches_running: { type: 'gauge', help: 'Fetches under way.', labels: QUEUE },
  function_workload_ecr_content_store_bytes: {
    type: 'gauge',
    help: 'Bytes in --content-cache-dir, at most a minute ago. Absent without that directory.',
  },
  function_workload_ecr_content_store_max_bytes: {
    type: 'gauge',
    help: 'Most bytes that --content-cache-dir may hold. Absent without that directory.',
  },
  function_workload_ecr_ecr_logins_total: {
    type: 'counter',
    help: 'Logins asked of ECR with the identity of the platform.',
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
  package_cache_loader_entries: { type: 'gauge', help: 'Entries in place that ConfigMaps carry.' },
  package_cache_loader_kept_entries: { type: 'gauge', help: 'Entries in place that no ConfigMap carries.' },
  package_cache_loader_bytes: { type: 'gauge', help: 'Bytes of all files in the cache directory.' },
  package_cache_loader_max_bytes: { type: 'gauge', help: 'Most bytes that the directory may hold.' },
  package_cache_loader_refused: {
    type: 'gauge',
    help: 'What was found and not placed, by reason.',
    labels: { code: 'the code of the error, such as `INCOMPLETE`' },
  },
  package_cache_loader_placed_total: { type: 'counter', help: 'Entries placed.' },
  package_cache_loader_removed_total: { type: 'counter', help: 'Entries removed.' },
  package_cache_loader_failures_total: { type: 'counter', help: 'Passes and readings of the cluster that failed.' },
  package_cache_loader_last_pass_timestamp_seconds: {
    type: 'gauge',
    help: 'When the latest pass succeeded, as a Unix time.',
  },
  ...PROCESS_METRICS,
} as const satisfies MetricTable;
