import { CacheError } from '../cache/errors.ts';
import { InputError } from '../function/api/input-error.ts';
import { FileError, isSystemError, WriteError } from '../internal/files/file-error.ts';
import { printableLines } from '../internal/quote.ts';
import { systemReason } from '../internal/reason.ts';
import { OciError } from '../oci/errors.ts';
import { RenderError } from '../render/errors.ts';
import { ServerError } from '../server/errors.ts';
import { XpkgError } from '../xpkg/errors.ts';
import { YamlError } from '../yaml/errors.ts';

/** The errors whose message is sufficient for users. */
const EXPECTED = [
  CacheError,
  FileError,
  InputError,
  OciError,
  RenderError,
  ServerError,
  WriteError,
  XpkgError,
  YamlError,
];

/** Formats the error that ended the program `name`: its message, or the stack trace of a defect of the program. */
export function formatError(name: string, error: unknown): string {
  return `${printableLines(`${name}: ${describe(error)}`)}\n`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (EXPECTED.some((type) => error instanceof type)) return error.message;
  return isSystemError(error) ? describeSystemError(error) : (error.stack ?? error.message);
}

/** Describes an error of the operating system that was not wrapped. It is about reading: all writes are wrapped. */
function describeSystemError(error: NodeJS.ErrnoException): string {
  const why = systemReason(error) ?? error.message;
  return error.path === undefined ? why : `cannot read ${error.path}: ${why}`;
}
