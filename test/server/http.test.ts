import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpServer } from '../../src/server/http.ts';
import { samplesOf } from './metrics/samples.ts';
import {
  call,
  claimRequest,
  connect,
  GARBAGE,
  MEBIBYTE,
  startService,
  type TestService,
  V1,
  V1BETA1,
} from './service.ts';

let service: TestService;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.stop(0));

/** Waits until a condition holds; the test's time limit ends the wait. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20);
}

const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${service.httpPort}${path}`, init);

for (const { method, path, want, body } of [
  { method: 'GET', path: '/livez', want: 200, body: 'ok\n' },
  { method: 'GET', path: '/readyz', want: 200, body: 'ok\n' },
  { method: 'GET', path: '/readyz?verbose', want: 200, body: 'ok\n' },
  { method: 'HEAD', path: '/livez', want: 200, body: '' },
  { method: 'HEAD', path: '/metrics', want: 200, body: '' },
  { method: 'POST', path: '/livez', want: 405, body: '' },
  { method: 'GET', path: '/', want: 404, body: 'not found: must be /livez, /readyz or /metrics\n' },
  { method: 'GET', path: '/livez/', want: 404, body: 'not found: must be /livez, /readyz or /metrics\n' },
]) {
  test(`${method} ${path} is ${want}`, async () => {
    const answer = await get(path, { method });
    expect([answer.status, await answer.text()]).toEqual([want, body]);
    if (want === 405) expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });
}

describe('/metrics', () => {
  async function samples(): Promise<ReadonlyMap<string, number>> {
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    return samplesOf(await answer.text());
  }

  const labels = (service: string, method: string) =>
    `grpc_type="unary",grpc_service="${service}",grpc_method="${method}"`;
  const handled = (found: ReadonlyMap<string, number>, method: string, code: string) =>
    found.get(`grpc_server_handled_total{${method},grpc_code="${code}"}`);
  const RUN = labels('apiextensions.fn.proto.v1.FunctionRunnerService', 'RunFunction');

  test('counts calls by method and code, results by severity, sizes and durations', async () => {
    const client = connect(service.address);
    const answer = await call(client, claimRequest());
    await call(client, claimRequest('UPPER'));
    await call(client, claimRequest(), V1BETA1);
    await call(client, GARBAGE).catch(() => undefined);
    client.close();
    await until(async () => handled(await samples(), RUN, 'InvalidArgument') === 1);
    const found = await samples();
    const metric = (name: string) => found.get(`function_workload_ecr_${name}`);
    expect(handled(found, RUN, 'OK')).toBe(2);
    expect(handled(found, RUN, 'InvalidArgument')).toBe(1);
    expect(handled(found, labels('apiextensions.fn.proto.v1beta1.FunctionRunnerService', 'RunFunction'), 'OK')).toBe(1);
    expect(found.get(`grpc_server_started_total{${RUN}}`)).toBe(3);
    expect(found.get(`grpc_server_handling_seconds_count{${RUN}}`)).toBe(3);
    expect(found.get(`grpc_server_handling_seconds_sum{${RUN}}`)).toBeGreaterThan(0);
    expect(metric('results_total{severity="normal"}')).toBe(4);
    expect(metric('results_total{severity="fatal"}')).toBe(1);
    expect(metric('refused_composites_total{reason="InvalidParameters"}')).toBe(1);
    expect(metric('request_bytes_sum')).toBe(2 * claimRequest().length + claimRequest('UPPER').length + GARBAGE.length);
    expect(metric('response_bytes_sum')).toBeGreaterThan(answer.length);
    expect(metric('response_bytes_bucket{le="+Inf"}')).toBe(4);
  });

  test('counts calls that gRPC ends: a message over the limit, unknown methods, canceled calls', async () => {
    const client = connect(service.address);
    await call(client, Buffer.alloc(MEBIBYTE + 1)).catch(() => undefined);
    for (const path of ['/made.up/Call', '/a/b', `/${'x'.repeat(2_000)}/y`]) {
      const failure = call(client, claimRequest(), path);
      await expect(failure).rejects.toMatchObject({
        code: status.UNIMPLEMENTED,
        details: expect.stringContaining('the server does not implement the method'),
      });
    }
    const pass = (bytes: Buffer) => bytes;
    const canceled = client.makeClientStreamRequest(V1, pass, pass, () => undefined);
    canceled.write(Buffer.from(claimRequest()));
    await until(async () => (await samples()).get(`grpc_server_started_total{${RUN}}`) === 2);
    canceled.cancel();
    await until(
      async () =>
        handled(await samples(), RUN, 'Canceled') === 1 && handled(await samples(), RUN, 'ResourceExhausted') === 1,
    );
    const found = await samples();
    client.close();
    expect(handled(found, RUN, 'ResourceExhausted')).toBe(1);
    expect(handled(found, labels('unknown', 'unknown'), 'Unimplemented')).toBe(3);
    expect([...found.keys()].filter((name) => name.includes('made.up'))).toEqual([]);
  });

  test('returns 500 when a value cannot be measured', async () => {
    const server = createHttpServer({ expose: () => Promise.reject(new Error('no /proc here')) }, () => true);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).finally(() => server.close());
    expect([answer.status, await answer.text()]).toEqual([500, 'cannot read metrics: no /proc here\n']);
  });

  test('has the memory and processor time of the process', async () => {
    const found = await samples();
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    expect(found.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  });
});
