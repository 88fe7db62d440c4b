/** Why a tool is not there or cannot be installed. */
export type ToolErrorCode = 'UNKNOWN_TOOL' | 'NOT_INSTALLED' | 'PROGRAM_MISSING' | 'STEP_FAILED';

/** A tool that is not there or cannot be installed; the message says what to do. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: ToolErrorCode;

  constructor(code: ToolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
