import { CacheError, type CacheErrorCode, isCacheError } from '../errors.ts';
import { missingChunks, readSetManifest } from '../sets/chunks.ts';
import type { SetManifest } from '../sets/manifest.ts';
import type { Trust } from './trust.ts';

/** Bytes that are read on demand. */
export interface ChunkSource {
  /** The location for messages: a path, or `namespace/name`. */
  readonly where: string;
  open(): AsyncIterable<Uint8Array>;
}

/** The origin of a candidate. */
export interface Origin {
  /** The namespace or the directory. */
  readonly origin: string;
  readonly trust: Trust;
  /** The owner of the placed file: a loader removes only files of its owners. */
  readonly owner: string;
  /** A hash that changes whenever the set changes; undefined if changes cannot be detected. */
  readonly signature?: string | undefined;
}

/** A file that may be placed in the cache. */
export interface Candidate extends Origin {
  /** The name of the set, or of the file that is not part of one. */
  readonly name: string;
  readonly where: string;
  readonly manifest: SetManifest;
  /** Its chunks in order. */
  readonly parts: readonly ChunkSource[];
  /** A note for users of the file. */
  readonly note?: string | undefined;
}

/** The reason why a set or file cannot be placed. */
export interface Rejection {
  readonly name: string;
  readonly where: string;
  readonly code: CacheErrorCode;
  readonly message: string;
  /** The origin that could not be read completely: no file from there is removed. */
  readonly hides?: string | undefined;
}

/** The parts found of one set. */
export interface FoundSet extends Origin {
  readonly name: string;
  readonly where: string;
  /** The manifest or its text; undefined when it is missing. */
  readonly manifest: SetManifest | string | undefined;
  /** Returns all parts that claim to be the chunk at `index`. */
  chunksAt(index: number, manifest: SetManifest): readonly ChunkSource[];
}

/** Assembles a candidate from the parts of a set, without reading its chunks. */
export function assemble(found: FoundSet): Candidate | Rejection {
  try {
    return candidateOf(found);
  } catch (error) {
    return rejectionOf(found.name, found.where, error);
  }
}

/** Converts a {@link CacheError} to a rejection; rethrows other errors. */
export function rejectionOf(name: string, where: string, error: unknown): Rejection {
  if (!isCacheError(error)) throw error;
  return { name, where, code: error.code, message: error.message };
}

/** Distinguishes candidates from rejections. */
export function isCandidate(value: Candidate | Rejection): value is Candidate {
  return 'manifest' in value;
}

function candidateOf({ name, where, manifest: given, chunksAt, ...rest }: FoundSet): Candidate {
  if (given === undefined) {
    throw new CacheError(
      'INCOMPLETE',
      `cannot join ${name}: its manifest is missing; the ConfigMap with chunk 0 has it`,
    );
  }
  const manifest = typeof given === 'string' ? readSetManifest(name, given, `of ${name} in ${where}`) : given;
  const found = manifest.chunks.map((_, index) => chunksAt(index, manifest));
  const missing = missingChunks(manifest, (index) => (found[index]?.length ?? 0) > 0);
  if (missing) throw missing;
  const parts = found.map((candidates, index) => {
    const [part, other] = candidates;
    if (part === undefined || other !== undefined) {
      const places = candidates.slice(0, 2).map((candidate) => candidate.where);
      throw new CacheError(
        'DUPLICATE_CHUNK',
        `cannot join ${manifest.file}: chunk ${index} is in both ${places.join(' and ')}`,
      );
    }
    return part;
  });
  const { origin, trust, owner, signature } = rest;
  return { name, where, manifest, parts, origin, trust, owner, signature };
}
