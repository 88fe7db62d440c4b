import { FileError, isSystemError, writeProblem } from '../internal/files/file-error.ts';
import { printableLines } from '../internal/quote.ts';
import { reasonOf } from '../internal/reason.ts';

/** Identifies the kind of error. Tests and callers compare the code, never the message. */
export type CacheErrorCode =
  /** A manifest that is not what a set of chunks begins with, or one that names a file outside the cache. */
  | 'INVALID_MANIFEST'
  /** A ConfigMap or chunk file that belongs to no set that can be read. */
  | 'INVALID_MEMBER'
  /** A set without its manifest or without some of its chunks. */
  | 'INCOMPLETE'
  /** A set with a chunk that is there twice. */
  | 'DUPLICATE_CHUNK'
  /** A set whose chunks stand in each other's place. */
  | 'SWAPPED'
  /** Bytes that do not have the sha256 sum they should have. */
  | 'CHECKSUM_MISMATCH'
  /** Two different contents that Crossplane would look for under one file name. */
  | 'CONFLICT'
  /** A file of the same name that was not placed by this loader's owner. */
  | 'NOT_OURS'
  /** Content of a source that its namespace may not carry. */
  | 'UNTRUSTED'
  /** More bytes than a limit allows. */
  | 'TOO_LARGE'
  /** The disk is full. */
  | 'FULL'
  /** The target cannot be written. */
  | 'READ_ONLY'
  /** Any other file-system error. */
  | 'IO'
  /** The Kubernetes API refused or did not answer. */
  | 'API'
  /** Another program is changing the same set. */
  | 'BUSY'
  /** An option or argument that cannot be used. */
  | 'INVALID_OPTION';

/** A message may name many packages of a set. */
const MAX_MESSAGE_LENGTH = 16_384;

/** An error of src/cache. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(printableLines(message, MAX_MESSAGE_LENGTH), options);
    this.code = code;
  }
}

/** True when `error` is a {@link CacheError} with one of `codes`. */
export function isCacheError(error: unknown, ...codes: readonly CacheErrorCode[]): error is CacheError {
  return error instanceof CacheError && (codes.length === 0 || codes.includes(error.code));
}

/** A file-system error, reported as "cannot <what>: <why>"; other errors come back as they are. */
export function fileError(what: string, error: unknown): unknown {
  if (error instanceof FileError) {
    const fileCode = error.code === 'FILE_TOO_LARGE' ? 'TOO_LARGE' : 'IO';
    return new CacheError(fileCode, `cannot ${what}: ${error.reason}`, { cause: error });
  }
  const code = errnoOf(error);
  if (!(error instanceof Error) || code === undefined) return error;
  const { kind, reason } = writeProblem(code) ?? { kind: 'IO', reason: reasonOf(error) };
  return new CacheError(kind, `cannot ${what}: ${reason}`, { cause: error });
}

/** The code of a failed system call, such as ENOENT; undefined for other errors. */
export function errnoOf(error: unknown): string | undefined {
  return isSystemError(error) ? error.code : undefined;
}
