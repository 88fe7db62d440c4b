import type { ChunkPosition } from '../../cache/sets/config-map.ts';
import { trimEnd } from '../../internal/trim.ts';

/** The prefix of the names of all composed resources of the package cache. */
export const COMPOSED_PREFIX = 'package-cache-';

/** The annotation of a composed package with the name of the source that requests it. */
export const SOURCE_ANNOTATION = 'workload-ecr.fn.crossplane.io/cache-source';

/** The annotation of the ConfigMaps of a package with the kind that installs it. */
export const TYPE_ANNOTATION = 'workload-ecr.fn.crossplane.io/package-type';

/** The annotation of the ConfigMaps of a layer that describes the omitted entries, as a clause. */
export const LEFT_OUT_ANNOTATION = 'workload-ecr.fn.crossplane.io/left-out';

/** The annotation of the ConfigMaps of a verified artifact with a hash of the required signers. */
export const VERIFIED_ANNOTATION = 'workload-ecr.fn.crossplane.io/verified-by';

/** The annotation of the ConfigMaps of an artifact that was found with a tag filter, with a hash of the filter. */
export const FILTER_ANNOTATION = 'workload-ecr.fn.crossplane.io/tag-filter';

/** The kinds with which Crossplane installs packages. */
export const KINDS_OF_PACKAGES = ['Configuration', 'Provider', 'Function'] as const;

/** The kind of an installed package. */
export type PackageKind = (typeof KINDS_OF_PACKAGES)[number];

/** Returns the composed resource name for an index of a source's set. */
export function composedNameOf(source: string, { set, index }: Pick<ChunkPosition, 'set' | 'index'>): string {
  return `${COMPOSED_PREFIX}${source}-${set.slice(-16)}-${index}`;
}

/** Returns the name of the source in the composed resource name of a ConfigMap. */
export function sourceOfMember(composedName: string): string | undefined {
  return /^package-cache-(.+)-[0-9a-f]{16}-\d+$/.exec(composedName)?.[1];
}

/**
 * Returns the composed resource name of a package. It is derived from the package and not from the source: if the name changed, Crossplane
 * would delete the package and everything that belongs to it. It contains a dot, unlike source names, so it differs from the names in
 * earlier versions, which contained the source's name.
 */
export function packageNameOf(kind: PackageKind, name: string): string {
  return `${COMPOSED_PREFIX}${kind.toLowerCase()}.${name}`;
}

/** Returns the composed resource name of the ImageConfig or ClusterUsage that belongs to a composed package. */
export function companionNameOf(composedPackage: string, part: 'imageconfig' | 'clusterusage'): string {
  const own = composedPackage.slice(COMPOSED_PREFIX.length);
  if (own.includes('.')) return `${COMPOSED_PREFIX}${part}.${own}`;
  return `${COMPOSED_PREFIX}${own.replace(/-package$/, '')}-${part}`;
}

/** Returns the repository in a package reference. */
export function repositoryOf(reference: string): string {
  const at = reference.indexOf('@');
  const named = at < 0 ? reference : reference.slice(0, at);
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf('/') ? named.slice(0, colon) : named;
}

/** Returns the name of the ClusterUsage of a package. */
export function usageNameOf(kind: PackageKind, name: string): string {
  return trimEnd(`keep-${kind.toLowerCase()}-${name}`.slice(0, 253), '-.');
}
