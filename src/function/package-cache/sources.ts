import type { Source } from '../api/package-cache.ts';
import type { Layer } from '../api/parameters.ts';

// Apart from all else of the package cache, which is loaded only for composites that have sources or had some.

/** Type of the condition that tells of all sources. */
export const CONDITION = 'PackageCacheReady';

/** Sources as they are asked for, and the path they are at. */
export interface PackageSources {
  readonly sources: readonly Source[];
  readonly path: string;
}

/** The sources of the highest layer that has some. */
export function sourcesOf(layers: readonly Layer[]): PackageSources {
  const layer = layers.findLast(({ values }) => values.packageCache !== undefined);
  return { sources: layer?.values.packageCache?.sources ?? [], path: `${layer?.path ?? ''}.packageCache.sources` };
}
