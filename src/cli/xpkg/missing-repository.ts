import { parseEcrHost } from '../../aws/index.ts';
import { isOciError, type Reference } from '../../oci/index.ts';
import { XpkgError } from '../../xpkg/errors.ts';

/** Returns the error for a push to an ECR repository that does not exist, with the ways to create it; undefined for other errors. */
export function missingRepository({ registry, repository }: Reference, error: unknown): XpkgError | undefined {
  const ecr = parseEcrHost(registry);
  const isMissing = isOciError(error, 'NOT_FOUND') && error.registryErrors.some(({ code }) => MISSING.has(code));
  if (ecr === undefined || !isMissing) return undefined;
  const { account, region } = ecr;
  const ways = `create it with a WorkloadECRRepo, a creation template for CREATE_ON_PUSH, or: aws ecr create-repository --region ${region} --repository-name ${repository}`;
  const why = `repository ${repository} does not exist in account ${account}, region ${region}; ${ways}`;
  return new XpkgError('NO_REPOSITORY', `cannot push to ${registry}/${repository}: ${why}`, { cause: error });
}

const MISSING = new Set(['NAME_UNKNOWN', 'RepositoryNotFoundException']);
