import { printable, quote } from '../../internal/quote.ts';
import {
  type Constraint,
  compareVersions,
  isDigest,
  isOciError,
  parseConstraint,
  parseVersion,
  satisfies,
} from '../../oci/index.ts';
import type { ContentReport } from '../../xpkg/index.ts';
import { CacheError } from '../errors.ts';

/** A package to pack. */
export interface PackedPackage {
  /** The reference without tag and digest, as dependents write it. */
  readonly source: string;
  /** The version; undefined for a package that is known by digest only. */
  readonly tag: string | undefined;
  readonly digest: string;
  /** The bytes of package.yaml. */
  readonly yaml: Uint8Array;
  readonly content: ContentReport;
}

/** Finds packages. */
export interface PackageFinder {
  fetch(source: string, version: { readonly tag: string } | { readonly digest: string }): Promise<PackedPackage>;
  listTags(source: string): Promise<readonly string[]>;
}

/** The requirement of one package for another. */
export interface Requirement {
  readonly source: string;
  /** The source of the package that needs it. */
  readonly by: string;
  /** A range of versions, or a digest. */
  readonly version: string;
}

/** A set of packages, and their requirements for each other. */
export interface Closure {
  readonly packages: readonly PackedPackage[];
  readonly requirements: readonly Requirement[];
}

/** Adds all dependencies to packages, those of ranges in their highest versions. Throws {@link CacheError}. */
export async function completeClosure(roots: readonly PackedPackage[], finder: PackageFinder): Promise<Closure> {
  const packages = [...roots];
  // The list grows during the iteration, until it is complete.
  for (const needing of packages) {
    for (const { package: source, version } of needing.content.dependencies) {
      if (packages.some((one) => one.source === source)) continue;
      packages.push(await findDependency(finder, { source, version, by: needing.source }));
    }
  }
  return { packages, requirements: requirementsOf(packages) };
}

/** Returns the requirements of the packages of a set. */
export function requirementsOf(packages: readonly PackedPackage[]): Requirement[] {
  return packages.flatMap(({ source: by, content }) =>
    content.dependencies.map(({ package: source, version }) => ({ source, by, version })),
  );
}

/** Returns a sentence for each dependency that is missing from a set, or that its version does not satisfy. */
export function closureProblems(
  packages: readonly Pick<PackedPackage, 'source' | 'tag' | 'digest'>[],
  requirements: readonly Requirement[],
): string[] {
  return requirements.flatMap(({ source, by, version }) => {
    const found = packages.find((one) => one.source === source);
    if (found === undefined) return [`${by} depends on ${source} (${printable(version)}), which is not in the set`];
    const problem = versionProblem(found, version);
    return problem === undefined ? [] : [`${by} depends on ${source} as ${quote(version)}, but ${problem}`];
  });
}

function versionProblem({ tag, digest }: Pick<PackedPackage, 'tag' | 'digest'>, version: string): string | undefined {
  if (isDigest(version)) return digest === version ? undefined : `the set has ${digest}`;
  if (tag === undefined) {
    return 'the set has it by digest only, which Crossplane cannot compare with a range; add a tag, or set skipDependencyResolution on all packages of the set';
  }
  const parsed = parseVersion(tag);
  if (parsed !== undefined && satisfies(parsed, constraintOf(version))) return undefined;
  return `the set has ${tag}`;
}

async function findDependency(finder: PackageFinder, { source, version, by }: Requirement): Promise<PackedPackage> {
  if (isDigest(version)) return finder.fetch(source, { digest: version });
  const constraint = constraintOf(version);
  const tags = (await finder.listTags(source)).flatMap((tag) => {
    // Crossplane ignores tags that are not complete versions.
    const parsed = /^v?\d+\.\d+\.\d+/.test(tag) ? parseVersion(tag) : undefined;
    return parsed !== undefined && satisfies(parsed, constraint) ? [{ tag, parsed }] : [];
  });
  const [best] = tags.sort((a, b) => compareVersions(b.parsed, a.parsed) || (a.tag < b.tag ? 1 : -1));
  if (best !== undefined) return finder.fetch(source, { tag: best.tag });
  throw new CacheError(
    'INCOMPLETE',
    `cannot complete the set: ${by} depends on ${source} as ${quote(version)}, and no tag of it satisfies that`,
  );
}

function constraintOf(version: string): Constraint {
  try {
    return parseConstraint(version);
  } catch (error) {
    if (!isOciError(error)) throw error;
    throw new CacheError('INCOMPLETE', `cannot complete the set: ${error.message}`, { cause: error });
  }
}

/** Formats a package as `source:tag@digest`. */
export function formatPackage({ source, tag, digest }: Pick<PackedPackage, 'source' | 'tag' | 'digest'>): string {
  return `${source}${tag === undefined ? '' : `:${tag}`}@${digest}`;
}

/** Returns the source of `source[:tag][@digest]`, unchanged. */
export function sourceOf(text: string): string {
  const name = text.split('@')[0] ?? '';
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}
