/** The error for a file that must not be read. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: 'NOT_REGULAR_FILE' | 'FILE_TOO_LARGE';
  /** The reason, without the path. */
  readonly reason: string;

  constructor(code: FileError['code'], path: string, reason: string) {
    super(`cannot read ${printable(path)}: ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}

/** The error for a file that cannot be written, with the code and system call of its cause, the file system's error. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
  readonly code: string;
  readonly syscall: string;
  /** The reason, without the path. */
  readonly reason: string;

  constructor(path: string, cause: NodeJS.ErrnoException, reason = reasonToWrite(cause)) {
    const { code = '', syscall = '' } = cause;
    super(`cannot write ${printable(path)}: ${reason}`, { cause });
    this.code = code;
    this.syscall = syscall;
    this.reason = reason;
  }
}

const PLACE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
};

function reasonToWrite({ code = '', message }: NodeJS.ErrnoException): string {
  return writeProblem(code)?.reason ?? PLACE_REASONS[code] ?? message;
}

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const READ_ONLY = ['EROFS', 'EACCES', 'EPERM'];

/** Returns the reason why no file can be written, by the code of a failed system call; undefined for other codes. */
export function writeProblem(
  code: string,
): { readonly kind: 'FULL' | 'READ_ONLY'; readonly reason: string } | undefined {
  if (FULL.includes(code)) return { kind: 'FULL', reason: `the disk is full (${code})` };
  return READ_ONLY.includes(code) ? { kind: 'READ_ONLY', reason: `it is not writable (${code})` } : undefined;
}

/** True for errors of the operating system, such as a full disk. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}

/** True for the file system's error that a file or directory does not exist. */
export function isMissing(error: unknown): error is NodeJS.ErrnoException {
  return isSystemError(error) && error.code === 'ENOENT';
}

/** Escapes control characters: names of files may contain terminal escape sequences. */
function printable(path: string): string {
  return path.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
