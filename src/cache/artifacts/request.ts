import type { Platform, PullSecret, Repository } from '../../oci/index.ts';

/** Which manifest of a repository to take, in Flux's precedence: a digest, else a version range, else a tag. */
export type Selection =
  | { readonly kind: 'digest'; readonly digest: string }
  | { readonly kind: 'semver'; readonly semver: string; readonly semverFilter?: string | undefined }
  | { readonly kind: 'tag'; readonly tag: string };

/** What of an artifact to carry. */
export type ContentChoice =
  /** The entry of Crossplane's cache: the gzip of the package's YAML stream. */
  | { readonly kind: 'package' }
  /** The whole image as an .xpkg file. */
  | { readonly kind: 'image' }
  /** One layer: its bytes as they are, or its files packed anew without those that `ignore` names. */
  | {
      readonly kind: 'layer';
      /** Of the first layer with it; undefined takes the first layer. */
      readonly mediaType?: string | undefined;
      readonly operation: 'extract' | 'copy';
      /** Patterns as in .gitignore. */
      readonly ignore?: string | undefined;
    };

/** An AWS identity. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** With what a registry is approached. */
export interface Access {
  /** `aws` asks for a token with an AWS identity, for ECR hosts only. */
  readonly provider: 'generic' | 'aws';
  /** The identity for `aws`; undefined is the function's own. */
  readonly awsCredentials?: AwsCredentials | undefined;
  /** Where there are any, they come before the provider. */
  readonly pullSecrets?: readonly PullSecret[] | undefined;
  /** PEM. */
  readonly ca?: string | undefined;
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  readonly proxy?: { readonly url: string; readonly username?: string; readonly password?: string } | undefined;
  /** Allows plain http. */
  readonly insecure: boolean;
  /** Allows loopback, link-local and metadata addresses. */
  readonly allowLocalAddresses: boolean;
}

/** An artifact that somebody wants to have. Plain data: two equal requests are one source. */
export interface SourceRequest {
  readonly repository: Repository;
  readonly selection: Selection;
  readonly content: ContentChoice;
  readonly access: Access;
  /** PEM public keys of which one must have signed; undefined asks for no signature. */
  readonly keys?: readonly { readonly name: string; readonly pem: string }[] | undefined;
  readonly platform?: Platform | undefined;
  /** Bytes of a chunk that the content is described in. */
  readonly chunkSize: number;
  /** Most bytes of the content. */
  readonly maxBytes: number;
}

/** How a caller wants a source to be followed. */
export interface Pace {
  /** Milliseconds after which a tag or range is looked up again. */
  readonly intervalMs: number;
  /** Milliseconds that one fetch may take. */
  readonly timeoutMs: number;
}
