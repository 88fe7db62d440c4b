/** The message of an error of any type, for the "why" of another message. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
