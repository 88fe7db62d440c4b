import { printable, printableLines } from '../internal/quote.ts';
import type { Position } from '../yaml/index.ts';

/** Identifies a problem in a package's YAML. */
export type FindingCode =
  /** The file is not valid YAML. */
  | 'INVALID_YAML'
  /** An object has no kind, a kind that packages cannot contain, or a field of the wrong type. */
  | 'INVALID_OBJECT'
  /** There is not exactly one metadata object. */
  | 'NOT_ONE_META'
  /** The package type of the metadata is not the expected one. */
  | 'WRONG_TYPE'
  /** A package of this type must not contain the object. */
  | 'WRONG_KIND'
  /** `spec.crossplane.version` is not a version constraint. */
  | 'INVALID_CONSTRAINT'
  /** Crossplane cannot resolve a dependency. */
  | 'INVALID_DEPENDENCY'
  /** The API server would refuse the name of an object. */
  | 'INVALID_NAME'
  /** Crossplane drops a field when it builds the package. */
  | 'UNKNOWN_FIELD'
  /** An object has a duplicate key, of which only the last value is used. */
  | 'DUPLICATE_KEY';

/** Identifies the kind of error. */
export type XpkgErrorCode =
  | FindingCode
  /** The package root, a file in it or a package file cannot be read. */
  | 'UNREADABLE'
  /** The image does not contain a package: it has no layers, or no package.yaml in them. */
  | 'NO_PACKAGE'
  /** Several layers are marked as the package. */
  | 'TWO_PACKAGES'
  /** A package exceeds Crossplane's size limit. */
  | 'TOO_LARGE'
  /** The runtime image cannot be used for a package. */
  | 'INVALID_RUNTIME'
  /** Files that cannot form an index. */
  | 'INVALID_PLATFORMS'
  /** An invalid argument. */
  | 'INVALID_ARGUMENT'
  /** A package was pushed, but its SBOM was not. */
  | 'SBOM_NOT_ATTACHED'
  /** The target repository does not exist. */
  | 'NO_REPOSITORY';

/** A problem in a package: one that Crossplane rejects or, as a warning, one that it ignores. */
export interface LintFinding {
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
  readonly findings: readonly LintFinding[];

  constructor(
    code: XpkgErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly findings?: readonly LintFinding[] } = {},
  ) {
    super(printableLines(message, MAX_MESSAGE_LENGTH), options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.findings = options.findings ?? [];
  }
}

const MAX_PATH_LENGTH = 4_096;

/** Formats a finding as one line: file, line and column, then the message. */
export function formatFinding({ file, position, message }: LintFinding): string {
  return `${placeOf({ file, position })}: ${printableLines(message)}`;
}

/** Formats a warning as one line, like {@link formatFinding}. */
export function formatWarning({ file, position, message }: LintFinding): string {
  return `${placeOf({ file, position })}: warning: ${printableLines(message)}`;
}

function placeOf({ file, position }: Pick<LintFinding, 'file' | 'position'>): string {
  return `${printable(file, MAX_PATH_LENGTH)}:${position.line}:${position.column}`;
}

const MAX_SHOWN = 100;

/** Returns the error for findings, with the code of the first finding and a line for each. */
export function findingsError(what: string, findings: readonly [LintFinding, ...LintFinding[]]): XpkgError {
  const lines = findings.slice(0, MAX_SHOWN).map(formatFinding);
  if (findings.length > MAX_SHOWN) lines.push(`and ${findings.length - MAX_SHOWN} more`);
  const message = lines.length === 1 ? ` ${lines[0]}` : `\n  ${lines.join('\n  ')}`;
  return new XpkgError(findings[0].code, `${what}:${message}`, { findings });
}
