import type { Allowed } from '../api/allowed.ts';
import type { Source } from '../api/package-cache.ts';
import type { ParameterLayer } from '../api/parameters.ts';
import { isOfClaim, withoutDependencies } from '../api/trust.ts';

/** The requested sources, and their path. */
export interface ListedSources {
  readonly sources: readonly Source[];
  readonly path: string;
  /** True for sources that the claim's author wrote; the others are the platform's. */
  readonly areOfClaim: boolean;
  /** The prefixes of repositories to which claims are limited. */
  readonly prefixes: readonly string[] | undefined;
}

/** Returns the sources of the highest layer that has any. */
export function sourcesOf(layers: readonly ParameterLayer[], allowed: Allowed): ListedSources {
  const layer = layers.findLast(({ values }) => values.packageCache !== undefined);
  const sources = layer?.values.packageCache?.sources ?? [];
  const areOfClaim = layer !== undefined && isOfClaim(layer);
  return {
    sources: areOfClaim ? sources.map((source) => withoutDependencies(allowed, source)) : sources,
    path: `${layer?.path ?? ''}.packageCache.sources`,
    areOfClaim,
    prefixes: allowed.prefixes,
  };
}
