import { type BlobSource, bytesBlob } from '../storage/blob.ts';
import type { Platform } from './descriptor.ts';
import { encodeIndex, encodeManifest, type ImageDocument, type IndexDocument } from './manifest.ts';
import { FORMATS, type ImageFormat, MEDIA_TYPES, ociLayerType } from './media-types.ts';

/** An image with everything in it: from a registry, a tarball, a layout, or built here. */
export interface Image {
  readonly kind: 'image';
  readonly document: ImageDocument;
  readonly config: BlobSource;
  /** In the manifest's order, each under the manifest's descriptor. */
  readonly layers: readonly BlobSource[];
}

/** An index with its children. */
export interface Index {
  readonly kind: 'index';
  readonly document: IndexDocument;
  readonly children: readonly Artifact[];
}

/** An image or index, which can be pushed, copied and stored in a layout. */
export type Artifact = Image | Index;

/** The parts of an image for {@link buildImage}. */
export interface ImageParts {
  /** The image config's bytes. */
  readonly config: Uint8Array;
  readonly layers: readonly BlobSource[];
  /**
   * Media types of manifest and config; layers keep theirs. Default docker, as Crossplane's command line writes packages. Docker has none for
   * zstd: with a layer of it, all of the image gets those of OCI.
   */
  readonly format?: ImageFormat;
  /** Annotations of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Puts an image together: its manifest lists the layers in the order given, under their own descriptors. */
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

/** A child of an index, with the platform it runs on. */
export interface IndexChild {
  readonly artifact: Artifact;
  readonly platform?: Platform;
}

/** Puts an OCI index together, children in the order given, each with its platform and artifactType. */
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

/** The artifactType of a manifest, or, where it has none, its config's media type (distribution-spec v1.1.0, "Listing Referrers"). */
function artifactType({ document }: Artifact): string | undefined {
  return document.kind === 'image'
    ? (document.manifest.artifactType ?? document.manifest.config.mediaType)
    : document.manifest.artifactType;
}
