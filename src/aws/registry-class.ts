import { isEcrHost } from './registry-host.ts';

/** Registries of whom many sources are, by host. */
const WELL_KNOWN: Readonly<Record<string, RegistryClass>> = {
  'public.ecr.aws': 'ecr-public',
  'index.docker.io': 'docker-hub',
  'ghcr.io': 'ghcr',
  'xpkg.crossplane.io': 'crossplane',
  'xpkg.upbound.io': 'crossplane',
};

/** The classes of registries in metrics. */
export type RegistryClass = 'ecr' | 'ecr-public' | 'docker-hub' | 'ghcr' | 'crossplane' | 'other';

/** The class of a registry by its host, for metrics: tenants choose hosts, so their names must not become labels. */
export function registryClass(host: string): RegistryClass {
  if (isEcrHost(host)) return 'ecr';
  return Object.hasOwn(WELL_KNOWN, host) ? (WELL_KNOWN[host] ?? 'other') : 'other';
}
