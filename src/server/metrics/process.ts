import type { MetricRegistry } from './registry.ts';
import type { PROCESS_METRICS } from './table.ts';

/**
 * Adds the metrics of the process. Those of prom-client keep timers and observers running between calls; these have no cost until they are read.
 */
export function addProcessMetrics(registry: Pick<MetricRegistry<typeof PROCESS_METRICS>, 'gauge' | 'counter'>): void {
  registry.gauge('process_resident_memory_bytes', (gauge) => gauge.set(process.memoryUsage.rss()));
  registry.counter('process_cpu_seconds_total', (counter) => {
    const { user, system } = process.cpuUsage();
    counter.reset();
    counter.inc((user + system) / 1e6);
  });
  registry.gauge('process_start_time_seconds').set(Math.floor(Date.now() / 1000 - process.uptime()));
}
