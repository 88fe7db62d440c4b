import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFunction, type RunFunction } from '../../../src/function/function.ts';
import type { Environment } from '../../../src/internal/environment.ts';
import { createLogger } from '../../../src/server/log.ts';
import { readTracingSettings } from '../../../src/server/tracing/settings.ts';
import { createTracing, type Tracing } from '../../../src/server/tracing/tracing.ts';
import { call, claimRequest, connect, GARBAGE, startService } from '../service.ts';
import { type Collector, startCollector } from './collector.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const SERVICE = 'apiextensions.fn.proto.v1.FunctionRunnerService';

let collector: Collector;
const log: string[] = [];
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  log.length = 0;
  collector = await startCollector();
  closing.push(() => collector.close());
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function tracingOf(env: Environment = {}): Promise<Tracing> {
  const all = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '5', ...env };
  const logger = createLogger({ write: (line) => log.push(line) });
  const tracing = createTracing(await readTracingSettings(all, '1.2.3'), '1.2.3', logger);
  closing.push(() => tracing.stop());
  return tracing;
}

/** Calls a service that records traces; `traceparent` is the caller's. */
async function traced(request: Uint8Array, { run = createFunction(), traceparent = '', env = {} } = {}) {
  const tracing = await tracingOf(env);
  const service = await startService({ run, tracing });
  const client = connect(service.address);
  const metadata = new Metadata();
  if (traceparent !== '') metadata.set('traceparent', traceparent);
  closing.push(
    () => service.stop(0),
    () => client.close(),
  );
  await call(client, request, undefined, metadata).catch(() => undefined);
  return tracing;
}

describe('a call', () => {
  test('is a child span of its caller, with the composite and the claim', async () => {
    await traced(claimRequest(), { traceparent: `00-${TRACE}-${CALLER}-01` });
    const [span] = await collector.received(1);
    expect(span).toMatchObject({
      traceId: TRACE,
      parentSpanId: CALLER,
      name: `${SERVICE}/RunFunction`,
      kind: 2,
      isError: false,
      attributes: {
        'rpc.system': 'grpc',
        'rpc.service': SERVICE,
        'rpc.method': 'RunFunction',
        'rpc.grpc.status_code': '0',
        'crossplane.composite.kind': 'XWorkloadECRRepo',
        'crossplane.composite.name': 'example-app-repos-x7x2x',
        'crossplane.claim.namespace': 'default',
        'crossplane.claim.name': 'example-app-repos',
        'workload_ecr.resources': '2',
      },
      resource: { 'service.name': 'function-workload-ecr', 'service.version': '1.2.3' },
    });
    expect(span?.spanId).not.toBe(CALLER);
    expect(span?.seconds).toBeGreaterThan(0);
    expect(collector.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'content-type': 'application/json' },
    });
  });

  test('starts a trace if its caller has none', async () => {
    await traced(claimRequest());
    const [span] = await collector.received(1);
    expect(span?.parentSpanId).toBeUndefined();
    expect(span?.traceId).not.toMatch(/^0+$/);
  });

  test.each([
    {
      name: 'is an error after an internal error',
      request: claimRequest(),
      code: status.INTERNAL,
      isError: true,
    },
    {
      name: 'is not an error after a malformed request',
      request: GARBAGE,
      code: status.INVALID_ARGUMENT,
      isError: false,
    },
  ])('$name', async ({ request, code, isError }) => {
    const run: RunFunction = async (bytes) => {
      if (bytes.length > GARBAGE.length) throw new TypeError('a secret');
      return createFunction()(bytes);
    };
    await traced(request, { run });
    const [span] = await collector.received(1);
    expect(span).toMatchObject({ isError, attributes: { 'rpc.grpc.status_code': String(code) } });
    expect(JSON.stringify(span)).not.toContain('secret');
  });

  test.each([
    { sampler: 'parentbased_always_on', flags: '00', want: 0 },
    { sampler: 'parentbased_always_off', flags: '01', want: 1 },
    { sampler: 'always_on', flags: '00', want: 1 },
    { sampler: 'always_off', flags: '01', want: 0 },
    { sampler: 'traceidratio', flags: '01', want: 0 },
  ])(
    'with the sampler $sampler and the caller’s flags $flags is recorded $want times',
    async ({ sampler, flags, want }) => {
      const env = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0' };
      const tracing = await traced(claimRequest(), { traceparent: `00-${TRACE}-${CALLER}-${flags}`, env });
      await tracing.stop();
      expect(collector.spans).toHaveLength(want);
    },
  );
});

test('a fetch is a child span of the call that started it, also when it ends after the call', async () => {
  const tracing = await tracingOf();
  let end: (() => void) | undefined;
  const run: RunFunction = async (request) => {
    void new Promise<void>((resolve) => {
      end = resolve;
    }).then(() => tracing.fetched({ registry: 'r.example', repository: 'a/b', outcome: 'AuthFailed', seconds: 0.25 }));
    return createFunction()(request);
  };
  await tracing.run(run, claimRequest(), { service: SERVICE, traceparent: `00-${TRACE}-${CALLER}-01` });
  end?.();
  const [first, second] = await collector.received(2);
  expect(second).toMatchObject({
    traceId: TRACE,
    parentSpanId: first?.spanId,
    name: 'fetch',
    kind: 3,
    isError: true,
    attributes: {
      'server.address': 'r.example',
      'workload_ecr.repository': 'a/b',
      'workload_ecr.outcome': 'AuthFailed',
    },
  });
  expect(second?.seconds).toBeCloseTo(0.25, 3);
});

describe('a collector', () => {
  const fetch = { registry: 'r', repository: 'a', outcome: 'Fetched', seconds: 0 };

  test('that is overloaded gets the same spans again; its headers are sent and not logged', async () => {
    const tracing = await tracingOf({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret' });
    collector.statuses.push(503, 429);
    tracing.fetched(fetch);
    await collector.received(1);
    expect(collector.requests).toHaveLength(3);
    expect(collector.requests[0]?.headers.authorization).toBe('Bearer secret');
    expect(log.join('')).toContain('the collector returned status 503');
    expect(log).toHaveLength(1);
    expect(log.join('')).not.toContain('secret');
  });

  test('that refuses spans does not get them again', async () => {
    const tracing = await tracingOf();
    collector.statuses.push(400);
    tracing.fetched(fetch);
    while (log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await tracing.stop();
    expect(collector.requests).toHaveLength(1);
    expect(JSON.parse(log[0] ?? '')).toMatchObject({ level: 'warn', msg: 'cannot export traces', lost: 1 });
  });

  test('that is down causes a loss of spans over the queue’s limit, and does not delay the stop', async () => {
    collector.close();
    const tracing = await tracingOf({ OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_SCHEDULE_DELAY: '3600000' });
    for (let index = 0; index < 25; index++) tracing.fetched(fetch);
    await tracing.stop();
    expect(JSON.parse(log[0] ?? '')).toMatchObject({ msg: 'cannot export traces', lost: 15 });
  });

  test('gets the remaining spans at the stop, in batches', async () => {
    const tracing = await tracingOf({ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4', OTEL_BSP_SCHEDULE_DELAY: '3600000' });
    for (let index = 0; index < 10; index++) tracing.fetched(fetch);
    await tracing.stop();
    expect(collector.spans).toHaveLength(10);
    expect(collector.requests).toHaveLength(3);
  });
});
