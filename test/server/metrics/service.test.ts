import { describe, expect, test } from 'vitest';
import { Severity } from '../../../src/protocol/messages.ts';
import { createServiceMetrics, type ServiceMetrics } from '../../../src/server/metrics/service.ts';
import { SERVICE_METRICS } from '../../../src/server/metrics/table.ts';
import { declaredIn, samplesOf } from './samples.ts';

const METHODS = [
  { path: '/a.v1.Service/Run', isStream: false },
  { path: '/a.v1.Service/Watch', isStream: true },
];
const RUN = 'grpc_type="unary",grpc_service="a.v1.Service",grpc_method="Run"';

const samples = async (metrics: ServiceMetrics) => samplesOf((await metrics.expose()).text);

test('the service exposes exactly the metrics of its table', async () => {
  const store = { maxBytes: 10, bytes: async () => 3 };
  const { text } = await createServiceMetrics({ methods: METHODS, store }).expose();
  expect(declaredIn(text).sort()).toEqual(Object.keys(SERVICE_METRICS).sort());
});

test('every call is counted once, regardless of how often metrics are read', async () => {
  const metrics = createServiceMetrics({ methods: METHODS });
  const calls = metrics.callsOf('/a.v1.Service/Run');
  for (let call = 0; call < 1_300; call++) {
    calls.started();
    calls.handled(0);
    calls.took(0.002);
    metrics.sizes(2_000, 500);
  }
  calls.handled(13);
  calls.took(20);
  metrics.sizes(100, 0);
  for (const found of [await samples(metrics), await samples(metrics)]) {
    const at = (name: string) => found.get(name);
    expect(at(`grpc_server_started_total{${RUN}}`)).toBe(1_300);
    expect(at(`grpc_server_handled_total{${RUN},grpc_code="OK"}`)).toBe(1_300);
    expect(at(`grpc_server_handled_total{${RUN},grpc_code="Internal"}`)).toBe(1);
    expect(at(`grpc_server_handled_total{${RUN},grpc_code="ResourceExhausted"}`)).toBe(0);
    expect(at(`grpc_server_handling_seconds_bucket{le="0.001",${RUN}}`)).toBe(0);
    expect(at(`grpc_server_handling_seconds_bucket{le="0.0025",${RUN}}`)).toBe(1_300);
    expect(at(`grpc_server_handling_seconds_bucket{le="+Inf",${RUN}}`)).toBe(1_301);
    expect(at(`grpc_server_handling_seconds_sum{${RUN}}`)).toBeCloseTo(22.6);
    expect(at('function_workload_ecr_request_bytes_sum')).toBe(2_600_100);
    expect(at('function_workload_ecr_response_bytes_sum')).toBe(650_000);
  }
  calls.handled(0);
  expect((await samples(metrics)).get(`grpc_server_handled_total{${RUN},grpc_code="OK"}`)).toBe(1_301);
});

describe('labels are bounded', () => {
  test('by one recorder for all unknown methods, and one code for all unknown codes', async () => {
    const metrics = createServiceMetrics({ methods: METHODS });
    for (let index = 0; index < 100; index++) {
      metrics.callsOf(`/x.v${index}.Y/Z`).handled(12);
      metrics.callsOf('/a.v1.Service/Watch').handled(1_000 + index);
    }
    const found = await samples(metrics);
    const unknown = 'grpc_type="unary",grpc_service="unknown",grpc_method="unknown"';
    expect(found.get(`grpc_server_handled_total{${unknown},grpc_code="Unimplemented"}`)).toBe(100);
    const watch = 'grpc_type="server_stream",grpc_service="a.v1.Service",grpc_method="Watch"';
    expect(found.get(`grpc_server_handled_total{${watch},grpc_code="Unknown"}`)).toBe(100);
    expect([...found.keys()].filter((name) => name.startsWith('grpc_server_handled_total'))).toHaveLength(3 * 17);
  });

  test('by a list of reasons for fatal results', async () => {
    const metrics = createServiceMetrics({ methods: METHODS });
    metrics.results([
      { severity: Severity.WARNING, reason: 'NameConflict', message: 'x' },
      { severity: Severity.FATAL, reason: 'NameConflict', message: 'x' },
      { severity: Severity.FATAL, reason: 'Invented', message: 'x' },
      { severity: 77, message: 'x' },
    ]);
    const found = await samples(metrics);
    const refused = (reason: string) => found.get(`function_workload_ecr_refused_composites_total{reason="${reason}"}`);
    expect(['NameConflict', 'InvalidInput', 'Other', 'Invented'].map(refused)).toEqual([1, 0, 1, undefined]);
    const result = (severity: string) => found.get(`function_workload_ecr_results_total{severity="${severity}"}`);
    expect(['fatal', 'warning', 'normal', 'unspecified'].map(result)).toEqual([2, 1, 0, 1]);
  });
});

