import type { Repository } from '../../oci/index.ts';
import { CacheError } from '../errors.ts';
import { type PackageManifest, packageName } from '../sets/package-objects.ts';

/** The registry and the path prefix that images are copied to. */
export interface Mirror {
  readonly registry: string;
  /** Without leading and trailing slashes; empty for none. */
  readonly prefix: string;
}

/** Parses `REGISTRY[/PREFIX]`. Throws `INVALID_OPTION`. */
export function parseMirror(text: string, isRegistry: (host: string) => boolean): Mirror {
  const slash = text.indexOf('/');
  const [registry, prefix] = slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1).replace(/\/$/, '')];
  const isPath = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(prefix);
  if (isRegistry(registry) && (prefix === '' || isPath)) return { registry, prefix };
  throw new CacheError(
    'INVALID_OPTION',
    `invalid target ${JSON.stringify(text.slice(0, 100))}: it must be REGISTRY or REGISTRY/PREFIX, such as registry.local:5000/mirror`,
  );
}

/** Returns the repository of each source in a mirror: the source's path below the prefix. Throws `CONFLICT` if two sources share one. */
export function mirroredRepositories(
  sources: readonly string[],
  { registry, prefix }: Mirror,
): Map<string, Repository> {
  const repositories = new Map<string, Repository>();
  const taken = new Map<string, string>();
  for (const source of sources) {
    const path = source.slice(source.indexOf('/') + 1);
    const repository = prefix === '' ? path : `${prefix}/${path}`;
    const other = taken.get(repository);
    if (other !== undefined && other !== source) {
      throw new CacheError(
        'CONFLICT',
        `cannot push ${other} and ${source} to one registry: both would be in ${registry}/${repository}; push two bundles with different prefixes`,
      );
    }
    taken.set(repository, source);
    repositories.set(source, { registry, repository });
  }
  return repositories;
}

/** Returns the hosts of sources, sorted. */
export function hostsOf(sources: readonly string[]): string[] {
  return [...new Set(sources.map((source) => source.slice(0, source.indexOf('/'))))].sort();
}

/** Returns an ImageConfig by which Crossplane pulls the images of a host from the mirror (pkg.crossplane.io/v1beta1, v1.19 and later). */
export function mirrorImageConfig(host: string, { registry, prefix }: Mirror): PackageManifest {
  const below = prefix === '' ? '' : `${prefix}/`;
  return {
    apiVersion: 'pkg.crossplane.io/v1beta1',
    kind: 'ImageConfig',
    metadata: { name: `mirror-${packageName(`/${host}`)}` },
    spec: {
      matchImages: [{ type: 'Prefix', prefix: `${host}/` }],
      rewriteImage: { prefix: `${registry}/${below}` },
    },
  };
}

/**
 * Returns the hosts.toml by which containerd pulls the images of a host from the mirror
 * (https://github.com/containerd/containerd/blob/main/docs/hosts.md).
 */
export function hostsToml(host: string, { registry, prefix }: Mirror, scheme: 'http' | 'https'): string {
  const server = host === 'docker.io' ? 'registry-1.docker.io' : host;
  const path = prefix === '' ? '' : `/${prefix}`;
  return `server = "https://${server}"

[host."${scheme}://${registry}/v2${path}"]
  capabilities = ["pull", "resolve"]
  override_path = true
`;
}
