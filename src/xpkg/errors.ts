import { printable, printableLines } from '../internal/quote.ts';
import type { Position } from '../yaml/index.ts';

/** Identifies a problem in a package's YAML. */
export type FindingCode =
  /** The file is not valid YAML. */
  | 'INVALID_YAML'
  /** An object has no kind, a kind that no package can hold, or a field of a wrong type. */
  | 'INVALID_OBJECT'
  /** Package metadata is missing, or given more than once. */
  | 'NOT_ONE_META'
  /** The metadata is of another package type than expected. */
  | 'WRONG_TYPE'
  /** The object has no place in a package of this type. */
  | 'WRONG_KIND'
  /** `spec.crossplane.version` is not a constraint. */
  | 'INVALID_CONSTRAINT'
  /** Crossplane cannot resolve a dependency. */
  | 'INVALID_DEPENDENCY'
  /** The API server takes no object of this name. */
  | 'INVALID_NAME'
  /** A field is dropped when the package is built. */
  | 'UNKNOWN_FIELD'
  /** An object has a key twice, and only the last one counts. */
  | 'DUPLICATE_KEY';

/** Identifies the kind of error. */
export type XpkgErrorCode =
  | FindingCode
  /** The package root, a file in it or a package file cannot be read. */
  | 'UNREADABLE'
  /** The image holds no package: no layers, or no package.yaml in them. */
  | 'NO_PACKAGE'
  /** Two layers claim to be the package. */
  | 'TWO_PACKAGES'
  /** A package is larger than Crossplane reads. */
  | 'TOO_LARGE'
  /** The runtime image cannot carry a package of this type. */
  | 'INVALID_RUNTIME'
  /** Files that cannot be pushed together. */
  | 'INVALID_PLATFORMS'
  /** An argument that is not what it has to be. */
  | 'INVALID_ARGUMENT'
  /** A package was pushed, and its SBOM was not. */
  | 'SBOM_NOT_ATTACHED'
  /** The repository to push to does not exist. */
  | 'NO_REPOSITORY';

/** A problem in a package: one that Crossplane rejects or, as a warning, one that it ignores. */
export interface Finding {
  readonly code: FindingCode;
  readonly file: string;
  readonly position: Position;
  /** The problem and the way to fix it. */
  readonly message: string;
}

/** The maximum length of a message, which may contain the findings of many files. */
const MAX_MESSAGE_LENGTH = 65_536;

/** Thrown if a package cannot be built, read or pushed. */
export class XpkgError extends Error {
  override readonly name = 'XpkgError';
  readonly code: XpkgErrorCode;
  /** The findings, if the error is in the package's YAML. */
  readonly findings: readonly Finding[];

  constructor(
    code: XpkgErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly findings?: readonly Finding[] } = {},
  ) {
    super(printableLines(message, MAX_MESSAGE_LENGTH), options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.findings = options.findings ?? [];
  }
}

const MAX_PATH_LENGTH = 4_096;

/** Formats a finding as one line: file, line and column, then the message. */
export function formatFinding({ file, position, message }: Finding): string {
  return `${placeOf({ file, position })}: ${printableLines(message)}`;
}

/** Formats a warning as one line, like {@link formatFinding}. */
export function formatWarning({ file, position, message }: Finding): string {
  return `${placeOf({ file, position })}: warning: ${printableLines(message)}`;
}

function placeOf({ file, position }: Pick<Finding, 'file' | 'position'>): string {
  return `${printable(file, MAX_PATH_LENGTH)}:${position.line}:${position.column}`;
}

const MAX_SHOWN = 100;

/** Returns the error for findings, with the code of the first finding and a line for each. */
export function findingsError(what: string, findings: readonly [Finding, ...Finding[]]): XpkgError {
  const lines = findings.slice(0, MAX_SHOWN).map(formatFinding);
  if (findings.length > MAX_SHOWN) lines.push(`and ${findings.length - MAX_SHOWN} more`);
  const message = lines.length === 1 ? ` ${lines[0]}` : `\n  ${lines.join('\n  ')}`;
  return new XpkgError(findings[0].code, `${what}:${message}`, { findings });
}
