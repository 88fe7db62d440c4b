import { isEcrHost } from './registry-host.ts';

/** The classes of common registries, by host. */
const WELL_KNOWN: Readonly<Record<string, RegistryClass>> = {
  'public.ecr.aws': 'ecr-public',
  'index.docker.io': 'docker-hub',
  'ghcr.io': 'ghcr',
  'xpkg.crossplane.io': 'crossplane',
  'xpkg.upbound.io': 'crossplane',
};

/** The classes of registries in metrics. */
export type RegistryClass = 'ecr' | 'ecr-public' | 'docker-hub' | 'ghcr' | 'crossplane' | 'other';

/** Returns the class of a registry for metrics. Tenants choose hosts, so host names must not become labels. */
export function registryClass(host: string): RegistryClass {
  if (isEcrHost(host)) return 'ecr';
  return Object.hasOwn(WELL_KNOWN, host) ? (WELL_KNOWN[host] ?? 'other') : 'other';
}
