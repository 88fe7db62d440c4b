import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { createHttpServer } from '../../../src/server/http.ts';
import { createLoaderMetrics } from '../../../src/server/metrics/loader.ts';
import { startProgram } from '../../program.ts';
import { makeAuthority, makeIdentity } from '../../server/make-certificates.ts';
import { call, claimRequest, connect, fetchingRequest, GARBAGE, readLog } from '../../server/service.ts';
import { type Prometheus, startPrometheus } from './prometheus-process.ts';

// A real Prometheus scrapes the built service under load, and evaluates every query of the dashboard and of the alerts.

const FOLDER = `${import.meta.dirname}/../../../examples/operations`;
const JOB = 'crossplane-system/function-workload-ecr';

const dashboard = z
  .object({
    panels: z.array(
      z.object({
        title: z.string(),
        type: z.string(),
        gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
        targets: z.array(z.object({ expr: z.string() })).default([]),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(FOLDER, 'dashboard.json'), 'utf8')));
const { spec: rules } = parse(readFileSync(join(FOLDER, 'prometheus-rules.yaml'), 'utf8'));
const alerts = z
  .object({ groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })) })
  .parse(rules)
  .groups.flatMap((group) => group.rules);

const queries = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => ({
    title,
    expr,
    query: expr.replaceAll('$__rate_interval', '10s').replaceAll('$job', JOB),
  })),
);

const closing: (() => unknown)[] = [];
let prometheus: Prometheus;

beforeAll(async () => {
  const work = mkdtempSync(join(tmpdir(), 'operations-'));
  closing.push(() => rmSync(work, { recursive: true, force: true }));
  const service = await startService(work);
  const loader = await startLoader();
  prometheus = await startPrometheus({ [JOB]: service.metrics, loader }, rules);
  closing.push(() => prometheus.stop());
  // Until each counter has increased between two scrapes.
  for (let second = 0; second < 8; second++) {
    await service.traffic();
    await delay(1_000);
  }
});

afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The built service under TLS, with a content cache. */
async function startService(work: string) {
  const authority = makeAuthority('authority');
  const [server, client] = [makeIdentity('server', authority), makeIdentity('client', authority)];
  writeFileSync(join(work, 'tls.crt'), server.certificate);
  writeFileSync(join(work, 'tls.key'), server.key);
  writeFileSync(join(work, 'ca.crt'), authority.certificate);
  const { process: running, ended } = startProgram([
    'serve',
    ...['--tls-certs-dir', work, '--content-cache-dir', join(work, 'content')],
    ...['--address', '127.0.0.1:0', '--http-address', '127.0.0.1:0'],
  ]);
  closing.push(() => {
    running.kill('SIGKILL');
    return ended;
  });
  const { port, httpPort } = await readLog(running.stdout).line('serving');
  const [ca, key, certificate] = [authority.certificate, client.key, client.certificate].map((pem) => Buffer.from(pem));
  const caller = connect(`127.0.0.1:${port}`, credentials.createSsl(ca, key, certificate));
  closing.push(() => caller.close());
  return {
    metrics: `127.0.0.1:${httpPort}`,
    traffic: async () => {
      await call(caller, claimRequest());
      await call(caller, claimRequest('UPPER'));
      await call(caller, fetchingRequest());
      await call(caller, GARBAGE).catch(() => undefined);
    },
  };
}

/** The metrics of a loader that has placed and refused some sets. */
async function startLoader(): Promise<string> {
  const metrics = createLoaderMetrics();
  const refused = [{ code: 'CONFLICT' }];
  metrics.summary({ placed: ['a'], unchanged: [], kept: [], removed: [], refused, bytes: 5, maxBytes: 9 });
  const server = createHttpServer(metrics, () => true).listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

describe('each query of the dashboard returns data', () => {
  test.each(queries)('$title: $expr', async ({ query }) => {
    const series = await prometheus.query(query);
    expect(series.length).toBeGreaterThan(0);
    expect(series.map(({ value: [, value] }) => Number(value)).filter(Number.isNaN)).toEqual([]);
  });
});

describe('each alert can be evaluated', () => {
  test.each(alerts)('$alert', async ({ expr }) => {
    await prometheus.query(expr);
  });

  test('Prometheus has loaded all alerts: of the calls, one in four is malformed', async () => {
    const pending = await prometheus.query('ALERTS');
    expect(pending.map(({ metric }) => metric.alertname)).toContain('FunctionWorkloadECRErrors');
    expect(pending.map(({ metric }) => metric.alertname)).not.toContain('FunctionWorkloadECRDown');
  });
});

test('the panels of the dashboard fill its rows without overlap', () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
});
