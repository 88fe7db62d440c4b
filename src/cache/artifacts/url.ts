// Not from the index, with which the registry client would be loaded.
import { isOciError } from '../../oci/errors.ts';
import { parseRepository, type Repository } from '../../oci/name/reference.ts';

export { registryProblem } from './allowed.ts';

/** Parses `oci://HOST/REPOSITORY`, without a tag or digest. Returns the repository, or a sentence that describes the problem. */
export function parseRepositoryUrl(url: string): { readonly repository: Repository } | { readonly problem: string } {
  try {
    const { registry, repository } = parseRepository(url.replace(/^oci:\/\//, ''));
    // Host names are case-insensitive, and later comparisons are not.
    return { repository: { registry: registry.toLowerCase(), repository } };
  } catch (error) {
    if (!isOciError(error)) throw error;
    return { problem: error.message };
  }
}
