/** The cause of a failure of the harness: its environment, a program that exited, or a timeout. */
export type HarnessErrorCode =
  | 'NO_NAMESPACES'
  | 'PROGRAM_ENDED'
  | 'NOT_READY'
  | 'API_REFUSED'
  | 'NOT_REACHED'
  | 'INTERRUPTED'
  | 'BAD_USAGE';

/** A failure of the harness or of a condition that it waits for; the message names where to look. */
export class HarnessError extends Error {
  override readonly name = 'HarnessError';
  readonly code: HarnessErrorCode;

  constructor(code: HarnessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
