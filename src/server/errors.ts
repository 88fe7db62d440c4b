/** Thrown if the service cannot start because of an option or of the files that an option names. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: 'NO_CREDENTIALS' | 'BAD_CERTIFICATES' | 'BAD_ADDRESS' | 'BAD_LIMIT' | 'BAD_TRACING' | 'CANNOT_LISTEN';

  constructor(code: ServerError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
