import * as z from 'zod/mini';
import { IN_ENGLISH } from '../../internal/english.ts';
import { JsonLimitError, parseJson } from '../../internal/parse-json.ts';
import { listed, printable } from '../../internal/quote.ts';
import { reasonOf } from '../../internal/reason.ts';
import { OciError, quote } from '../errors.ts';
import { digestOf } from '../name/content-digest.ts';
import {
  annotationsSchema,
  type Descriptor,
  descriptorSchema,
  orAbsent,
  orEmpty,
  type Platform,
} from './descriptor.ts';
import { isImageType, isIndexType, MEDIA_TYPES } from './media-types.ts';

/** The size limit of manifests in bytes; registries need not accept larger ones (distribution-spec v1.1.0, "Pushing Manifests"). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** The manifest of an image or artifact (image-spec v1.1.0, manifest.md). */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A list of manifests, usually one per platform (image-spec v1.1.0, image-index.md). */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string | undefined;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** An image manifest with its exact bytes and their descriptor. */
export interface ImageDocument {
  readonly kind: 'image';
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
}

/** An index with its exact bytes and their descriptor. */
export interface IndexDocument {
  readonly kind: 'index';
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  readonly manifest: ImageIndex;
}

/** A document that a registry stores under a tag or digest. */
export type ManifestDocument = ImageDocument | IndexDocument;

const common = {
  // Go ignores this field; the media type determines the format.
  schemaVersion: z.catch(z.literal(2), 2),
  mediaType: orAbsent(z.string()),
  artifactType: orAbsent(z.string()),
  subject: orAbsent(descriptorSchema),
  annotations: annotationsSchema,
};
const imageSchema = z.object({ ...common, config: descriptorSchema, layers: orEmpty(z.array(descriptorSchema), []) });
const indexSchema = z.object({ ...common, manifests: orEmpty(z.array(descriptorSchema), []) });

/**
 * Parses untrusted bytes as a manifest or index, without copying them. `contentType` is the header that the registry sent; a `mediaType`
 * in the document must be of the same kind. Throws `TOO_LARGE`, `INVALID_MANIFEST` or `UNSUPPORTED_MEDIA_TYPE`.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): ManifestDocument {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw new OciError('TOO_LARGE', `the manifest has more than ${MAX_MANIFEST_BYTES} bytes`);
  }
  const json = parseJsonObject(bytes, 'manifest');
  const mediaType = mediaTypeOf(json, contentType);
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const descriptor = { mediaType, size: content.byteLength, digest: digestOf(content) };
  if (isIndexType(mediaType)) {
    const manifest = { ...checked(indexSchema, json, 'index'), mediaType };
    return { kind: 'index', bytes: content, descriptor: describe(descriptor, manifest), manifest };
  }
  const manifest = { ...checked(imageSchema, json, 'manifest'), mediaType };
  return { kind: 'image', bytes: content, descriptor: describe(descriptor, manifest), manifest };
}

/** Encodes an image manifest without spaces, in the field order of the specification, with the escapes of Go. */
export function encodeManifest(manifest: ImageManifest): ImageDocument {
  const { schemaVersion, mediaType, artifactType, config, layers, subject, annotations } = manifest;
  const bytes = encodeJson({
    schemaVersion,
    mediaType,
    artifactType,
    config: ordered(config),
    layers: layers.map(ordered),
    subject: subject && ordered(subject),
    annotations: sortKeys(annotations),
  });
  return { kind: 'image', bytes, descriptor: describe(describeBytes(mediaType, bytes), manifest), manifest };
}

/** Encodes an index, as {@link encodeManifest} does. */
export function encodeIndex(manifest: ImageIndex): IndexDocument {
  const { schemaVersion, mediaType, artifactType, manifests, subject, annotations } = manifest;
  const bytes = encodeJson({
    schemaVersion,
    mediaType,
    artifactType,
    manifests: manifests.map(ordered),
    subject: subject && ordered(subject),
    annotations: sortKeys(annotations),
  });
  return { kind: 'index', bytes, descriptor: describe(describeBytes(mediaType, bytes), manifest), manifest };
}

/** The platform that Crossplane selects from an index, and the platform of a child without one. */
export const DEFAULT_PLATFORM: Platform = { os: 'linux', architecture: 'amd64' };

/**
 * Returns the first child of an index that runs on `platform`. A child without a platform counts as linux/amd64; a child with an empty
 * platform matches nothing, even if it is the only child, as in Crossplane. Throws `NO_PLATFORM`.
 */
export function choosePlatform(index: ImageIndex, platform: Platform = DEFAULT_PLATFORM): Descriptor {
  const child = index.manifests.find((candidate) => runsOn(candidate.platform ?? DEFAULT_PLATFORM, platform));
  if (child !== undefined) return child;
  const platforms = index.manifests.map((entry) => formatPlatform(entry.platform ?? DEFAULT_PLATFORM));
  throw new OciError(
    'NO_PLATFORM',
    `the index has no manifest for ${formatPlatform(platform)}: it has ${platforms.length === 0 ? 'no manifests' : listed(platforms)}`,
  );
}

