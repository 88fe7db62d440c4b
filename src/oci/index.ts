/**
 * OCI images without a container engine: references, manifests, layers, image tarballs and layouts, a registry client, signatures.
 * Functions and plain data; everything that fails throws an {@link OciError} with a code.
 */

export * from './archive/gzip.ts';
export { type LayoutEntry, readImageLayout, writeImageLayout } from './archive/layout.ts';
export * from './archive/read-tar.ts';
export * from './archive/tar.ts';
export * from './archive/tarball.ts';
export { type CredentialSource, type Credentials, firstOf } from './auth/credentials.ts';
export { dockerConfigSource, parseDockerConfig } from './auth/docker-config.ts';
export { type PullSecret, pullSecretCredentials, pullSecretSource } from './auth/pull-secret.ts';
export * from './errors.ts';
export { isLocalAddress, isLocalName } from './http/addresses.ts';
export { DEFAULT_RETRY, type RetryPolicy } from './http/retry.ts';
export type { TransportOptions } from './http/transport.ts';
export type { Descriptor, Platform } from './image/descriptor.ts';
export * from './image/image.ts';
export * from './image/image-config.ts';
export * from './image/layer.ts';
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
} from './image/manifest.ts';
export * from './image/media-types.ts';
export * from './name/digest.ts';
export * from './name/reference.ts';
export { selectTag, type TagSelection } from './name/select-tag.ts';
export * from './name/semver.ts';
export {
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from './registry/client.ts';
export type { CallOptions } from './registry/session.ts';
export {
  copyArtifact,
  type PushOptions,
  type PushProgress,
  pullArtifact,
  pullImage,
  pushArtifact,
  readConfig,
} from './registry/transfer.ts';
export type { UploadOptions } from './registry/upload.ts';
export { parsePublicKey, type VerificationKey } from './signature/key.ts';
export { verifyImageSignature } from './signature/verify.ts';
export * from './storage/blob.ts';
