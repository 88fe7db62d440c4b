import { join } from 'node:path';
import { printable, quote } from '../internal/quote.ts';
import { type Digest, isDigest, isOciError, parseReference } from '../oci/index.ts';
import { type ContentReport, inspectContent } from '../xpkg/index.ts';
import { artifactOf, describeFile, listFiles, readEntry } from './entries.ts';
import { isCacheError } from './errors.ts';
import type { Link } from './loader/links.ts';
import { listLinks } from './loader/target/links.ts';
import { type PlacementRecord, readRecords } from './loader/target/records.ts';
import { closureProblems, formatPackage, type Requirement, sourceOf } from './pack/closure.ts';
import type { LockedPackage } from './pack/lock.ts';
import { entryNameOf, entryNamePrefix, isEntryName } from './sets/cache-name.ts';
import type { ArtifactId } from './sets/manifest.ts';
import { checkLink, checkLinks, type LinkReport } from './verify-links.ts';

/** A reason why Crossplane does not use the content of its cache. */
export type Cause = 'reference' | 'tag' | 'name' | 'gzip' | 'yaml' | 'digest' | 'closure' | 'link' | 'empty';

/** A problem of a package, with its cause. */
export interface CacheFinding {
  readonly package: string;
  readonly cause: Cause;
  readonly message: string;
}

/** Selects the packages to verify. Default: every entry of the directory. */
export interface VerifyOptions {
  /** `source@digest` or `source:tag@digest`. */
  readonly packages?: readonly string[] | undefined;
  /** The packages of a lock file. */
  readonly lock?: readonly LockedPackage[] | undefined;
}

/** The outcome. Without findings, all checked packages can be installed. */
export interface VerifyReport {
  readonly findings: readonly CacheFinding[];
  /** Notes about entries that cannot be checked or are not used. */
  readonly notes: readonly string[];
  /** The number of entries checked, dependencies included. */
  readonly checked: number;
}

/**
 * Checks whether Crossplane can install packages from this directory without a registry: Crossplane 2.2 and later by the names of entries,
 * and Crossplane before 2.2 by links, if the loader created any.
 */
export async function verifyCache(directory: string, { packages = [], lock }: VerifyOptions): Promise<VerifyReport> {
  const check = await openCheck(directory);
  const names = [...packages, ...(lock ?? []).map(formatPackage)];
  if (packages.length === 0 && lock === undefined) await checkAll(check);
  else await checkNamed(check, names, lock !== undefined);
  const { findings, notes, read } = check;
  return { findings, notes, checked: read.size };
}

/** A check of a cache directory, and what it has found. */
interface Check {
  readonly directory: string;
  readonly files: readonly string[];
  readonly links: readonly Link[];
  readonly records: ReadonlyMap<string, PlacementRecord[]>;
  readonly findings: CacheFinding[];
  readonly notes: string[];
  /** The entries that were read, by file; undefined for one that Crossplane would not use. */
  readonly read: Map<string, Promise<Entry | undefined>>;
}

async function openCheck(directory: string): Promise<Check> {
  const files = await listFiles(directory);
  const [records, links] = [await readRecords(directory), await listLinks(directory)];
  return { directory, files, links, records, findings: [], notes: [], read: new Map() };
}

/** A valid package of the directory. */
interface Checked {
  /** The source; undefined if no record names it. */
  readonly source: string | undefined;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** The name for messages: the source, or the file. */
  readonly label: string;
  readonly content: ContentReport;
}

type Named = Checked & { readonly source: string; readonly digest: string };

