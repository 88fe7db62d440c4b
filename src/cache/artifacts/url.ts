// Not from the index, with which the registry client would be loaded.
import { isOciError } from '../../oci/errors.ts';
import { parseRepository, type Repository } from '../../oci/name/reference.ts';

export { registryProblem } from './allowed.ts';

/** Parses `oci://HOST/REPOSITORY`, without a tag or digest, into a repository or a sentence what is wrong. */
export function parseRepositoryUrl(url: string): { readonly repository: Repository } | { readonly problem: string } {
  try {
    const { registry, repository } = parseRepository(url.replace(/^oci:\/\//, ''));
    // Hosts have no case; what is compared with them does.
    return { repository: { registry: registry.toLowerCase(), repository } };
  } catch (error) {
    if (!isOciError(error)) throw error;
    return { problem: error.message };
  }
}
