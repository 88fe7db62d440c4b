import { friendlyId } from '../../xpkg/names.ts';
import { isEntryName, isIdentified } from '../sets/cache-name.ts';
import type { ArtifactId, SetManifest } from '../sets/manifest.ts';
import type { Rejection } from './candidate.ts';
import { digestOf, needsArtifact, type Revision } from './revisions.ts';

/** A link in a cache directory: the path below it, and the entry that it leads to. */
export interface Link {
  readonly path: string;
  readonly file: string;
}

/** The links that a cache directory must have, and the rejections of others. */
export interface LinkPlan {
  readonly links: readonly Link[];
  readonly refused: readonly Rejection[];
}

const MAX_REFERENCE = 1_024;
const MAX_PARTS = 32;
// No part is hidden or a parent directory, and it is still a file name after its extension is replaced.
const PART = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,249}$/;

/**
 * Returns the path in its cache directory at which Crossplane before 2.2 looks up a package with the pull policy Never: the reference, with
 * the extension of its last part replaced (BuildPath in internal/xpkg/name.go of v1.20.1), so `host/acme/cfg:v1.2.3` becomes
 * `host/acme/cfg:v1.2.gz`. Returns undefined for a reference without a host, which is a file in the directory itself.
 */
export function linkPath(reference: string): string | undefined {
  const parts = reference.split('/');
  const last = parts.pop();
  if (reference.length > MAX_REFERENCE || parts.length === 0 || parts.length >= MAX_PARTS) return undefined;
  if (last === undefined || ![...parts, last].every((part) => PART.test(part))) return undefined;
  const dot = last.lastIndexOf('.');
  return [...parts, `${dot < 0 ? last : last.slice(0, dot)}.gz`].join('/');
}

/** True for a path at which Crossplane before 2.2 may look up an artifact: by its digest, or by a tag. */
export function isLinkOf(path: string, { source, digest }: ArtifactId): boolean {
  if (path === linkPath(`${source}@${digest}`) || path === linkPath(`${source}:tag`)) return true;
  const prefix = `${source}:`;
  return path.startsWith(prefix) && !path.slice(prefix.length).includes('/');
}

/**
 * Plans the links by which Crossplane before 2.2 finds entries. The package revisions of a cluster determine the lookups, and `entries` are
 * the files in place. Several references may share a path, such as those of v1.2.3 and v1.2.4: active revisions take precedence, and a path
 * for which they need different contents gets no link.
 */
export function planLinks(revisions: readonly Revision[], entries: readonly SetManifest[]): LinkPlan {
  const identified = entries.filter((entry) => isEntryName(entry.file) && isIdentified(entry));
  const links: Link[] = [];
  const refused: Rejection[] = [];
  for (const [path, all] of byPath(revisions)) {
    const active = all.filter(({ isActive }) => isActive);
    const needing = active.length > 0 ? active : all;
    const files = new Set(needing.map((revision) => entryOf(revision, identified)));
    const [file] = files;
    if (files.size > 1) refused.push(conflict(path, needing));
    else if (file !== undefined) links.push({ path, file });
  }
  return { links, refused };
}

/** Groups revisions by the path that they look up. These versions of Crossplane derive the name from the reference, not from a digest. */
function byPath(revisions: readonly Revision[]): Map<string, Revision[]> {
  const paths = new Map<string, Revision[]>();
  for (const revision of revisions) {
    const { image, name } = revision;
    const path = linkPath(image);
    if (path === undefined || name !== friendlyId(revision.package, image)) continue;
    const same = paths.get(path);
    if (same) same.push(revision);
    else paths.set(path, [revision]);
  }
  return paths;
}

/** Returns the entry that a revision needs; undefined without a digest, in the reference or from an ImageConfig. */
function entryOf(revision: Revision, entries: readonly SetManifest[]): string | undefined {
  if (digestOf(revision) === undefined) return undefined;
  return entries.find(({ artifact }) => needsArtifact(revision, artifact))?.file;
}

function conflict(path: string, revisions: readonly Revision[]): Rejection {
  const images = revisions.map(({ image }) => image).sort();
  const message = `cannot link ${path}: Crossplane before 2.2 looks up ${images.join(' and ')} there; install one of them by its digest`;
  return { name: path, where: path, code: 'CONFLICT', message };
}
