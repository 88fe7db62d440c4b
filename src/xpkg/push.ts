import { quote } from '../internal/quote.ts';
import { reasonOf } from '../internal/reason.ts';
import {
  type Artifact,
  type BlobSource,
  buildImage,
  buildIndex,
  bytesBlob,
  cosignTag,
  type Descriptor,
  encodeManifest,
  formatPlatform,
  formatReference,
  type Image,
  type ImageManifest,
  isOciError,
  MEDIA_TYPES,
  type Platform,
  type PushOptions,
  parseImageConfig,
  parseReference,
  pushArtifact,
  type Reference,
  type RegistryClient,
  readConfig,
  withAnnotations,
} from '../oci/index.ts';
import { XpkgError } from './errors.ts';
import { ANNOTATION } from './format.ts';
import { layerMark } from './read-package.ts';

/** The media type of a software bill of materials in SPDX's JSON form. */
export const SPDX_MEDIA_TYPE = 'application/spdx+json';

/** A package file to push. */
export interface PackageImage {
  /** The path of the file, for messages. */
  readonly path: string;
  readonly image: Image;
  /** An SPDX document to attach to the image. */
  readonly sbom?: Uint8Array;
}

/** Parses the reference under which a package is pushed: registry, repository and tag, all required. Throws `INVALID_ARGUMENT`. */
export function parseTarget(text: string): Reference & { readonly tag: string } {
  const fail = (what: string, cause?: unknown) =>
    new XpkgError('INVALID_ARGUMENT', `${what}; must be REGISTRY/REPOSITORY:TAG`, { cause });
  const invalid = (why: string) => fail(`invalid image reference ${quote(text)}: ${why}`);
  let reference: Reference;
  try {
    reference = parseReference(text, 'strict');
  } catch (error) {
    throw fail(reasonOf(error), error);
  }
  if (reference.digest !== undefined) throw invalid('must not have a digest');
  if (reference.tag === undefined) throw invalid('the tag is missing');
  return { ...reference, tag: reference.tag };
}

/** Options of {@link pushPackages}. */
export interface PushPackagesOptions extends PushOptions {
  /** Annotations to add to the manifests. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Receives a line for the user if a package is pushed in another way than usual. */
  readonly onNote?: ((line: string) => void) | undefined;
}

/**
 * Pushes one package under its tag, or several as an index of platforms, with layer annotations derived from the config labels. Returns the
 * descriptor of what was pushed. Throws `INVALID_PLATFORMS` for files that cannot form an index, `SBOM_NOT_ATTACHED` if only attaching
 * failed, and OciError for errors of the registry.
 */
export async function pushPackages(
  client: RegistryClient,
  target: Reference,
  packages: readonly PackageImage[],
  { annotations, onNote, ...options }: PushPackagesOptions = {},
): Promise<Descriptor> {
  const children = await Promise.all(packages.map((file) => toChild(file, annotations)));
  const [first, ...others] = children;
  if (first === undefined)
    throw new XpkgError('INVALID_ARGUMENT', 'cannot push: at least one package file is required');
  const artifact = others.length === 0 ? first.artifact : indexOf(children, annotations);
  await pushArtifact(client, target, artifact, options);
  const { descriptor } = artifact.document;
  for (const { artifact: image, sbom } of children) {
    if (sbom === undefined) continue;
    try {
      await pushSbom(client, target, image, sbom, { ...options, onNote });
    } catch (error) {
      const pushed = `pushed ${formatReference({ ...target, digest: descriptor.digest })}`;
      const why = `${pushed}, but cannot attach the SBOM of ${image.document.descriptor.digest}: ${reasonOf(error)}`;
      throw new XpkgError('SBOM_NOT_ATTACHED', why, { cause: error });
    }
  }
  return descriptor;
}

