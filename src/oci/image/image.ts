import { type BlobSource, bytesBlob } from '../storage/blob.ts';
import type { Platform } from './descriptor.ts';
import { encodeIndex, encodeManifest, type ImageDocument, type IndexDocument } from './manifest.ts';
import { FORMATS, type ImageFormat, MEDIA_TYPES, ociLayerType } from './media-types.ts';

/** An image with its content, from a registry, a tarball, a layout, or {@link buildImage}. */
export interface Image {
  readonly kind: 'image';
  readonly document: ImageDocument;
  readonly config: BlobSource;
  /** The layers in the manifest's order, with the manifest's descriptors. */
  readonly layers: readonly BlobSource[];
}

/** An index with its children. */
export interface Index {
  readonly kind: 'index';
  readonly document: IndexDocument;
  readonly children: readonly Artifact[];
}

/** An image or index, which can be pushed, copied and written to a layout. */
export type Artifact = Image | Index;

/** The parts of an image for {@link buildImage}. */
export interface ImageParts {
  /** The image config's bytes. */
  readonly config: Uint8Array;
  readonly layers: readonly BlobSource[];
  /**
   * The format of the manifest and config; layers keep their media types. Default docker, which Crossplane's command line writes. Docker
   * has no media type for zstd, so the default for an image with a zstd layer is oci, for all of its layers.
   */
  readonly format?: ImageFormat;
  /** The annotations of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Builds an image, whose manifest lists the layers in the given order with their own descriptors. */
export function buildImage({ config, format, annotations, ...parts }: ImageParts): Image {
  const isForZstd = format === undefined && parts.layers.some(isZstd);
  const types = FORMATS[isForZstd ? 'oci' : (format ?? 'docker')];
  const layers = isForZstd ? parts.layers.map(asOciLayer) : parts.layers;
  const configBlob = bytesBlob(types.config, config);
  const document = encodeManifest({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: configBlob.descriptor,
    layers: layers.map((layer) => layer.descriptor),
    annotations,
  });
  return { kind: 'image', document, config: configBlob, layers };
}

function isZstd({ descriptor }: BlobSource): boolean {
  return descriptor.mediaType === MEDIA_TYPES.ociLayerZstd;
}

function asOciLayer({ descriptor, open }: BlobSource): BlobSource {
  return { descriptor: { ...descriptor, mediaType: ociLayerType(descriptor.mediaType) }, open };
}

/** A child of an index, with the platform that it runs on. */
export interface IndexChild {
  readonly artifact: Artifact;
  readonly platform?: Platform;
}

/** Builds an OCI index, which lists the children in the given order with their platform and artifactType. */
export function buildIndex(children: readonly IndexChild[], annotations?: Readonly<Record<string, string>>): Index {
  const document = encodeIndex({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociIndex,
    manifests: children.map(({ artifact, platform }) => ({
      mediaType: artifact.document.descriptor.mediaType,
      size: artifact.document.descriptor.size,
      digest: artifact.document.descriptor.digest,
      platform,
      artifactType: artifactType(artifact),
    })),
    annotations,
  });
  return { kind: 'index', document, children: children.map(({ artifact }) => artifact) };
}

/** Returns the artifactType of a manifest, else the media type of its config (distribution-spec v1.1.0, "Listing Referrers"). */
function artifactType({ document }: Artifact): string | undefined {
  return document.kind === 'image'
    ? (document.manifest.artifactType ?? document.manifest.config.mediaType)
    : document.manifest.artifactType;
}
