import { listed } from '../../internal/quote.ts';
import { trimEnd } from '../../internal/trim.ts';
// Not from the index, with which the registry client would be loaded.
import { type AllowedNetworks, hostKind, isAllowed } from '../../oci/http/addresses.ts';
import { formatReference, type Repository } from '../../oci/name/reference.ts';

/** Repositories that sources may name. */
export interface RegistryRules {
  /** Repositories that are allowed as a whole path, `host/path`. */
  readonly own: readonly string[];
  /** `host[:port]`, with or without a path that the repository must be at or below. */
  readonly allowed: readonly string[];
  /** Networks that are allowed in addition to public ones. */
  readonly networks: AllowedNetworks;
}

/**
 * Returns the reason why a source must not be fetched from a repository, or undefined if it may. Compares hosts whole, ports included, and
 * paths by segment. A host whose spelling places it in a network that is not allowed is refused, regardless of the list.
 */
export function registryProblem(repository: Repository, rules: RegistryRules): string | undefined {
  const { registry } = repository;
  const kind = hostKind(registry.replace(/:\d+$/, ''));
  if (!isAllowed(kind, rules.networks)) return networkProblem(registry, kind);
  const full = formatReference(lowerHost(repository));
  if (rules.own.includes(full) || rules.allowed.some((rule) => `${full}/`.startsWith(`${normalRule(rule)}/`))) {
    return undefined;
  }
  const { allowed } = rules;
  const list =
    allowed.length === 0 ? 'no other repositories are' : `${listed(allowed)} ${allowed.length === 1 ? 'is' : 'are'}`;
  return `the repository ${full} is not allowed, ${list}; add it to packageCache.allowedRegistries in the Input`;
}

function networkProblem(registry: string, kind: ReturnType<typeof hostKind>): string {
  if (kind === 'local') {
    return `${registry} is a loopback, link-local or metadata address; packageCache.allowLocalAddresses in the Input would allow it`;
  }
  if (kind === 'private') {
    return `${registry} is in a private network; packageCache.allowPrivateAddresses in the Input would allow it`;
  }
  return `${registry} is not an address of a registry: it is in a reserved network`;
}

function lowerHost({ registry, repository }: Repository): Repository {
  return { registry: registry.toLowerCase(), repository };
}

function normalRule(rule: string): string {
  const [host = '', ...path] = trimEnd(rule, '/').split('/');
  const name = host.toLowerCase();
  return [name === 'docker.io' ? 'index.docker.io' : name, ...path].join('/');
}