test('fetches, logins, queues, rejections and certificates are exposed', async () => {
  const metrics = createServiceMetrics({ methods: METHODS, queues: () => ({ quick: { waiting: 3, running: 2 } }) });
  metrics.fetched('ecr', 'Fetched', 0.3);
  metrics.fetched('other', 'TooManyWaiting', undefined);
  metrics.ecrLogin('failure');
  metrics.refusedConnection('certificate');
  metrics.refusedCall('bytes');
  metrics.certificates({ server: 1_000_000, clientAuthority: 2_000_000 });
  const found = await samples(metrics);
  const at = (name: string) => found.get(`function_workload_ecr_${name}`);
  expect(at('fetches_total{registry="ecr",outcome="Fetched"}')).toBe(1);
  expect(at('fetches_total{registry="other",outcome="TooManyWaiting"}')).toBe(1);
  expect(at('fetch_duration_seconds_count{registry="ecr"}')).toBe(1);
  expect(at('fetch_duration_seconds_count{registry="other"}')).toBeUndefined();
  expect(at('fetches_waiting{queue="quick"}')).toBe(3);
  expect(at('fetches_running{queue="slow"}')).toBe(0);
  expect(at('ecr_logins_total{outcome="failure"}')).toBe(1);
  expect(at('ecr_logins_total{outcome="success"}')).toBe(0);
  expect(at('refused_connections_total{reason="certificate"}')).toBe(1);
  expect(at('refused_calls_total{reason="bytes"}')).toBe(1);
  expect(at('tls_certificate_expiry_timestamp_seconds{certificate="server"}')).toBe(1_000);
  expect(at('tls_certificate_expiry_timestamp_seconds{certificate="client_ca"}')).toBe(2_000);
  expect(found.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(found.get('process_start_time_seconds')).toBeLessThanOrEqual(Date.now() / 1000);
});

describe('the content store', () => {
  test('has no metrics if there is none', async () => {
    const { text } = await createServiceMetrics({ methods: METHODS }).expose();
    expect(text).not.toContain('content_store');
  });

  test('is measured at most once a minute, however often metrics are read', async () => {
    let looks = 0;
    const bytes = async () => {
      looks += 1;
      return 3;
    };
    const metrics = createServiceMetrics({ methods: METHODS, store: { maxBytes: 10, bytes } });
    for (let read = 0; read < 5; read++) {
      expect((await samples(metrics)).get('function_workload_ecr_content_store_bytes')).toBe(3);
    }
    expect(looks).toBe(1);
  });

  test('does not affect other metrics when it cannot be read', async () => {
    const bytes = () => Promise.reject(new Error('EACCES'));
    const metrics = createServiceMetrics({ methods: METHODS, store: { maxBytes: 10, bytes } });
    const found = await samples(metrics);
    expect(found.get('function_workload_ecr_content_store_bytes')).toBeNaN();
    expect(found.get('function_workload_ecr_content_store_max_bytes')).toBe(10);
  });
});
