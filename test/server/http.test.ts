import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpServer } from '../../src/server/http.ts';
import { call, claimRequest, connect, GARBAGE, startService, type TestService } from './service.ts';

let service: TestService;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.stop(0));

const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${service.httpPort}${path}`, init);

for (const { method, path, want, body } of [
  { method: 'GET', path: '/livez', want: 200, body: 'ok\n' },
  { method: 'GET', path: '/readyz', want: 200, body: 'ok\n' },
  { method: 'GET', path: '/readyz?verbose', want: 200, body: 'ok\n' },
  { method: 'HEAD', path: '/livez', want: 200, body: '' },
  { method: 'HEAD', path: '/metrics', want: 200, body: '' },
  { method: 'POST', path: '/livez', want: 405, body: '' },
  { method: 'GET', path: '/', want: 404, body: 'not found: there are /livez, /readyz and /metrics\n' },
  { method: 'GET', path: '/livez/', want: 404, body: 'not found: there are /livez, /readyz and /metrics\n' },
]) {
  test(`${method} ${path} is ${want}`, async () => {
    const answer = await get(path, { method });
    expect([answer.status, await answer.text()]).toEqual([want, body]);
    if (want === 405) expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });
}

describe('/metrics', () => {
  async function samples(): Promise<Map<string, number>> {
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }

  test('counts calls by code, results by severity, sizes and durations', async () => {
    const client = connect(service.address);
    const answer = await call(client, claimRequest());
    await call(client, claimRequest('UPPER'));
    await call(client, GARBAGE).catch(() => undefined);
    client.close();
    const found = await samples();
    const metric = (name: string) => found.get(`function_workload_ecr_${name}`);
    expect(metric('calls_total{code="OK"}')).toBe(2);
    expect(metric('calls_total{code="INVALID_ARGUMENT"}')).toBe(1);
    expect(metric('results_total{severity="normal"}')).toBe(2);
    expect(metric('results_total{severity="fatal"}')).toBe(1);
    expect(metric('results_total{severity="warning"}')).toBe(1);
    expect(metric('call_duration_seconds_count')).toBe(3);
    expect(metric('call_duration_seconds_sum')).toBeGreaterThan(0);
    expect(metric('request_bytes_sum')).toBe(claimRequest().length + claimRequest('UPPER').length + GARBAGE.length);
    expect(metric('response_bytes_sum')).toBeGreaterThan(answer.length);
    expect(metric('response_bytes_bucket{le="+Inf"}')).toBe(3);
  });

  test('answer 500 when something cannot be measured', async () => {
    const server = createHttpServer({ expose: () => Promise.reject(new Error('no /proc here')) }, () => true);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).finally(() => server.close());
    expect([answer.status, await answer.text()]).toEqual([500, 'cannot measure: no /proc here\n']);
  });

  test('say what the process uses', async () => {
    const found = await samples();
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    expect(found.get('process_cpu_seconds')).toBeGreaterThan(0);
  });
});
