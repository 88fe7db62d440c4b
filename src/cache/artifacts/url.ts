import { isOciError, parseRepository, type Repository } from '../../oci/index.ts';

export { registryProblem } from './allowed.ts';

/** Parses `oci://HOST/REPOSITORY`, without a tag or digest, into a repository or a sentence what is wrong. */
export function parseRepositoryUrl(url: string): { readonly repository: Repository } | { readonly problem: string } {
  try {
    return { repository: parseRepository(url.replace(/^oci:\/\//, '')) };
  } catch (error) {
    if (!isOciError(error)) throw error;
    return { problem: error.message };
  }
}
