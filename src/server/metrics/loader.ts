import metadata from '../../../package.json' with { type: 'json' };
import { addProcessMetrics } from './process.ts';
import { createRegistry, type Exposition } from './registry.ts';
import { LOADER_METRICS } from './table.ts';

/** The counted results of a pass of the loader. */
export interface LoaderPass {
  readonly placed: readonly unknown[];
  readonly unchanged: readonly unknown[];
  readonly kept: readonly unknown[];
  readonly removed: readonly unknown[];
  readonly refused: readonly { readonly code: string }[];
  readonly bytes: number;
  readonly maxBytes: number;
  readonly layers?: Pick<LoaderPass, 'refused'> | undefined;
}

/** The Prometheus metrics of a watching loader. */
export interface LoaderMetrics {
  summary(pass: LoaderPass): void;
  /** Counts a failed pass or a failed reading of the cluster. */
  failed(): void;
  expose(): Promise<Exposition>;
}

/** Creates the metrics of a loader. */
export function createLoaderMetrics(): LoaderMetrics {
  const registry = createRegistry(LOADER_METRICS);
  registry.gauge('package_cache_loader_build_info').set({ version: metadata.version, node: process.versions.node }, 1);
  const entries = registry.gauge('package_cache_loader_entries');
  const kept = registry.gauge('package_cache_loader_kept_entries');
  const bytes = registry.gauge('package_cache_loader_bytes');
  const limit = registry.gauge('package_cache_loader_max_bytes');
  const refused = registry.gauge('package_cache_loader_refused');
  const placed = registry.counter('package_cache_loader_placed_total');
  const removed = registry.counter('package_cache_loader_removed_total');
  const failures = registry.counter('package_cache_loader_failures_total');
  const lastPass = registry.gauge('package_cache_loader_last_pass_timestamp_seconds');
  addProcessMetrics(registry);
  return {
    summary(pass) {
      entries.set(pass.placed.length + pass.unchanged.length);
      kept.set(pass.kept.length);
      bytes.set(pass.bytes);
      limit.set(pass.maxBytes);
      placed.inc(pass.placed.length);
      removed.inc(pass.removed.length);
      refused.reset();
      for (const { code } of [...pass.refused, ...(pass.layers?.refused ?? [])]) refused.inc({ code });
      lastPass.setToCurrentTime();
    },
    failed: () => failures.inc(),
    expose: registry.expose,
  };
}
