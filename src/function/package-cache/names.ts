import type { Place } from '../../cache/sets/config-map.ts';
import { trimEnd } from '../../internal/trim.ts';

/** The prefix of the names of all composed resources of the package cache. */
export const COMPOSED_PREFIX = 'package-cache-';

/** Annotation of a composed package: the name of the source that asks for it. */
export const SOURCE_ANNOTATION = 'workload-ecr.fn.crossplane.io/cache-source';

/** Annotation of the ConfigMaps of a package: which kind installs it. */
export const TYPE_ANNOTATION = 'workload-ecr.fn.crossplane.io/package-type';

/** Annotation of the ConfigMaps of a layer: what of it they do not have, as a part of a sentence. */
export const LEFT_OUT_ANNOTATION = 'workload-ecr.fn.crossplane.io/left-out';

/** Annotation of the ConfigMaps of what was verified: a hash of who must have signed. */
export const VERIFIED_ANNOTATION = 'workload-ecr.fn.crossplane.io/verified-by';

/** Annotation of the ConfigMaps of what was found with a filter for tags: a hash of the filter. */
export const FILTER_ANNOTATION = 'workload-ecr.fn.crossplane.io/tag-filter';

/** The kinds that Crossplane installs packages by. */
export const KINDS_OF_PACKAGES = ['Configuration', 'Provider', 'Function'] as const;

/** The kind of an installed package. */
export type PackageKind = (typeof KINDS_OF_PACKAGES)[number];

/** The name of the composed resource for a place of a source's set. */
export function composedNameOf(source: string, { set, index }: Pick<Place, 'set' | 'index'>): string {
  return `${COMPOSED_PREFIX}${source}-${set.slice(-16)}-${index}`;
}

/** The name of the source in the name of a composed ConfigMap. */
export function sourceOfMember(composedName: string): string | undefined {
  return /^package-cache-(.+)-[0-9a-f]{16}-\d+$/.exec(composedName)?.[1];
}

/**
 * The name of a package's composed resource. It comes from the package, not from the source: Crossplane deletes what a composed resource
 * of another name has made, and with a package goes all that belongs to it. No source has a dot in its name, so that it is none of the
 * names of earlier versions, which had the source's.
 */
export function packageNameOf(kind: PackageKind, name: string): string {
  return `${COMPOSED_PREFIX}${kind.toLowerCase()}.${name}`;
}

/** The name of the composed ImageConfig or ClusterUsage that goes with the composed package. */
export function companionNameOf(composedPackage: string, part: 'imageconfig' | 'clusterusage'): string {
  const own = composedPackage.slice(COMPOSED_PREFIX.length);
  if (own.includes('.')) return `${COMPOSED_PREFIX}${part}.${own}`;
  return `${COMPOSED_PREFIX}${own.replace(/-package$/, '')}-${part}`;
}

/** The repository in a package reference. */
export function repositoryOf(reference: string): string {
  const at = reference.indexOf('@');
  const named = at < 0 ? reference : reference.slice(0, at);
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf('/') ? named.slice(0, colon) : named;
}

/** The name of the ClusterUsage of a package. */
export function usageNameOf(kind: PackageKind, name: string): string {
  return trimEnd(`keep-${kind.toLowerCase()}-${name}`.slice(0, 253), '-.');
}
