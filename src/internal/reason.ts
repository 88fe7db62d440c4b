import { isSystemError, WriteError } from './files/file-error.ts';

/** The reasons for error codes of the operating system. The message that contains one names the file. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'it already exists',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of the path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
};

/** Returns the message of any error, as the reason in another message. Errors of the operating system are described in plain words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return systemReason(error) ?? error.message;
}

/** Describes why a system call failed; undefined for errors whose own message is better. */
export function systemReason(error: Error): string | undefined {
  if (error instanceof WriteError) return error.reason;
  if (!isSystemError(error)) return undefined;
  if (error.code === 'ENOTFOUND' && 'hostname' in error) return `no such host: ${String(error.hostname)}`;
  return SYSTEM_REASONS[String(error.code)];
}
