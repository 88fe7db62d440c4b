import type { Repository } from '../name/reference.ts';

/** Returns the scope of a token for reading a repository (distribution, token scopes). */
export function pullScope({ repository }: Repository): string {
  return `repository:${repository}:pull`;
}

/** Returns the scope of a token for reading and writing a repository. */
export function pushScope({ repository }: Repository): string {
  return `repository:${repository}:pull,push`;
}
