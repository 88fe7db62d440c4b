import { FileError, isSystemError, writeProblem } from '../internal/files/file-error.ts';
import { printableLines } from '../internal/quote.ts';
import { reasonOf } from '../internal/reason.ts';

/** Identifies the kind of error. Tests and callers compare the code, never the message. */
export type CacheErrorCode =
  /** A manifest that is malformed, or that names a file outside the cache. */
  | 'INVALID_MANIFEST'
  /** A ConfigMap, file or object that does not belong to a valid set. */
  | 'INVALID_MEMBER'
  /** A set without its manifest or without some of its chunks. */
  | 'INCOMPLETE'
  /** A set that has a chunk twice. */
  | 'DUPLICATE_CHUNK'
  /** A set whose chunks are swapped. */
  | 'SWAPPED'
  /** Bytes whose SHA-256 is not the expected one. */
  | 'CHECKSUM_MISMATCH'
  /** Two different contents that have one file name in Crossplane's cache. */
  | 'CONFLICT'
  /** A file of the same name that another owner placed. */
  | 'NOT_OURS'
  /** Content of a source that its namespace is not allowed to provide. */
  | 'UNTRUSTED'
  /** More bytes than a limit allows. */
  | 'TOO_LARGE'
  /** The disk is full. */
  | 'FULL'
  /** The target cannot be written. */
  | 'READ_ONLY'
  /** Any other file-system error. */
  | 'IO'
  /** The Kubernetes API refused a request or did not respond. */
  | 'API'
  /** Another program is changing the same set. */
  | 'BUSY'
  /** An invalid option or argument. */
  | 'INVALID_OPTION';

/** The maximum length of a message, which may name many packages of a set. */
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

/** The actions on files, true for those that write: only they fail because a disk is full or read-only. */
const WRITES = {
  read: false,
  check: false,
  list: false,
  use: false,
  create: true,
  link: true,
  place: true,
  remove: true,
  store: true,
  touch: true,
  write: true,
} as const;

/** An action on a file or directory, as messages name it. */
export type FileAction = keyof typeof WRITES;

/** Converts a file-system error to "cannot <action> <what>: <why>"; returns other errors unchanged. */
export function fileError(action: FileAction, what: string, error: unknown): unknown {
  const failed = `cannot ${action} ${what}`;
  if (error instanceof FileError) {
    const fileCode = error.code === 'FILE_TOO_LARGE' ? 'TOO_LARGE' : 'IO';
    return new CacheError(fileCode, `${failed}: ${error.reason}`, { cause: error });
  }
  const code = errnoOf(error);
  if (!(error instanceof Error) || code === undefined) return error;
  const problem = WRITES[action] ? writeProblem(code) : undefined;
  const { kind, reason } = problem ?? { kind: 'IO', reason: reasonOf(error) };
  return new CacheError(kind, `${failed}: ${reason}`, { cause: error });
}

/** Returns the code of a failed system call, such as ENOENT; undefined for other errors. */
export function errnoOf(error: unknown): string | undefined {
  return isSystemError(error) ? error.code : undefined;
}
