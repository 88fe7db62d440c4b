import { CacheError } from '../cache/errors.ts';
import { InputError } from '../function/api/input-error.ts';
import { FileError, isSystemError } from '../internal/files/file-error.ts';
import { printableLines } from '../internal/quote.ts';
import { OciError } from '../oci/errors.ts';
import { RenderError } from '../render/errors.ts';
import { ServerError } from '../server/errors.ts';
import { XpkgError } from '../xpkg/errors.ts';
import { YamlError } from '../yaml/errors.ts';

/** The errors whose message says all that a user needs. */
const EXPECTED = [CacheError, FileError, InputError, OciError, RenderError, ServerError, XpkgError, YamlError];

/** Formats what ended the program `name` for its user: a message, or a stack trace where the program has a defect. */
export function formatError(name: string, error: unknown): string {
  return `${printableLines(`${name}: ${describe(error)}`)}\n`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isExpected = EXPECTED.some((type) => error instanceof type) || isSystemError(error);
  return isExpected ? error.message : (error.stack ?? error.message);
}
