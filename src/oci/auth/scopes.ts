import type { Repository } from '../name/reference.ts';

/** The scope of a token that may read a repository (distribution, token scopes). */
export function pullScope({ repository }: Repository): string {
  return `repository:${repository}:pull`;
}

/** The scope of a token that may read and write a repository. */
export function pushScope({ repository }: Repository): string {
  return `repository:${repository}:pull,push`;
}
