import { printableLines } from '../internal/quote.ts';
/** Identifies the kind of error. Tests and callers compare the code, never the message. */
export type RenderErrorCode =
  /** A file or folder that cannot be read. */
  | 'UNREADABLE'
  /** A document of the wrong kind, or with a missing field or a field of the wrong type. */
  | 'INVALID_OBJECT'
  /** A flag whose value cannot be used. */
  | 'INVALID_FLAG'
  /** The Composition is not for this composite resource, or has no pipeline. */
  | 'WRONG_COMPOSITION'
  /** A step names a function that the functions file does not have. */
  | 'UNKNOWN_FUNCTION'
  /** A function that would need Docker. */
  | 'UNSUPPORTED_RUNTIME'
  /** A function could not be reached or failed as a call. */
  | 'FUNCTION_FAILED'
  | 'TIMEOUT'
  /** A function returned a result of severity fatal. */
  | 'FATAL_RESULT'
  /** A function still required other resources in its last allowed call. */
  | 'UNSTABLE_REQUIREMENTS'
  /** A desired composed resource that Crossplane would refuse. */
  | 'INVALID_COMPOSED';

/** Thrown if a composite resource cannot be rendered. The message is one line. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  readonly code: RenderErrorCode;

  constructor(code: RenderErrorCode, message: string, options?: { cause?: unknown }) {
    super(printableLines(message), options);
    this.code = code;
  }
}
