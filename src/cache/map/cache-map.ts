import type { ContentReport } from '../../xpkg/index.ts';
import type { ArtifactId } from '../sets/manifest.ts';

/** Content of the package cache: a set of ConfigMaps, or a file of a cache directory. */
export interface MappedContent {
  /** Name of the set; undefined for a file that no loader placed. */
  readonly set: string | undefined;
  /** The namespace or directory it was found in. */
  readonly where: string;
  /** Name of the file in the cache; undefined when the set's manifest cannot be read. */
  readonly file: string | undefined;
  readonly bytes: number;
  /** For each chunk, true when it is there. Empty where chunks are not known. */
  readonly chunks: readonly boolean[];
  readonly artifact: ArtifactId | undefined;
  /** The package; undefined for other content. */
  readonly content: ContentReport | undefined;
  /** Package revisions of the cluster that need it, by their images. */
  readonly revisions: readonly string[];
  /** The paths in the directory at which Crossplane before 2.2 finds it. */
  readonly links: readonly string[];
  /** The reason why Crossplane cannot use it. */
  readonly problem: string | undefined;
}

/** A row of the map. */
export interface MapRow extends MappedContent {
  /** The packages of the cache that depend on it, the revisions that need it, and the links that were made for one. */
  readonly usedBy: readonly string[];
}

/** The package cache at one moment. */
export interface CacheMap {
  readonly title: string;
  readonly bytes: number;
  readonly maxBytes: number;
  /** The largest first. */
  readonly rows: readonly MapRow[];
  /** The content that should be there and is not, a sentence each. */
  readonly missing: readonly string[];
}

/** Puts a map together: who uses what, and which dependencies are missing. `unlinked` has what is wrong with links, a sentence each. */
export function cacheMap(
  title: string,
  maxBytes: number,
  contents: readonly MappedContent[],
  unlinked: readonly string[] = [],
): CacheMap {
  const sources = new Set(contents.flatMap(({ artifact }) => artifact?.source ?? []));
  const rows = contents.map((content): MapRow => {
    const { artifact, revisions, links } = content;
    const dependents = contents.filter((other) =>
      other.content?.dependencies.some((dependency) => dependency.package === artifact?.source),
    );
    return {
      ...content,
      usedBy: [...dependents.map(nameOf), ...revisions, ...links.map((path) => `Crossplane before 2.2, at ${path}`)],
    };
  });
  const dependencies = contents.flatMap((content) =>
    (content.content?.dependencies ?? [])
      .filter((dependency) => !sources.has(dependency.package))
      .map((dependency) => `${nameOf(content)} needs ${dependency.package} ${dependency.version}, which is not here`),
  );
  return {
    title,
    bytes: contents.reduce((total, { bytes }) => total + bytes, 0),
    maxBytes,
    rows: rows.sort((a, b) => b.bytes - a.bytes || (nameOf(a) < nameOf(b) ? -1 : 1)),
    missing: [...contents.flatMap(({ problem }) => problem ?? []), ...unlinked, ...dependencies],
  };
}

/** Names content: its package, or the file or set that it is. */
export function nameOf({ content, file, set }: MappedContent): string {
  if (content !== undefined && content.type !== '') return `${content.type} ${content.name}`;
  return file ?? set ?? 'unknown';
}
