import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../internal/quote.ts';
import { ifExists } from './files.ts';
import { isLinkOf, type Link, linkPath } from './loader/links.ts';
import type { ArtifactId } from './sets/manifest.ts';
import type { CacheFinding } from './verify.ts';

/** The outcome of a check of links. */
export interface LinkReport {
  readonly findings: readonly CacheFinding[];
  readonly notes: readonly string[];
}

/** Returns a sentence for each link of a cache directory whose entry does not exist, by the path of the link. */
export function danglingLinks(links: readonly Link[], files: readonly string[]): ReadonlyMap<string, string> {
  const dangling = links.filter(({ file }) => !files.includes(file));
  return new Map(
    dangling.map(({ path, file }) => [
      path,
      `it leads to ${file}, which does not exist; Crossplane before 2.2 sends a request to the registry`,
    ]),
  );
}

/**
 * Checks that each link of a cache directory leads to an existing entry, and to the package that is looked up at its path. `artifacts` has the
 * valid entries, with their artifacts if they are known.
 */
export function checkLinks(
  links: readonly Link[],
  files: readonly string[],
  artifacts: ReadonlyMap<string, ArtifactId | undefined>,
): LinkReport {
  const findings: CacheFinding[] = [];
  const notes: string[] = [];
  const dangling = danglingLinks(links, files);
  for (const { path, file } of links) {
    const name = printable(path);
    const report = (message: string) => void findings.push({ package: name, cause: 'link', message });
    const artifact = artifacts.get(file);
    const gone = dangling.get(path);
    if (gone !== undefined) report(gone);
    else if (artifact !== undefined && !isLinkOf(path, artifact)) {
      report(
        `it leads to ${file}, which has ${artifact.source}@${artifact.digest}, not the package that Crossplane before 2.2 looks up there`,
      );
    } else if (artifacts.has(file)) notes.push(`Crossplane before 2.2 finds ${file} at ${name}`);
  }
  const linked = new Set(links.map(({ file }) => file));
  for (const file of links.length === 0 ? [] : artifacts.keys()) {
    if (!linked.has(file)) notes.push(`${file}: no link leads to it; ${CREATED_LATER}`);
  }
  return { findings, notes };
}

const CREATED_LATER = 'cache load creates one when a package revision of Crossplane before 2.2 needs it';

/** A package whose entry exists. */
export interface NamedEntry {
  /** The name for messages. */
  readonly name: string;
  readonly source: string;
  readonly tag: string | undefined;
  readonly digest: string;
  readonly file: string;
}

/** Checks the path at which Crossplane before 2.2 looks up a package, in a directory that has such links. */
export async function checkLink(directory: string, links: readonly Link[], entry: NamedEntry): Promise<LinkReport> {
  const { name, source, tag, digest, file } = entry;
  const path = linkPath(tag === undefined ? `${source}@${digest}` : `${source}:${tag}`);
  if (links.length === 0 || path === undefined) return { findings: [], notes: [] };
  const report = (why: string): LinkReport => {
    const message = `${path}, where Crossplane before 2.2 looks it up, ${why}`;
    return { findings: [{ package: name, cause: 'link', message }], notes: [] };
  };
  const link = links.find((one) => one.path === path);
  if (link !== undefined && link.file !== file)
    return report(`leads to ${link.file}, not to ${file}; install it by its digest`);
  if (link !== undefined) return { findings: [], notes: [`Crossplane before 2.2 finds ${file} at ${path}`] };
  const whole = join(directory, path);
  if ((await ifExists('check', whole, lstat(whole))) !== undefined) {
    return report('is not a link to an entry; remove it');
  }
  return { findings: [], notes: [`${name}: no link leads to ${file} at ${path}; ${CREATED_LATER}`] };
}