/** Parses `os/architecture[/variant]`. Throws `INVALID_REFERENCE`. */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...rest] = text.split('/');
  if (!os || !architecture || variant === '' || rest.length > 0) {
    throw new OciError(
      'INVALID_REFERENCE',
      `invalid platform ${quote(text)}: must be os/architecture, such as linux/amd64`,
    );
  }
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

/** Formats a platform as `os/architecture[/variant]`, with "-" for an empty part. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os || '-', architecture || '-', ...(variant ? [variant] : [])].join('/');
}

/** Encodes JSON as Go's encoder does, which escapes `<`, `>`, `&` and the two line separators. */
export function encodeJson(value: unknown): Buffer {
  const escaped = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(escaped);
}

/** Parses untrusted bytes as a JSON object. Throws `INVALID_MANIFEST` or `TOO_LARGE`; `what` names the document in messages. */
export function parseJsonObject(bytes: Uint8Array, what: string): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(parseJson(bytes), IN_ENGLISH);
  } catch (error) {
    if (error instanceof JsonLimitError) {
      throw new OciError('TOO_LARGE', `cannot read the ${what}: ${error.message}`, { cause: error });
    }
    throw new OciError('INVALID_MANIFEST', `the ${what} must be a JSON object`, { cause: error });
  }
}

/** Checks untrusted JSON against `schema`. Throws `INVALID_MANIFEST` with the path of the first invalid field. */
export function checked<T>(schema: z.ZodMiniType<T>, json: unknown, what: string): T {
  const result = schema.safeParse(json, IN_ENGLISH);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  // It has the keys of annotations.
  const path = printable(issue?.path.join('.') || 'document');
  throw new OciError('INVALID_MANIFEST', `invalid ${what}: ${path}: ${issue?.message ?? reasonOf(result.error)}`, {
    cause: result.error,
  });
}

function mediaTypeOf(json: Readonly<Record<string, unknown>>, contentType: string | undefined): string {
  const inside = typeof json.mediaType === 'string' && json.mediaType !== '' ? json.mediaType : undefined;
  const outside = contentType?.split(';')[0]?.trim().toLowerCase();
  const announced = outside !== undefined && (isImageType(outside) || isIndexType(outside)) ? outside : undefined;
  if (announced !== undefined && inside !== undefined && !isSameKind(announced, inside)) {
    const message = `the manifest has the media type ${quote(inside)}, but the Content-Type ${quote(announced)}`;
    throw new OciError('INVALID_MANIFEST', message);
  }
  // The digest covers the type in the document, so that type takes precedence.
  const mediaType = inside ?? announced ?? guessType(json);
  if (!isImageType(mediaType) && !isIndexType(mediaType)) {
    const shown = inside ?? outside ?? 'unknown';
    throw new OciError(
      'UNSUPPORTED_MEDIA_TYPE',
      `unsupported manifest type ${quote(shown)} with schemaVersion ${quote(String(json.schemaVersion))}`,
    );
  }
  // A document must not be an image to one program and an index to another (image-spec v1.1.0, manifest.md, security note).
  if ('manifests' in json && ('layers' in json || 'config' in json)) {
    throw new OciError('INVALID_MANIFEST', 'the manifest must not have both "manifests" and "layers" or "config"');
  }
  return mediaType;
}

/** True for two image types or two index types, since those of Docker and OCI have the same fields. */
function isSameKind(one: string, other: string): boolean {
  return [isImageType, isIndexType].some((isOfKind) => isOfKind(one) && isOfKind(other));
}

function guessType(json: Readonly<Record<string, unknown>>): string {
  if (json.schemaVersion !== 2) return '';
  return 'manifests' in json ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest;
}

function describeBytes(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, size: bytes.byteLength, digest: digestOf(bytes) };
}

function describe(descriptor: Descriptor, { artifactType }: { artifactType?: string | undefined }): Descriptor {
  return artifactType === undefined ? descriptor : { ...descriptor, artifactType };
}

function ordered({ mediaType, size, digest, urls, annotations, platform, artifactType }: Descriptor): object {
  return {
    mediaType,
    size,
    digest,
    urls,
    annotations: sortKeys(annotations),
    platform: platform && {
      architecture: platform.architecture,
      os: platform.os,
      'os.version': platform['os.version'],
      'os.features': platform['os.features'],
      variant: platform.variant,
    },
    artifactType,
  };
}

function sortKeys(map: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  if (map === undefined) return undefined;
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
}

function runsOn(candidate: Platform, required: Platform): boolean {
  const features = candidate['os.features'] ?? [];
  return (
    candidate.os === required.os &&
    candidate.architecture === required.architecture &&
    (required.variant === undefined || candidate.variant === required.variant) &&
    (required['os.version'] === undefined || candidate['os.version'] === required['os.version']) &&
    (required['os.features'] ?? []).every((feature) => features.includes(feature))
  );
}
