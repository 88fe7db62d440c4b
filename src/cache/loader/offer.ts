import { CacheError, type CacheErrorCode, isCacheError } from '../errors.ts';
import { missingChunks, readSetManifest } from '../sets/chunks.ts';
import type { SetManifest } from '../sets/manifest.ts';
import type { Trust } from './trust.ts';

/** Bytes that stand somewhere, to be read when they are wanted. */
export interface Part {
  /** For messages: a path, or `namespace/name`. */
  readonly where: string;
  open(): AsyncIterable<Uint8Array>;
}

/** The origin of an offer. */
export interface Origin {
  /** The namespace or the directory. */
  readonly origin: string;
  readonly trust: Trust;
  /** Names whose file it becomes: a loader removes only what its owners placed. */
  readonly owner: string;
  /** Changes whenever the set changes; undefined when changes cannot be detected. */
  readonly signature?: string | undefined;
}

/** A file that may be placed in the cache. */
export interface Offer extends Origin {
  /** Name of the set, or of the file where it came as such. */
  readonly name: string;
  readonly where: string;
  readonly manifest: SetManifest;
  /** Its chunks in order. */
  readonly parts: readonly Part[];
  /** A note for users of the file. */
  readonly note?: string | undefined;
}

/** The reason why something found cannot be placed. */
export interface Refusal {
  readonly name: string;
  readonly where: string;
  readonly code: CacheErrorCode;
  readonly message: string;
  /** The origin whose sets are not all known for this reason: nothing that came from there is removed. */
  readonly hides?: string | undefined;
}

/** The parts found of one set. */
export interface FoundSet extends Origin {
  readonly name: string;
  readonly where: string;
  /** The manifest or its text; undefined when it is missing. */
  readonly manifest: SetManifest | string | undefined;
  /** Everything that says it is the chunk at `index`. */
  chunksAt(index: number, manifest: SetManifest): readonly Part[];
}

/** Puts an offer together from what was found of a set, without reading its chunks. */
export function assemble(found: FoundSet): Offer | Refusal {
  try {
    return offerOf(found);
  } catch (error) {
    return refusalOf(found.name, found.where, error);
  }
}

/** Tells a {@link CacheError} as a refusal; other errors are thrown on. */
export function refusalOf(name: string, where: string, error: unknown): Refusal {
  if (!isCacheError(error)) throw error;
  return { name, where, code: error.code, message: error.message };
}

export function isOffer(value: Offer | Refusal): value is Offer {
  return 'manifest' in value;
}

function offerOf({ name, where, manifest: given, chunksAt, ...rest }: FoundSet): Offer {
  if (given === undefined) {
    throw new CacheError('INCOMPLETE', `cannot join ${name}: its manifest is missing; it comes with chunk 0`);
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
        `cannot join ${manifest.file}: chunk ${index} is there twice, in ${places.join(' and ')}`,
      );
    }
    return part;
  });
  const { origin, trust, owner, signature } = rest;
  return { name, where, manifest, parts, origin, trust, owner, signature };
}
