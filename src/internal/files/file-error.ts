/** A file that is refused before it is read. */
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

/** Names of files may hold sequences that move a terminal's cursor. */
function printable(path: string): string {
  return path.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