/** Returns the image of a package file as it is in a registry: with layer annotations for its config labels. */
export async function packageImage(image: Image, annotations?: Readonly<Record<string, string>>): Promise<Image> {
  const bytes = await readConfig(image);
  const config = parseImageConfig(bytes);
  const layers = image.layers.map((layer) => {
    const mark = layerMark(layer, config);
    return mark === undefined ? layer : withAnnotations(layer, { [ANNOTATION]: mark });
  });
  const hasAny = annotations !== undefined && Object.keys(annotations).length > 0;
  return buildImage({ config: bytes, layers, ...(hasAny ? { annotations } : {}) });
}

interface Child {
  readonly path: string;
  readonly artifact: Image;
  readonly platform: Platform;
  readonly sbom: Uint8Array | undefined;
}

async function toChild(
  { path, image, sbom }: PackageImage,
  annotations?: Readonly<Record<string, string>>,
): Promise<Child> {
  const artifact = await packageImage(image, annotations);
  const config = parseImageConfig(await readConfig(image));
  const version = config['os.version'];
  const platform = {
    architecture: config.architecture,
    os: config.os,
    ...(version ? { 'os.version': version } : {}),
  };
  return { path, artifact, platform, sbom };
}

function indexOf(children: readonly Child[], annotations?: Readonly<Record<string, string>>): Artifact {
  const seen = new Map<string, string>();
  for (const { path, platform } of children) {
    if (platform.os === '' || platform.architecture === '') {
      throw new XpkgError(
        'INVALID_PLATFORMS',
        `cannot push ${path} in an index: platform is missing; push the file alone`,
      );
    }
    const key = `${formatPlatform(platform)} ${platform['os.version'] ?? ''}`.trim();
    const other = seen.get(key);
    if (other !== undefined) {
      throw new XpkgError('INVALID_PLATFORMS', `cannot push ${path} in an index: ${other} is also for ${key}`);
    }
    seen.set(key, path);
  }
  const hasAny = annotations !== undefined && Object.keys(annotations).length > 0;
  return buildIndex(children, hasAny ? annotations : undefined);
}

/** Statuses of registries that do not accept manifests with a subject or an artifact type. */
const NO_SUBJECT = new Set([400, 404, 405, 406, 415, 422, 500, 501]);

/**
 * Attaches a document to a pushed image, as an artifact that refers to the image (image-spec v1.1.0, "Guidelines for Artifact Usage"). If
 * the registry rejects that, the document is pushed under the tag under which cosign looks for it.
 */
async function pushSbom(
  client: RegistryClient,
  target: Reference,
  subject: Image,
  sbom: Uint8Array,
  { onNote, ...options }: PushPackagesOptions,
): Promise<void> {
  const { registry, repository } = target;
  const { mediaType, digest, size } = subject.document.descriptor;
  const layer = bytesBlob(SPDX_MEDIA_TYPE, sbom);
  const referrer = documentImage(MEDIA_TYPES.ociEmpty, layer, {
    artifactType: SPDX_MEDIA_TYPE,
    subject: { mediaType, digest, size },
  });
  try {
    const reference = { registry, repository, digest: referrer.document.descriptor.digest };
    return await pushArtifact(client, reference, referrer, options);
  } catch (error) {
    if (!isOciError(error) || !NO_SUBJECT.has(error.status ?? 0)) throw error;
  }
  const tag = cosignTag(digest, 'sbom');
  await pushArtifact(client, { registry, repository, tag }, documentImage(MEDIA_TYPES.ociConfig, layer, {}), options);
  onNote?.(
    `the registry does not accept manifests with a subject; pushed the SBOM as ${registry}/${repository}:${tag}`,
  );
}

function documentImage(
  configType: string,
  layer: BlobSource,
  fields: Pick<ImageManifest, 'artifactType' | 'subject'>,
): Image {
  const config = bytesBlob(configType, Buffer.from('{}'));
  const document = encodeManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    ...fields,
    config: config.descriptor,
    layers: [layer.descriptor],
  });
  return { kind: 'image', document, config, layers: [layer] };
}
