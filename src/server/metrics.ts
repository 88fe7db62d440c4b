// Part by part: the whole brings OpenTelemetry and a dozen metrics that are not used, which is time at every start.
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import { type Result, Severity } from '../protocol/messages.ts';

/** Counts what the service does, for Prometheus. */
export interface Metrics {
  /** One RunFunction call that ended with a gRPC status of that name. */
  call(code: string, seconds: number, requestBytes: number, responseBytes: number): void;
  /** A call that was refused before its request was there, or because too much is in flight. */
  refused(reason: string): void;
  /** The results of a call that was answered. */
  results(results: readonly Result[]): void;
  /** The exposition text and its content type. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const SEVERITIES: Readonly<Record<number, string>> = {
  [Severity.FATAL]: 'fatal',
  [Severity.WARNING]: 'warning',
  [Severity.NORMAL]: 'normal',
};

const BYTES = [1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

/** Makes the metrics of one service. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const prefix = 'function_workload_ecr';
  const ended = new Map<string, number>();
  new Counter({
    name: `${prefix}_calls_total`,
    help: 'RunFunction calls by gRPC status code.',
    labelNames: ['code'],
    registers,
    collect() {
      for (const [code, count] of ended) this.inc({ code }, count);
      ended.clear();
    },
  });
  const duration = observer(registry, {
    name: `${prefix}_call_duration_seconds`,
    help: 'Time from the request being read to the response being ready.',
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 10],
  });
  const requestSize = observer(registry, {
    name: `${prefix}_request_bytes`,
    help: 'Size of requests.',
    buckets: BYTES,
  });
  const responseSize = observer(registry, {
    name: `${prefix}_response_bytes`,
    help: 'Size of responses.',
    buckets: BYTES,
  });
  const results = new Counter({
    name: `${prefix}_results_total`,
    help: 'Results in responses by severity.',
    labelNames: ['severity'],
    registers,
  });
  const refused = new Counter({
    name: `${prefix}_refused_calls_total`,
    help: 'Calls refused because too many bytes or calls are in flight, or because their request takes too long.',
    labelNames: ['reason'],
    registers,
  });
  for (const severity of Object.values(SEVERITIES)) results.inc({ severity }, 0);
  addProcessMetrics(registry);
  return {
    call(code, seconds, requestBytes, responseBytes) {
      ended.set(code, (ended.get(code) ?? 0) + 1);
      duration(seconds);
      requestSize(requestBytes);
      responseSize(responseBytes);
    },
    refused: (reason) => refused.inc({ reason }),
    results(list) {
      for (const { severity } of list) results.inc({ severity: SEVERITIES[severity] ?? 'unspecified' });
    },
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

const MOST_WAITING = 512;

/**
 * Creates a histogram and the function that records values. Values are buffered and observed in batches, at the latest when metrics are
 * read: observing each one would cost every call a load of prom-client's code into the processor's caches.
 */
function observer(
  registry: Registry,
  { name, help, buckets }: { readonly name: string; readonly help: string; readonly buckets: number[] },
): (value: number) => void {
  const waiting = new Float64Array(MOST_WAITING);
  let count = 0;
  const histogram = new Histogram({ name, help, buckets, registers: [registry], collect: putIn });
  function putIn(): void {
    for (let index = 0; index < count; index++) histogram.observe(waiting[index] ?? 0);
    count = 0;
  }
  return (value) => {
    if (count === MOST_WAITING) putIn();
    waiting[count++] = value;
  };
}

// prom-client's own default metrics keep timers and observers running between calls; these cost nothing until they are read.
function addProcessMetrics(registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'process_cpu_seconds',
    help: 'User and system CPU time spent in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.set((user + system) / 1e6);
    },
  });
}
