import type { AllowedNetworks, Platform, PullSecret, Repository, Signers } from '../../oci/index.ts';

/** Selects a manifest of a repository, in Flux's precedence: a digest, else a version range, else a tag. */
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
  /** Layers: the bytes of one as they are, its files packed anew without those that `ignore` names, or those that all layers show together. */
  | {
      readonly kind: 'layer';
      /** Of the first layer with it, or, to flatten, of all layers; undefined takes the first layer, or all. */
      readonly mediaType?: string | undefined;
      readonly operation: 'extract' | 'copy' | 'flatten';
      /** Patterns as in .gitignore. */
      readonly ignore?: string | undefined;
    };

/** An AWS identity. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The AWS identity of the platform: the function's own, or the one that the Composition's step brings. */
export type PlatformIdentity = { readonly kind: 'own' } | { readonly kind: 'keys'; readonly keys: AwsCredentials };

/**
 * A login of the platform, made with its AWS identity for ECR hosts. It has no field for anything that a tenant chose: the party that chooses the
 * proxy, the trusted certificates or the scheme of a connection can read the login that it carries.
 */
export interface PlatformConnection {
  readonly kind: 'platform';
  readonly identity: PlatformIdentity;
  readonly pullSecrets?: never;
  readonly transport?: never;
}

/** Settings of connections to a registry that a tenant chose. Every such setting belongs here, so that none gets near a login of the platform. */
export interface TenantTransport {
  /** PEM. */
  readonly ca?: string | undefined;
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  readonly proxy?: { readonly url: string; readonly username?: string; readonly password?: string } | undefined;
  /** Allows plain http. */
  readonly insecure: boolean;
}

/** A login that a tenant brings, or none, over a connection as the tenant wants it. */
export interface TenantConnection {
  readonly kind: 'tenant';
  /** Anonymous where no entry matches. */
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

/** A request for an artifact. Plain data: two equal requests are one source. */
export interface SourceRequest {
  readonly repository: Repository;
  readonly selection: Selection;
  readonly content: ContentChoice;
  /** On whose behalf: the namespace of the composite. Tenants share neither connections nor failures nor turns. */
  readonly tenant: string;
  readonly connection: Connection;
  /** Networks that connections may lead to besides public ones. */
  readonly networks: AllowedNetworks;
  /** The signers of whom one must have signed; undefined asks for no signature. */
  readonly signers?: SourceSigners | undefined;
  readonly platform?: Platform | undefined;
  /** Bytes of a chunk that the content is described in. */
  readonly chunkSize: number;
  /** Most bytes of the content. */
  readonly maxBytes: number;
}

/** The interval and time limit of fetches of a source. */
export interface Pace {
  /** Milliseconds after which a tag or range is looked up again. */
  readonly intervalMs: number;
  /** Milliseconds that one fetch may take. */
  readonly timeoutMs: number;
  /** Looks the source up now, whenever it is due, once for each text. */
  readonly lookNow?: string | undefined;
}