/** Checks every entry of the directory. */
async function checkAll(check: Check): Promise<void> {
  const { directory, files, links, findings, notes, read } = check;
  const found: Checked[] = [];
  const artifacts = new Map<string, ArtifactId | undefined>();
  for (const file of files.filter(isEntryName)) {
    const entry = await readOnce(check, file, file);
    if (!entry) continue;
    artifacts.set(file, entry.artifact);
    const { source, digest } = entry.artifact ?? {};
    found.push({ source, digest, tag: undefined, label: source ?? file, content: entry.content });
    if (!/-sha256-[0-9a-f]{5}\.gz$/.test(file))
      notes.push(`${file}: Crossplane 2.2 and later look up names that end with -sha256- and five digits only`);
  }
  const others = files.filter((file) => !isEntryName(file));
  if (others.length > 0) notes.push(`Crossplane never looks these up: ${some(others)}`);
  if (read.size === 0) {
    findings.push({ package: directory, cause: 'empty', message: 'it has no entries of a package cache' });
  }
  addLinks(check, checkLinks(links, files, artifacts));
  await checkDependencies(check, found, []);
}

/** Checks named packages. If they are those of a lock, other entries are noted. */
async function checkNamed(check: Check, names: readonly string[], isLock: boolean): Promise<void> {
  const { directory, files, findings, notes, read } = check;
  if (names.length === 0) findings.push({ package: directory, cause: 'empty', message: 'the lock lists no packages' });
  const found: Named[] = [];
  for (const name of new Set(names)) {
    const checked = await checkName(check, name);
    if (checked) found.push(checked);
  }
  await checkDependencies(check, found, found);
  const others = files.filter((file) => isEntryName(file) && !read.has(file));
  if (isLock && others.length > 0) notes.push(`not in the lock: ${some(others)}`);
}

async function checkName(check: Check, name: string): Promise<Named | undefined> {
  const { directory, files, links, findings } = check;
  const report = (cause: Cause, message: string) => void findings.push({ package: name, cause, message });
  const parsed = parseNamed(name);
  if ('problem' in parsed) return report('reference', parsed.problem);
  const { source, tag, digest } = parsed;
  if (digest === undefined) return report('tag', unpinned(source, tag));
  const file = entryNameOf({ source, digest });
  if (!files.includes(file)) return report('name', await missing(directory, file, files));
  const entry = await readOnce(check, file, name);
  if (!entry) return undefined;
  const { artifact, content } = entry;
  if (artifact !== undefined && (artifact.digest !== digest || artifact.source !== source)) {
    const message = `${file} has ${artifact.source}@${artifact.digest}, whose name in the cache is the same`;
    return report('digest', message);
  }
  addLinks(check, await checkLink(directory, links, { name, source, tag, digest, file }));
  return { source, tag, digest, label: source, content };
}

function unpinned(source: string, tag = 'latest'): string {
  return `Crossplane resolves the tag ${tag} at the registry, with any pull policy; install ${source}@sha256:…, or pin the tag with an ImageConfig and verify ${source}:${tag}@sha256:…`;
}

function addLinks({ findings, notes }: Check, report: LinkReport): void {
  findings.push(...report.findings);
  notes.push(...report.notes);
}

/**
 * Checks the dependencies of packages. Dependencies on named packages are compared with their versions; all others are searched for in the
 * directory, recursively.
 */
async function checkDependencies(check: Check, found: readonly Checked[], versions: readonly Named[]): Promise<void> {
  const queue = [...found];
  const sources = new Set(found.map(({ source }) => source));
  for (const { label, content } of queue) {
    for (const { package: source, version } of content.dependencies) {
      const requirement = { source, by: label, version };
      if (versions.some((one) => one.source === source)) {
        check.findings.push(...closureFindings(versions, requirement));
        continue;
      }
      const dependency = await findInDirectory(check, requirement);
      if (dependency && !sources.has(source)) queue.push(dependency);
      sources.add(source);
    }
  }
}

