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

/** The errors whose message says all that a user needs. */
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

/** Formats what ended the program `name` for its user: a message, or a stack trace where the program has a defect. */
export function formatError(name: string, error: unknown): string {
  return `${printableLines(`${name}: ${describe(error)}`)}\n`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (EXPECTED.some((type) => error instanceof type)) return error.message;
  return isSystemError(error) ? describeSystemError(error) : (error.stack ?? error.message);
}

/** An error of the operating system that no message was put around: what is written has one, so this is about reading. */
function describeSystemError(error: NodeJS.ErrnoException): string {
  const why = systemReason(error) ?? error.message;
  return error.path === undefined ? why : `cannot read ${error.path}: ${why}`;
}
