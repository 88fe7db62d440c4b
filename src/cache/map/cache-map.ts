import type { ContentReport } from '../../xpkg/index.ts';
import type { ArtifactId } from '../sets/manifest.ts';

/** An entry of the package cache: a set of ConfigMaps, or a file of a cache directory. */
export interface MappedContent {
  /** The name of the set; undefined for a file that no loader placed. */
  readonly set: string | undefined;
  /** The namespace or directory that contains it. */
  readonly where: string;
  /** The name of the file in the cache; undefined if the set's manifest is invalid. */
  readonly file: string | undefined;
  readonly bytes: number;
  /** For each chunk, true if it exists. Empty if the chunks are unknown. */
  readonly chunks: readonly boolean[];
  readonly artifact: ArtifactId | undefined;
  /** The package; undefined for other content. */
  readonly content: ContentReport | undefined;
  /** The images of the package revisions that need it. */
  readonly revisions: readonly string[];
  /** The paths in the directory at which Crossplane before 2.2 finds it. */
  readonly links: readonly string[];
  /** The reason why Crossplane cannot use it. */
  readonly problem: string | undefined;
}

/** A row of the map. */
export interface MapRow extends MappedContent {
  /** The packages of the cache that depend on it, the revisions that need it, and the links to it. */
  readonly usedBy: readonly string[];
}

/** The content of a package cache. */
export interface CacheMap {
  readonly title: string;
  readonly bytes: number;
  readonly maxBytes: number;
  /** The largest entries first. */
  readonly rows: readonly MapRow[];
  /** Sentences that describe missing content. */
  readonly missing: readonly string[];
}

/** Builds a map: adds the users of each entry, and the missing dependencies. `unlinked` has sentences that describe problems of links. */
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
      .map((dependency) => `${nameOf(content)} needs ${dependency.package} ${dependency.version}, which is missing`),
  );
  return {
    title,
    bytes: contents.reduce((total, { bytes }) => total + bytes, 0),
    maxBytes,
    rows: rows.sort((a, b) => b.bytes - a.bytes || (nameOf(a) < nameOf(b) ? -1 : 1)),
    missing: [...contents.flatMap(({ problem }) => problem ?? []), ...unlinked, ...dependencies],
  };
}

/** Returns a name for an entry: that of its package, its file or its set. */
export function nameOf({ content, file, set }: MappedContent): string {
  if (content !== undefined && content.type !== '') return `${content.type} ${content.name}`;
  return file ?? set ?? 'unknown';
}