async function findInDirectory(check: Check, { source, by, version }: Requirement): Promise<Checked | undefined> {
  const { directory, files, findings, notes } = check;
  const shown = `${by} depends on ${printable(source)} (${printable(version)})`;
  const isExact = isDigest(version);
  const prefix = isExact ? entryNameOf({ source, digest: version }) : entryNamePrefix(source);
  for (const file of files.filter((name) => isEntryName(name) && isEntryOf(name, prefix))) {
    const candidate = await readOnce(check, file, file);
    const artifact = candidate?.artifact;
    const isOther = artifact !== undefined && (artifact.source !== source || (isExact && artifact.digest !== version));
    if (candidate === undefined || isOther) continue;
    if (!isExact)
      notes.push(`${shown}: found ${file}, whose version is unknown; name the package with its tag, or use --lock`);
    return { source, tag: undefined, digest: artifact?.digest, label: source, content: candidate.content };
  }
  findings.push({ package: by, cause: 'closure', message: `${shown}, which is not in ${directory}` });
  return undefined;
}

interface Entry {
  readonly content: ContentReport;
  readonly artifact: ArtifactId | undefined;
}

/** Reads a file once, however many packages need it. */
function readOnce(check: Check, file: string, label: string): Promise<Entry | undefined> {
  const entry = check.read.get(file) ?? checkEntry(check, file, label);
  check.read.set(file, entry);
  return entry;
}

async function checkEntry(check: Check, file: string, label: string): Promise<Entry | undefined> {
  const { directory, records, findings } = check;
  const where = label === file ? '' : `${file}: `;
  const read = await readEntry(join(directory, file));
  if ('problem' in read) {
    const message = `${where}${read.problem}; Crossplane ignores it and sends a request to the registry`;
    findings.push({ package: label, cause: 'gzip', message });
    return undefined;
  }
  const content = inspectContent(read.yaml);
  for (const { message, position } of content.findings) {
    findings.push({ package: label, cause: 'yaml', message: `${where}line ${position.line}: ${message}` });
  }
  const artifact = artifactOf(records.get(file) ?? [], read.sha256);
  return content.findings.length > 0 ? undefined : { content, artifact };
}

/** True for the same name, or for a name that is the prefix with five hex digits. */
function isEntryOf(file: string, name: string): boolean {
  return file === name || (file.startsWith(name) && /^[0-9a-f]{5}\.gz$/.test(file.slice(name.length)));
}

function closureFindings(found: readonly Named[], requirement: Requirement): CacheFinding[] {
  try {
    const messages = closureProblems(found, [requirement]);
    return messages.map((message) => ({ package: requirement.by, cause: 'closure', message }));
  } catch (error) {
    // An invalid range is a problem of the package, not of the command.
    if (!isCacheError(error, 'INCOMPLETE')) throw error;
    return [{ package: requirement.by, cause: 'closure', message: `${requirement.by}: ${error.message}` }];
  }
}

/** Parses the name of a package. `source:tag@digest` is a tag that an ImageConfig pins to the digest. */
function parseNamed(name: string): { source: string; tag?: string; digest?: Digest } | { problem: string } {
  try {
    const { tag, digest } = parseReference(name, 'strict');
    return { source: sourceOf(name), ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
  } catch (error) {
    if (!isOciError(error)) throw error;
    return { problem: error.message };
  }
}

async function missing(directory: string, file: string, files: readonly string[]): Promise<string> {
  const prefix = file.slice(0, -'-sha256-00000.gz'.length);
  const near = files.filter((name) => name.startsWith(prefix.slice(0, 20)) || !/-sha256-[0-9a-f]{5}\.gz$/.test(name));
  const shown = (near.length > 0 ? near : files).slice(0, 5);
  const described = await Promise.all(
    shown.map(async (name) => `${name} (${await describeFile(join(directory, name))})`),
  );
  return `expected ${file}; found ${described.length === 0 ? 'nothing' : described.join(', ')}`;
}

function some(files: readonly string[]): string {
  const shown = files.slice(0, 10).map((file) => quote(file));
  return `${shown.join(', ')}${files.length > shown.length ? ` and ${files.length - shown.length} more` : ''}`;
}
