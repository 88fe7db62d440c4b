import {
  type Image,
  isOciError,
  parseDigest,
  parseReference,
  pullImage,
  type Reference,
  type RegistryClient,
  readImageTarball,
} from '../../oci/index.ts';
import { inspectContent, parseTarget, readPackageYaml } from '../../xpkg/index.ts';
import { packageImage } from '../../xpkg/push.ts';
import { CacheError } from '../errors.ts';
import { type PackageFinder, type PackedPackage, sourceOf } from './closure.ts';

/** Rewrites the registries that packages are fetched from: prefixes of sources and their replacements. */
export type Rewrites = Readonly<Record<string, string>>;

/** Returns a finder of packages in registries. Packages keep their requested names when rewrites apply. */
export function registryFinder(client: RegistryClient, rewrites: Rewrites = {}): PackageFinder {
  return {
    async fetch(source, version) {
      const where = repositoryOf(rewrittenRepository(source, rewrites));
      const reference =
        'tag' in version ? { ...where, tag: version.tag } : { ...where, digest: parseDigest(version.digest) };
      const { image, root } = await pullImage(client, reference);
      return packed(source, 'tag' in version ? version.tag : undefined, root.digest, image);
    },
    listTags: (source) => client.listTags(repositoryOf(rewrittenRepository(source, rewrites))),
  };
}

/**
 * Finds a named package: `registry/repository[:tag]@digest`, or `FILE=registry/repository:tag` for a package file that is to be pushed to
 * that reference. A tag alone is refused unless `resolve` is true. Throws {@link CacheError}.
 */
export async function findNamed(text: string, finder: PackageFinder, resolve: boolean): Promise<PackedPackage> {
  const file = /^(.+\.xpkg)(?:=(.*))?$/.exec(text);
  if (file) return readFile(file[1] ?? '', file[2]);
  const { tag, digest } = strictReference(text);
  const source = sourceOf(text);
  if (digest !== undefined) return { ...(await finder.fetch(source, { digest })), tag };
  if (tag !== undefined && resolve) return finder.fetch(source, { tag });
  throw new CacheError(
    'INVALID_OPTION',
    `cannot pack ${text}: package references must have a digest, since Crossplane 2.2 and later resolve tags at the registry even with packagePullPolicy Never; use ${source}:${tag}@sha256:…, or --resolve to resolve the tag now`,
  );
}

async function readFile(path: string, target: string | undefined): Promise<PackedPackage> {
  if (target === undefined) {
    throw new CacheError(
      'INVALID_OPTION',
      `cannot pack ${path}: a package file has no reference; use ${path}=registry/repository:tag`,
    );
  }
  const { registry, repository, tag } = parseTarget(target);
  // This is the digest that the package has once it is pushed.
  const image = await packageImage(await readImageTarball(path));
  return packed(`${registry}/${repository}`, tag, image.document.descriptor.digest, image);
}

async function packed(source: string, tag: string | undefined, digest: string, image: Image): Promise<PackedPackage> {
  const yaml = await readPackageYaml(image);
  const content = inspectContent(yaml);
  const [finding] = content.findings;
  if (finding === undefined) return { source, tag, digest, yaml, content };
  throw new CacheError('INVALID_MEMBER', `cannot pack ${source}@${digest}: Crossplane refuses it: ${finding.message}`);
}

function strictReference(text: string): Reference {
  try {
    return parseReference(text, 'strict');
  } catch (error) {
    if (!isOciError(error)) throw error;
    throw new CacheError('INVALID_OPTION', error.message, { cause: error });
  }
}

/** Returns the repository to fetch a source from. The longest matching prefix applies, as in Crossplane's ImageConfigs. */
export function rewrittenRepository(source: string, rewrites: Rewrites): string {
  const [prefix] = Object.keys(rewrites)
    .filter((one) => source.startsWith(one))
    .sort((a, b) => b.length - a.length);
  return prefix === undefined ? source : `${rewrites[prefix]}${source.slice(prefix.length)}`;
}

function repositoryOf(source: string): Reference {
  const { registry, repository } = strictReference(`${source}:x`);
  return { registry, repository };
}
