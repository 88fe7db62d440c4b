/**
 * OCI images without a container engine: references, manifests, layers, image tarballs and layouts, a registry client, signatures.
 * Functions and plain data; everything that fails throws an {@link OciError} with a code.
 */
export { isLocalAddress, isLocalName } from './addresses.ts';
export * from './blob.ts';
export {
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from './client.ts';
export { type CredentialSource, type Credentials, firstOf } from './credentials.ts';
export type { Descriptor, Platform } from './descriptor.ts';
export * from './digest.ts';
export { dockerConfigSource, parseDockerConfig } from './docker-config.ts';
export * from './errors.ts';
export * from './gzip.ts';
export * from './image.ts';
export * from './image-config.ts';
export * from './layer.ts';
export { type LayoutEntry, readImageLayout, writeImageLayout } from './layout.ts';
export {
  choosePlatform,
  DEFAULT_PLATFORM,
  encodeIndex,
  encodeJson,
  encodeManifest,
  formatPlatform,
  type ImageDocument,
  type ImageIndex,
  type ImageManifest,
  type IndexDocument,
  MAX_MANIFEST_BYTES,
  type ManifestDocument,
  parseManifest,
  parsePlatform,
} from './manifest.ts';
export * from './media-types.ts';
export { type PullSecret, pullSecretCredentials, pullSecretSource } from './pull-secret.ts';
export * from './read-tar.ts';
export * from './reference.ts';
export { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
export { selectTag, type TagSelection } from './select-tag.ts';
export * from './semver.ts';
export type { CallOptions } from './session.ts';
export { parsePublicKey, type VerificationKey } from './signature/key.ts';
export { verifyImageSignature } from './signature/verify.ts';
export * from './tar.ts';
export * from './tarball.ts';
export {
  copyArtifact,
  type PushOptions,
  type PushProgress,
  pullArtifact,
  pullImage,
  pushArtifact,
  readConfig,
} from './transfer.ts';
export type { TransportOptions } from './transport.ts';
export type { UploadOptions } from './upload.ts';
