import type { AwsIdentity } from '../../aws/identity.ts';
import type { AllowedNetworks, Platform, PullSecret, Repository, Signers } from '../../oci/index.ts';

/** Selects a manifest of a repository. As in Flux, a digest takes precedence over a version range, and a version range over a tag. */
export type Selection =
  | { readonly kind: 'digest'; readonly digest: string }
  | { readonly kind: 'semver'; readonly semver: string; readonly semverFilter?: string | undefined }
  | { readonly kind: 'tag'; readonly tag: string };

/** Selects the content of an artifact. */
export type ContentChoice =
  /** The entry of Crossplane's cache: the gzip of the package's YAML stream. */
  | { readonly kind: 'package' }
  /** The whole image as an .xpkg file. */
  | { readonly kind: 'image' }
  /** The unchanged bytes of a layer, its files repacked without those that `ignore` matches, or the files of all layers combined. */
  | {
      readonly kind: 'layer';
      /** Selects the first layer of this type or, for `flatten`, all of them; undefined selects the first layer, or all layers. */
      readonly mediaType?: string | undefined;
      readonly operation: 'extract' | 'copy' | 'flatten';
      /** Patterns as in .gitignore. */
      readonly ignore?: string | undefined;
    };

/**
 * A connection with a login of the platform, created from its AWS identity, for ECR hosts. It has no field that a tenant sets: the party that sets
 * the proxy, the trusted certificates or the scheme of a connection can read its login.
 */
export interface PlatformConnection {
  readonly kind: 'platform';
  /** The function's own, or the credentials of the Composition's step. */
  readonly identity: AwsIdentity;
  readonly pullSecrets?: never;
  readonly transport?: never;
}

/** The connection settings of a tenant. All of them belong here, so that none is ever combined with a login of the platform. */
export interface TenantTransport {
  /** PEM. */
  readonly ca?: string | undefined;
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  readonly proxy?: { readonly url: string; readonly username?: string; readonly password?: string } | undefined;
  /** Allows plain http. */
  readonly insecure: boolean;
}

/** A connection with the login of a tenant, or none, and the tenant's settings. */
export interface TenantConnection {
  readonly kind: 'tenant';
  /** Without an entry that matches, requests are anonymous. */
  readonly pullSecrets: readonly PullSecret[];
  readonly transport: TenantTransport;
  readonly identity?: never;
}

/** A login to a registry and the connection that it uses. */
export type Connection = PlatformConnection | TenantConnection;

/** The accepted signers as plain data: PEM public keys, or identities. */
export type SourceSigners =
  | { readonly keys: readonly { readonly name: string; readonly pem: string }[] }
  | Extract<Signers, { readonly identities: unknown }>;

/** A request for an artifact, as plain data. Equal requests are one source. */
export interface SourceRequest {
  readonly repository: Repository;
  readonly selection: Selection;
  readonly content: ContentChoice;
  /** The namespace of the composite. Tenants share no connections, failures or turns. */
  readonly tenant: string;
  readonly connection: Connection;
  /** The networks that connections may lead to, in addition to public ones. */
  readonly networks: AllowedNetworks;
  /** The accepted signers, of which at least one must have signed; undefined requires no signature. */
  readonly signers?: SourceSigners | undefined;
  readonly platform?: Platform | undefined;
  /** The size of the chunks in the manifest, in bytes. */
  readonly chunkSize: number;
  /** The maximum size of the content, in bytes. */
  readonly maxBytes: number;
}

/** The interval and time limit of fetches of a source. */
export interface Schedule {
  /** Milliseconds after which a tag or range is resolved again. */
  readonly intervalMs: number;
  /** The maximum duration of a fetch, in milliseconds. */
  readonly timeoutMs: number;
  /** Resolves the source immediately, even if it is not due, once for each value. */
  readonly checkNow?: string | undefined;
}
