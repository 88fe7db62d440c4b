/** Why the harness gave up: its surroundings, a program that ended, or something that did not come about in time. */
export type HarnessErrorCode =
  | 'NO_NAMESPACES'
  | 'PROGRAM_ENDED'
  | 'NOT_READY'
  | 'API_REFUSED'
  | 'NOT_REACHED'
  | 'INTERRUPTED'
  | 'BAD_USAGE';

/** A failure of the harness or of what it waits for; the message says where to look. */
export class HarnessError extends Error {
  override readonly name = 'HarnessError';
  readonly code: HarnessErrorCode;

  constructor(code: HarnessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
