import type { RegistryServer, RegistryServerOptions } from '../../oci/registry-server.ts';

/** A test case for a program: an artifact, or the behavior of a registry. */
export interface Row {
  readonly name: string;
  /** Fills a registry, and sets its behavior. */
  readonly prepare: (registry: RegistryServer) => unknown;
  readonly options?: RegistryServerOptions;
  /** The reference of the manifest, such as `@sha256:…`. Default: the tag. */
  readonly by?: (registry: RegistryServer) => string;
  /** Creates the entries of the docker config. Default: the login for the host, if the registry requires one. */
  readonly auths?: (host: string) => object;
  /** The reason why this program refuses what another one reads. */
  readonly reason?: string;
}
