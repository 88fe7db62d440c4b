import { Counter, Gauge, Registry } from 'prom-client';
import type { LoadSummary } from './load.ts';

/** Counts what a loader that goes on does, for Prometheus. */
export interface LoaderMetrics {
  summary(summary: LoadSummary): void;
  /** A pass, or a reading of the cluster, failed. */
  failed(): void;
  /** The exposition text and its content type. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Makes the metrics of one loader. */
export function createLoaderMetrics(): LoaderMetrics {
  const registry = new Registry();
  const registers = [registry];
  const prefix = 'package_cache_loader';
  const entries = new Gauge({ name: `${prefix}_entries`, help: 'Entries in place that ConfigMaps carry.', registers });
  const kept = new Gauge({
    name: `${prefix}_kept_entries`,
    help: 'Entries in place that no ConfigMap carries.',
    registers,
  });
  const bytes = new Gauge({ name: `${prefix}_bytes`, help: 'Bytes of all files in the cache directory.', registers });
  const limit = new Gauge({ name: `${prefix}_max_bytes`, help: 'Most bytes that the directory may hold.', registers });
  const refused = new Gauge({
    name: `${prefix}_refused`,
    help: 'What was found and not placed, by reason.',
    labelNames: ['code'],
    registers,
  });
  const placed = new Counter({ name: `${prefix}_placed_total`, help: 'Entries placed.', registers });
  const removed = new Counter({ name: `${prefix}_removed_total`, help: 'Entries removed.', registers });
  const failures = new Counter({
    name: `${prefix}_failures_total`,
    help: 'Passes and readings that failed.',
    registers,
  });
  return {
    summary(summary) {
      entries.set(summary.placed.length + summary.unchanged.length);
      kept.set(summary.kept.length);
      bytes.set(summary.bytes);
      limit.set(summary.maxBytes);
      placed.inc(summary.placed.length);
      removed.inc(summary.removed.length);
      refused.reset();
      for (const { code } of [...summary.refused, ...(summary.layers?.refused ?? [])]) refused.inc({ code });
    },
    failed: () => failures.inc(),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
