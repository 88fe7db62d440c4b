import { listed } from '../../internal/quote.ts';
import { formatReference, isLocalAddress, type Repository } from '../../oci/index.ts';

/** Which registries sources may name. */
export interface RegistryRules {
  /** `host[:port]`, with or without a path that the repository must lie under. */
  readonly allowed: readonly string[];
  readonly allowLocalAddresses: boolean;
}

/**
 * Why a source may not be fetched from a repository, or undefined when it may. Hosts are compared whole, ports included, and paths part
 * by part. A host that is this machine, its link or a metadata service by its very name is refused whatever is allowed.
 */
export function registryProblem(
  repository: Repository,
  { allowed, allowLocalAddresses }: RegistryRules,
): string | undefined {
  const host = hostName(repository.registry);
  if (!allowLocalAddresses && (/(^|\.)localhost$/i.test(host) || isLocalAddress(host))) {
    return `${repository.registry} is a loopback, link-local or metadata address; the Input's packageCache.allowLocalAddresses would allow it`;
  }
  const full = formatReference(repository);
  if (allowed.some((rule) => `${full}/`.startsWith(`${rule.replace(/\/+$/, '')}/`))) return undefined;
  const list = allowed.length === 0 ? 'none are' : `${listed(allowed)} ${allowed.length === 1 ? 'is' : 'are'}`;
  return `the registry ${repository.registry} is not allowed, ${list}; the Input's packageCache.allowedRegistries says which`;
}

function hostName(registry: string): string {
  return registry.replace(/:\d+$/, '');
}
