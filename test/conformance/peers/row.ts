import type { RegistryServer, RegistryServerOptions } from '../../oci/registry-server.ts';

/** One thing that a program may meet: an artifact, or the behaviour of a registry. */
export interface Row {
  readonly name: string;
  /** Fills a registry, and says how it behaves. */
  readonly prepare: (registry: RegistryServer) => unknown;
  readonly options?: RegistryServerOptions;
  /** Asks for the manifest by this reference, such as `@sha256:…`. Default: by the tag. */
  readonly by?: (registry: RegistryServer) => string;
  /** Makes the entries of the docker config. Default: the login for the host, where the registry wants one. */
  readonly auths?: (host: string) => object;
  /** Why this program refuses what another one reads. */
  readonly reason?: string;
}
