import { type PushOptions, parseDigest, pushArtifact, type RegistryClient } from '../../oci/index.ts';
import { CacheError } from '../errors.ts';
import { formatPackage } from '../pack/closure.ts';
import type { LockedPackage } from '../pack/lock.ts';
import type { Bundle, BundledImage } from './collect.ts';
import { type Mirror, mirroredRepositories } from './mirror.ts';

/** Throws `INVALID_OPTION` for a bundle whose packages are not those of a lock. */
export function checkLock(packages: readonly LockedPackage[], lock: readonly LockedPackage[], path: string): void {
  const [present, wanted] = [packages, lock].map((all) => new Set(all.map(formatPackage)));
  const other =
    [...(wanted ?? [])].find((one) => !present?.has(one)) ?? [...(present ?? [])].find((one) => !wanted?.has(one));
  if (other === undefined) return;
  const which = wanted?.has(other) ? `the bundle does not have ${other}` : `the lock does not have ${other}`;
  throw new CacheError('INVALID_OPTION', `cannot push ${path}: the lock is of another set: ${which}`);
}

/** Pushes the images of a bundle to a mirror. Returns their references there, by digest. */
export async function pushBundle(
  client: RegistryClient,
  { packages, images }: Pick<Bundle, 'packages' | 'images'>,
  mirror: Mirror,
  options: PushOptions & { readonly onImage?: (done: number, total: number, image: string) => void } = {},
): Promise<string[]> {
  const all = [...packages, ...images];
  const repositories = mirroredRepositories(
    all.map(({ source }) => source),
    mirror,
  );
  const pushed: string[] = [];
  for (const one of all) {
    options.onImage?.(pushed.length, all.length, formatPackage(one));
    pushed.push(await pushOne(client, one, repositories, options));
  }
  return pushed;
}

async function pushOne(
  client: RegistryClient,
  { source, tag, digest, artifact }: BundledImage,
  repositories: ReturnType<typeof mirroredRepositories>,
  options: PushOptions,
): Promise<string> {
  const repository = repositories.get(source);
  if (repository === undefined) throw new Error('each source has a repository');
  await pushArtifact(
    client,
    { ...repository, ...(tag === undefined ? { digest: parseDigest(digest) } : { tag }) },
    artifact,
    options,
  );
  return formatPackage({ source: `${repository.registry}/${repository.repository}`, tag, digest });
}
