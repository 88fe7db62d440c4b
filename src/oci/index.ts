/**
 * OCI images without a container engine: references, manifests, layers, image tarballs and layouts, a registry client, signatures.
 * The API consists of functions and plain data. All errors are an {@link OciError} with a code.
 */

export { compressionOf, decompress, gunzip, gzip } from './archive/gzip.ts';
export {
  imageLayoutArchive,
  type LayoutEntry,
  readImageLayout,
  readImageLayoutArchive,
  writeImageLayout,
} from './archive/layout.ts';
export { isSafePath, readTar, type TarEntry, type TarLimits } from './archive/read-tar.ts';
export { type TarFile, type TarInput, writeTar } from './archive/tar.ts';
export { imageTarball, readImageTarball, writeImageTarball } from './archive/tarball.ts';
export { type CredentialSource, type Credentials, firstOf } from './auth/credentials.ts';
export { dockerConfigSource, parseDockerConfig } from './auth/docker-config.ts';
export { removeLogin, saveLogin } from './auth/docker-login.ts';
export { type PullSecret, pullSecretCredentials, pullSecretSource } from './auth/pull-secret.ts';
export { isOciError, OciError, type OciErrorCode, type OciErrorDetails } from './errors.ts';
export { type AllowedNetworks, hostKind, isAllowed, type NetworkKind } from './http/addresses.ts';
export type { WaitObserver } from './http/http-client.ts';
export { DEFAULT_RETRY, parseRetryAfter, type RetryPolicy } from './http/retry.ts';
export type { TransportOptions } from './http/transport.ts';
export type { Descriptor, Platform } from './image/descriptor.ts';
export { type Artifact, buildImage, buildIndex, type Image } from './image/image.ts';
export { type ImageConfig, parseImageConfig } from './image/image-config.ts';
export {
  buildLayer,
  cleanPath,
  diffIdOf,
  type Layer,
  type LayerCompression,
  readFlattened,
  readLayer,
  writeLayer,
} from './image/layer.ts';
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
export { type ImageFormat, MEDIA_TYPES } from './image/media-types.ts';
export { createDigester, digestOf, verifyContent } from './name/content-digest.ts';
export { type Digest, digestHex, isDigest, parseDigest } from './name/digest.ts';
export {
  formatReference,
  hasRegistry,
  isRegistry,
  isTag,
  parseReference,
  parseRepository,
  type Reference,
  type Repository,
  referenceIdentifier,
} from './name/reference.ts';
export { filterTags, selectTag, type TagSelection } from './name/select-tag.ts';
export { type Constraint, compareVersions, parseConstraint, parseVersion, satisfies } from './name/semver.ts';
export { createRegistryClient, type RegistryClientOptions } from './registry/client.ts';
export { copyReferrers } from './registry/copy-referrers.ts';
export { cosignTag } from './registry/referrers.ts';
export type { CallOptions, RegistryRequest, RegistrySession } from './registry/session.ts';
export { type RegistryClient, sessionClient } from './registry/session-client.ts';
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
export type { Identity } from './signature/identity.ts';
export { parsePublicKey, type VerificationKey } from './signature/key.ts';
export { type Signers, verifyImageSignature } from './signature/verify.ts';
export { type BlobSource, bytesBlob, fileBlob, readAll, readRange, withAnnotations } from './storage/blob.ts';
