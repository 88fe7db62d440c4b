import * as z from 'zod/mini';
import { IN_ENGLISH } from '../../internal/english.ts';
import { JsonLimitError, parseJson } from '../../internal/parse-json.ts';
import { listed } from '../../internal/quote.ts';
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

/** Bytes of the largest manifest that is read; registries need not take larger ones (distribution-spec v1.1.0, "Pushing Manifests"). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** A manifest of one image or artifact (image-spec v1.1.0, manifest.md). */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A list of manifests, as a rule one per platform (image-spec v1.1.0, image-index.md). */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string | undefined;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** An image manifest with its exact bytes; the descriptor's digest and size are theirs. */
export interface ImageDocument {
  readonly kind: 'image';
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
}

/** An index with its exact bytes; the descriptor's digest and size are theirs. */
export interface IndexDocument {
  readonly kind: 'index';
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  readonly manifest: ImageIndex;
}

/** A document that a registry stores under a tag or digest. */
export type ManifestDocument = ImageDocument | IndexDocument;

const common = {
  // Go does not look at it: the media type decides.
  schemaVersion: z.catch(z.literal(2), 2),
  mediaType: orAbsent(z.string()),
  artifactType: orAbsent(z.string()),
  subject: orAbsent(descriptorSchema),
  annotations: annotationsSchema,
};
const imageSchema = z.object({ ...common, config: descriptorSchema, layers: orEmpty(z.array(descriptorSchema), []) });
const indexSchema = z.object({ ...common, manifests: orEmpty(z.array(descriptorSchema), []) });

/**
 * Reads untrusted bytes as a manifest or index and keeps them. `contentType` is what the registry said; the document's own `mediaType`
 * must be of the same kind. Throws `TOO_LARGE`, `INVALID_MANIFEST` or `UNSUPPORTED_MEDIA_TYPE`.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): ManifestDocument {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw new OciError('TOO_LARGE', `the manifest has more than ${MAX_MANIFEST_BYTES} bytes`);
  }
  const json = parseJsonObject(bytes, 'manifest');
  const mediaType = mediaTypeOf(json, contentType);
  const kept = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const descriptor = { mediaType, size: kept.byteLength, digest: digestOf(kept) };
  if (isIndexType(mediaType)) {
    const manifest = { ...checked(indexSchema, json, 'index'), mediaType };
    return { kind: 'index', bytes: kept, descriptor: describe(descriptor, manifest), manifest };
  }
  const manifest = { ...checked(imageSchema, json, 'manifest'), mediaType };
  return { kind: 'image', bytes: kept, descriptor: describe(descriptor, manifest), manifest };
}

/** Encodes an image manifest: no spaces, the specification's field order, and the characters Go escapes escaped. */
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

/** The platform Crossplane takes from an index, and what a child without a platform counts as. */
export const DEFAULT_PLATFORM: Platform = { os: 'linux', architecture: 'amd64' };

/**
 * Picks the first child of an index that runs on `platform`. A child without a platform counts as linux/amd64; one whose platform is
 * empty matches nothing, even when it is the only child, as in Crossplane. Throws `NO_PLATFORM`.
 */
export function choosePlatform(index: ImageIndex, platform: Platform = DEFAULT_PLATFORM): Descriptor {
  const child = index.manifests.find((candidate) => runsOn(candidate.platform ?? DEFAULT_PLATFORM, platform));
  if (child !== undefined) return child;
  const there = index.manifests.map((entry) => formatPlatform(entry.platform ?? DEFAULT_PLATFORM));
  throw new OciError(
    'NO_PLATFORM',
    `the index has no child for ${formatPlatform(platform)}: it has ${there.length === 0 ? 'none at all' : listed(there)}`,
  );
}

/** Parses `os/architecture[/variant]`. Throws `INVALID_REFERENCE`. */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...rest] = text.split('/');
  if (!os || !architecture || variant === '' || rest.length > 0) {
    throw new OciError(
      'INVALID_REFERENCE',
      `invalid platform ${quote(text)}: want os/architecture, such as linux/amd64`,
    );
  }
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

/** Writes a platform as `os/architecture[/variant]`; empty parts show as "-". */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os || '-', architecture || '-', ...(variant ? [variant] : [])].join('/');
}

/** Encodes JSON as Go's encoder does: `<`, `>`, `&` and the two line separators are escaped. */
export function encodeJson(value: unknown): Buffer {
  const escaped = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(escaped);
}

/** Reads untrusted bytes as one JSON object. Throws `INVALID_MANIFEST` or `TOO_LARGE`, naming `what`. */
export function parseJsonObject(bytes: Uint8Array, what: string): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(parseJson(bytes), IN_ENGLISH);
  } catch (error) {
    if (error instanceof JsonLimitError) {
      throw new OciError('TOO_LARGE', `cannot read the ${what}: ${error.message}`, { cause: error });
    }
    throw new OciError('INVALID_MANIFEST', `the ${what} is not a JSON object`, { cause: error });
  }
}

/** Checks untrusted JSON against `schema`. Throws `INVALID_MANIFEST` with the path of the first field that is wrong. */
export function checked<T>(schema: z.ZodMiniType<T>, json: unknown, what: string): T {
  const result = schema.safeParse(json, IN_ENGLISH);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') || 'document';
  throw new OciError(
    'INVALID_MANIFEST',
    `the ${what} is invalid at ${quote(path)}: ${issue?.message ?? reasonOf(result.error)}`,
    {
      cause: result.error,
    },
  );
}

function mediaTypeOf(json: Readonly<Record<string, unknown>>, contentType: string | undefined): string {
  const inside = typeof json.mediaType === 'string' && json.mediaType !== '' ? json.mediaType : undefined;
  const outside = contentType?.split(';')[0]?.trim().toLowerCase();
  const said = outside !== undefined && (isImageType(outside) || isIndexType(outside)) ? outside : undefined;
  if (said !== undefined && inside !== undefined && !isSameKind(said, inside)) {
    throw new OciError('INVALID_MANIFEST', `the manifest is of type ${quote(inside)}, but was sent as ${quote(said)}`);
  }
  // The digest is of what is inside.
  const mediaType = inside ?? said ?? guessType(json);
  if (!isImageType(mediaType) && !isIndexType(mediaType)) {
    const shown = inside ?? outside ?? 'unknown';
    throw new OciError(
      'UNSUPPORTED_MEDIA_TYPE',
      `cannot read a manifest of type ${quote(shown)}, schemaVersion ${quote(String(json.schemaVersion))}`,
    );
  }
  // One document must not be an image for one reader and an index for another (image-spec v1.1.0, manifest.md, security note).
  if ('manifests' in json && ('layers' in json || 'config' in json)) {
    throw new OciError('INVALID_MANIFEST', 'the manifest has both "manifests" and "layers" or "config"');
  }
  return mediaType;
}

/** True for two types of images, or two of indexes: Docker's and OCI's have the same fields. */
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

function runsOn(candidate: Platform, wanted: Platform): boolean {
  const features = candidate['os.features'] ?? [];
  return (
    candidate.os === wanted.os &&
    candidate.architecture === wanted.architecture &&
    (wanted.variant === undefined || candidate.variant === wanted.variant) &&
    (wanted['os.version'] === undefined || candidate['os.version'] === wanted['os.version']) &&
    (wanted['os.features'] ?? []).every((feature) => features.includes(feature))
  );
}
