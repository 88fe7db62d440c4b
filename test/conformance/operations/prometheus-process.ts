import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import * as z from 'zod';
import { toolPath } from '../../tools/index.ts';
import { freePorts } from '../kube-apiserver.ts';

/** A real Prometheus on a free port of the loopback interface, which reads its targets each second. */
export interface Prometheus {
  /** The series of a query. Rejects when Prometheus cannot read it. */
  query(expression: string): Promise<readonly Series[]>;
  stop(): Promise<void>;
}

const answer = z.object({
  status: z.string(),
  error: z.string().optional(),
  data: z
    .object({
      result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
    })
    .optional(),
});

/** A series with its latest value. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** Starts Prometheus with a target for each job, as the Prometheus operator would make them of PodMonitors, and with rules. */
export async function startPrometheus(targets: Readonly<Record<string, string>>, rules: unknown): Promise<Prometheus> {
  const work = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const [port] = await freePorts(1);
  writeFileSync(join(work, 'rules.yaml'), stringify(rules));
  writeFileSync(
    join(work, 'prometheus.yaml'),
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yaml'],
      scrape_configs: Object.entries(targets).map(([job, target]) => ({
        job_name: job,
        static_configs: [{ targets: [target], labels: { pod: 'a', namespace: 'crossplane-system' } }],
      })),
    }),
  );
  const child = spawn(
    toolPath('prometheus'),
    [
      `--config.file=${join(work, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(work, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, GOMAXPROCS: '1' } },
  );
  const base = `http://127.0.0.1:${port}`;
  await untilReady(child, base);
  return {
    async query(expression) {
      const response = await fetch(`${base}/api/v1/query?${new URLSearchParams({ query: expression })}`);
      const { status, error, data } = answer.parse(await response.json());
      if (status !== 'success' || data === undefined) throw new Error(`${expression}: ${error}`);
      return data.result;
    },
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmSync(work, { recursive: true, force: true });
    },
  };
}

async function untilReady(child: ChildProcess, base: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
    const response = await fetch(`${base}/-/ready`).catch(() => undefined);
    if (response?.ok) return;
    await delay(100);
  }
}
