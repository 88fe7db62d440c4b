import { concatBytes, utf8Length } from '../../internal/bytes/bytes.ts';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import { quote } from '../../internal/quote.ts';
import { trim } from '../../internal/trim.ts';
import { CacheError } from '../errors.ts';
import {
  type ArtifactId,
  chunkBytes,
  countChunks,
  formatManifest,
  isFileName,
  MAX_MANIFEST_BYTES,
  parseManifest,
  type SetManifest,
} from './manifest.ts';

/** The API server's limit for one ConfigMap, over all its data (Kubernetes v1.34, MaxSecretSize of pkg/apis/core). */
export const MAX_CONFIG_MAP_BYTES = 1_048_576;
/** The maximum size of a chunk that fits into a ConfigMap together with a manifest. */
export const MAX_CHUNK_BYTES = MAX_CONFIG_MAP_BYTES - MAX_MANIFEST_BYTES;
export const MIN_CHUNK_BYTES = 1_024;
/** The default chunk size. */
export const DEFAULT_CHUNK_BYTES = 786_432;

/** A file to split. */
export interface Content {
  /** The name in the cache, see {@link isFileName}. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly artifact?: ArtifactId | undefined;
}

/** A part of a set, for one ConfigMap or one file of a directory. */
export interface Chunk {
  readonly index: number;
  /** The name of the file with the bytes: the content's own if the set has one chunk, otherwise `<set>.<index>`. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** The file name and text of the manifest, in the first chunk only. */
  readonly manifest?: { readonly file: string; readonly text: string } | undefined;
}

/** Content that is split into chunks. */
export interface ChunkSet {
  /** The name of the set, unique for the content and its manifest. At most 63 characters. */
  readonly name: string;
  readonly manifest: SetManifest;
  readonly chunks: readonly Chunk[];
}

/** Options for splitting content. */
export interface SplitOptions {
  /** The prefix of the set's name, which describes the content. It is converted to a DNS label. */
  readonly base: string;
  /** The size of a chunk, {@link MIN_CHUNK_BYTES} to {@link MAX_CHUNK_BYTES}. Default {@link DEFAULT_CHUNK_BYTES}. */
  readonly chunkSize?: number | undefined;
}

/** Splits content into chunks of equal size, except the last. The chunks are views of the content's bytes. Throws {@link CacheError}. */
export function splitContent({ file, bytes, artifact }: Content, options: SplitOptions): ChunkSet {
  const { base, chunkSize = DEFAULT_CHUNK_BYTES } = options;
  if (!isFileName(file))
    throw new CacheError('INVALID_OPTION', `invalid file name ${quote(file)}: it must be a plain file name`);
  checkChunkSize(chunkSize);
  const views = Array.from({ length: countChunks(bytes.byteLength, chunkSize) }, (_, index) =>
    bytes.subarray(index * chunkSize, (index + 1) * chunkSize),
  );
  const sums = views.map(sha256Hex);
  const sha256 = sums.length === 1 ? (sums[0] ?? '') : sha256Hex(bytes);
  const manifest: SetManifest = { version: 1, file, size: bytes.byteLength, sha256, chunkSize, chunks: sums, artifact };
  const text = formatManifest(manifest);
  if (utf8Length(text) > MAX_MANIFEST_BYTES) {
    throw new CacheError(
      'TOO_LARGE',
      `cannot split ${file}: ${sums.length} chunks of ${chunkSize} bytes do not fit into a manifest; use a larger chunk size, at most ${MAX_CHUNK_BYTES}`,
    );
  }
  const name = setName(base, text);
  const chunks = views.map((view, index) => ({
    index,
    file: chunkFile(name, manifest, index),
    bytes: view,
    manifest: index === 0 ? { file: manifestFile(name), text } : undefined,
  }));
  return { name, manifest, chunks };
}

/** Throws `INVALID_OPTION` for a chunk size that is too small, or does not fit into a ConfigMap. */
export function checkChunkSize(chunkSize: number): void {
  if (Number.isInteger(chunkSize) && chunkSize >= MIN_CHUNK_BYTES && chunkSize <= MAX_CHUNK_BYTES) return;
  throw new CacheError(
    'INVALID_OPTION',
    `invalid chunk size ${chunkSize}: it must be ${MIN_CHUNK_BYTES} to ${MAX_CHUNK_BYTES} bytes`,
  );
}

/** Returns the name of the file with the chunk at `index` of a set. */
export function chunkFile(set: string, manifest: SetManifest, index: number): string {
  return manifest.chunks.length === 1 ? manifest.file : `${set}.${String(index).padStart(3, '0')}`;
}

/** Returns the name of the file with the manifest of a set. */
export function manifestFile(set: string): string {
  return `${set}.json`;
}

const SET_NAME = /^([a-z0-9](?:[a-z0-9-]{0,43}[a-z0-9])?-)?[0-9a-f]{16}$/;

/** True for text that is a valid name of a set. */
export function isSetName(text: string): boolean {
  return SET_NAME.test(text);
}

/**
 * Parses the manifest of the set `name`, and checks that the name is derived from it, so that a set cannot have the manifest of another.
 * Throws `INVALID_MANIFEST`.
 */
export function readSetManifest(name: string, text: string, where: string): SetManifest {
  const manifest = parseManifest(text, where);
  if (isNamedAfter(name, manifest)) return manifest;
  throw new CacheError(
    'INVALID_MANIFEST',
    `cannot read the manifest ${where}: the name ${name} is not derived from it`,
  );
}

/** True when the name of a set is derived from the manifest. */
export function isNamedAfter(name: string, manifest: SetManifest): boolean {
  return isSetName(name) && name.endsWith(hashOf(baseOf(name), formatManifest(manifest)));
}

/** Returns the error for a chunk whose bytes are not those that the manifest describes at `index`; otherwise undefined. */
export function chunkProblem(manifest: SetManifest, index: number, bytes: Uint8Array): CacheError | undefined {
  const sum = sha256Hex(bytes);
  if (sum === manifest.chunks[index] && bytes.byteLength === chunkBytes(manifest, index)) return undefined;
  const other = manifest.chunks.indexOf(sum);
  return other >= 0
    ? new CacheError('SWAPPED', `cannot join ${manifest.file}: chunk ${index} has the content of chunk ${other}`)
    : new CacheError(
        'CHECKSUM_MISMATCH',
        `cannot join ${manifest.file}: chunk ${index} has sha256 ${sum}, expected ${manifest.chunks[index] ?? 'no such chunk'}`,
      );
}

/** Joins the chunks of a set, given in order. Throws `INCOMPLETE`, `SWAPPED` and `CHECKSUM_MISMATCH`. */
export function joinChunks(manifest: SetManifest, chunks: readonly (Uint8Array | undefined)[]): Uint8Array {
  const missing = missingChunks(manifest, (index) => chunks[index] !== undefined);
  if (missing) throw missing;
  const parts = chunks.slice(0, manifest.chunks.length).map((chunk) => chunk ?? new Uint8Array(0));
  for (const [index, bytes] of parts.entries()) {
    const problem = chunkProblem(manifest, index, bytes);
    if (problem) throw problem;
  }
  return concatBytes(parts);
}

/** Returns the error for a set that lacks chunks, or undefined if `has` is true for all. */
export function missingChunks(manifest: SetManifest, has: (index: number) => boolean): CacheError | undefined {
  const missing = manifest.chunks.flatMap((_, index) => (has(index) ? [] : [index]));
  if (missing.length === 0) return undefined;
  const count = manifest.chunks.length;
  const shown = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '');
  return new CacheError(
    'INCOMPLETE',
    `cannot join ${manifest.file}: ${missing.length} of ${count} chunks are missing: ${shown}`,
  );
}

const MAX_BASE = 45;

/** Returns the name of the set that {@link splitContent} creates with this base and manifest. */
export function setNameOf(base: string, manifest: SetManifest): string {
  return setName(base, formatManifest(manifest));
}

/** Returns `base` with a hash of base and manifest. */
function setName(base: string, manifest: string): string {
  const words = base.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const label = trim(words.slice(0, MAX_BASE), '-');
  const hash = hashOf(label, manifest);
  return label === '' ? hash : `${label}-${hash}`;
}

function baseOf(name: string): string {
  return name.slice(0, Math.max(0, name.length - 17));
}

function hashOf(base: string, manifest: string): string {
  return sha256Hex(`${base}\0${manifest}`).slice(0, 16);
}
