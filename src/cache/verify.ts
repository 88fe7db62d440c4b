import { join } from 'node:path';
import { printable, quote } from '../internal/quote.ts';
import { type Digest, isDigest, isOciError, parseReference } from '../oci/index.ts';
import { type ContentReport, inspectContent } from '../xpkg/index.ts';
import { artifactOf, describeFile, listFiles, readEntry } from './entries.ts';
import { isCacheError } from './errors.ts';
import type { Link } from './loader/links.ts';
import { listLinks } from './loader/target/links.ts';
import { type Record, readRecords } from './loader/target/records.ts';
import { closureProblems, formatPackage, type Requirement, sourceOf } from './pack/closure.ts';
import type { LockedPackage } from './pack/lock.ts';
import { entryNameOf, entryNamePrefix, isEntryName } from './sets/cache-name.ts';
import type { ArtifactId } from './sets/manifest.ts';
import { checkLink, checkLinks, type LinkReport } from './verify-links.ts';

/** A reason why Crossplane would not use the content of its cache. */
export type Cause = 'reference' | 'tag' | 'name' | 'gzip' | 'yaml' | 'digest' | 'closure' | 'link' | 'empty';

/** One reason, with what would be right. */
export interface CacheFinding {
  readonly package: string;
  readonly cause: Cause;
  readonly message: string;
}

/** Selects what is verified. Default: every entry of the directory. */
export interface VerifyOptions {
  /** `source@digest` or `source:tag@digest`. */
  readonly packages?: readonly string[] | undefined;
  /** The packages of a lock file. */
  readonly lock?: readonly LockedPackage[] | undefined;
}

/** The outcome: no findings is an all-clear for what was checked. */
export interface VerifyReport {
  readonly findings: readonly CacheFinding[];
  /** Notes about entries that could not be checked or are not used. */
  readonly notes: readonly string[];
  /** The number of entries checked, dependencies included. */
  readonly checked: number;
}

/**
 * Checks whether Crossplane would install packages from this directory with no registry at hand: 2.2 and later by the names of entries; and
 * where the loader made links for Crossplane before 2.2, that one by these.
 */
export async function verifyCache(directory: string, { packages = [], lock }: VerifyOptions): Promise<VerifyReport> {
  const files = await listFiles(directory);
  const verifier = createVerifier(directory, files, await readRecords(directory), await listLinks(directory));
  if (packages.length === 0 && lock === undefined) return verifier.all();
  return verifier.named([...packages, ...(lock ?? []).map(formatPackage)], lock);
}

/** A package that was found in the directory, and is one. */
interface Checked {
  /** Undefined for an entry that no record says the source of. */
  readonly source: string | undefined;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** For messages: the source, or the file. */
  readonly label: string;
  readonly content: ContentReport;
}

type Named = Checked & { readonly source: string; readonly digest: string };

function createVerifier(
  directory: string,
  files: readonly string[],
  records: ReadonlyMap<string, Record[]>,
  links: readonly Link[],
) {
  const findings: CacheFinding[] = [];
  const notes: string[] = [];
  const known = new Map<string, Promise<Entry | undefined>>();

  const checkDependencies = dependencyCheck(directory, files, entry, { findings, notes });

  function add(report: LinkReport): void {
    findings.push(...report.findings);
    notes.push(...report.notes);
  }

  /** Checks a file once, however many packages need it. */
  function entry(file: string, label: string): Promise<Entry | undefined> {
    const checked = known.get(file) ?? checkEntry(directory, file, label, records.get(file) ?? [], findings);
    known.set(file, checked);
    return checked;
  }

  async function named(names: readonly string[], lock: readonly LockedPackage[] | undefined): Promise<VerifyReport> {
    if (names.length === 0)
      findings.push({ package: directory, cause: 'empty', message: 'the lock lists no packages' });
    const found: Named[] = [];
    for (const name of new Set(names)) {
      const checked = await checkNamed(name);
      if (checked) found.push(checked);
    }
    await checkDependencies(found, found);
    if (lock !== undefined) {
      const others = files.filter((file) => isEntryName(file) && !known.has(file));
      if (others.length > 0) notes.push(`not in the lock: ${some(others)}`);
    }
    return { findings, notes, checked: known.size };
  }

  async function all(): Promise<VerifyReport> {
    const found: Checked[] = [];
    const artifacts = new Map<string, ArtifactId | undefined>();
    for (const file of files.filter(isEntryName)) {
      const checked = await entry(file, file);
      if (!checked) continue;
      artifacts.set(file, checked.artifact);
      const { source, digest } = checked.artifact ?? {};
      found.push({ source, digest, tag: undefined, label: source ?? file, content: checked.content });
      if (!/-sha256-[0-9a-f]{5}\.gz$/.test(file))
        notes.push(`${file}: Crossplane 2.2 and later look up names that end with -sha256- and five digits only`);
    }
    const others = files.filter((file) => !isEntryName(file));
    if (others.length > 0) notes.push(`Crossplane never looks these up: ${some(others)}`);
    if (known.size === 0) {
      findings.push({ package: directory, cause: 'empty', message: 'it holds no entry of a package cache' });
    }
    add(checkLinks(links, files, artifacts));
    await checkDependencies(found, []);
    return { findings, notes, checked: known.size };
  }

  async function checkNamed(name: string): Promise<Named | undefined> {
    const report = (cause: Cause, message: string) => void findings.push({ package: name, cause, message });
    const parsed = parseNamed(name);
    if ('problem' in parsed) return report('reference', parsed.problem);
    const { source, tag, digest } = parsed;
    if (digest === undefined) {
      const pinned = `${source}:${tag ?? 'latest'}`;
      return report(
        'tag',
        `Crossplane asks the registry what the tag ${tag ?? 'latest'} means, whatever the pull policy; install ${source}@sha256:…, or pin the tag with an ImageConfig and verify ${pinned}@sha256:…`,
      );
    }
    const file = entryNameOf({ source, digest });
    if (!files.includes(file)) return report('name', await missing(directory, file, files));
    const checked = await entry(file, name);
    if (!checked) return undefined;
    const { artifact, content } = checked;
    if (artifact !== undefined && (artifact.digest !== digest || artifact.source !== source)) {
      return report(
        'digest',
        `${file} holds ${artifact.source}@${artifact.digest}, whose name in the cache is the same`,
      );
    }
    add(await checkLink(directory, links, { name, source, tag, digest, file }));
    return { source, tag, digest, label: source, content };
  }

  return { named, all };
}

/**
 * Creates the check of dependencies. Those on packages that were named are compared with their versions; all others are looked for in the
 * directory, and what those depend on in turn.
 */
function dependencyCheck(
  directory: string,
  files: readonly string[],
  entry: (file: string, label: string) => Promise<Entry | undefined>,
  { findings, notes }: { readonly findings: CacheFinding[]; readonly notes: string[] },
) {
  async function checkDependencies(found: readonly Checked[], versions: readonly Named[]): Promise<void> {
    const queue = [...found];
    const sources = new Set(found.map(({ source }) => source));
    for (const { label, content } of queue) {
      for (const { package: source, version } of content.dependencies) {
        const requirement = { source, by: label, version };
        if (versions.some((one) => one.source === source)) findings.push(...closureFindings(versions, requirement));
        else {
          const dependency = await findInDirectory(requirement);
          if (dependency && !sources.has(source)) queue.push(dependency);
          sources.add(source);
        }
      }
    }
  }

  async function findInDirectory({ source, by, version }: Requirement): Promise<Checked | undefined> {
    const shown = `${by} depends on ${printable(source)} (${printable(version)})`;
    const missed = (why: string) => void findings.push({ package: by, cause: 'closure', message: `${shown}, ${why}` });
    const isExact = isDigest(version);
    const prefix = isExact ? entryNameOf({ source, digest: version }) : entryNamePrefix(source);
    for (const file of files.filter((name) => isEntryName(name) && isEntryOf(name, prefix))) {
      const candidate = await entry(file, file);
      const artifact = candidate?.artifact;
      const isOther =
        artifact !== undefined && (artifact.source !== source || (isExact && artifact.digest !== version));
      if (candidate === undefined || isOther) continue;
      if (!isExact)
        notes.push(`${shown}: ${file} is there, and its version is not known; name it with its tag, or use --lock`);
      const { content } = candidate;
      return { source, tag: undefined, digest: artifact?.digest, label: source, content };
    }
    return missed(`which is not in ${directory}`);
  }

  return checkDependencies;
}

interface Entry {
  readonly content: ContentReport;
  readonly artifact: ArtifactId | undefined;
}

async function checkEntry(
  directory: string,
  file: string,
  label: string,
  records: readonly Record[],
  findings: CacheFinding[],
): Promise<Entry | undefined> {
  const where = label === file ? '' : `${file}: `;
  const read = await readEntry(join(directory, file));
  if ('problem' in read) {
    const message = `${where}${read.problem}; Crossplane passes over it and asks the registry`;
    findings.push({ package: label, cause: 'gzip', message });
    return undefined;
  }
  const content = inspectContent(read.yaml);
  for (const { message, position } of content.findings) {
    findings.push({ package: label, cause: 'yaml', message: `${where}line ${position.line}: ${message}` });
  }
  return content.findings.length > 0 ? undefined : { content, artifact: artifactOf(records, read.sha256) };
}

/** True for the name itself, or for the prefix with the five digits of any digest. */
function isEntryOf(file: string, name: string): boolean {
  return file === name || (file.startsWith(name) && /^[0-9a-f]{5}\.gz$/.test(file.slice(name.length)));
}

function closureFindings(found: readonly Named[], requirement: Requirement): CacheFinding[] {
  try {
    const messages = closureProblems(found, [requirement]);
    return messages.map((message) => ({ package: requirement.by, cause: 'closure', message }));
  } catch (error) {
    // A range that cannot be read is wrong in the package, not in the command.
    if (!isCacheError(error, 'INCOMPLETE')) throw error;
    return [{ package: requirement.by, cause: 'closure', message: `${requirement.by}: ${error.message}` }];
  }
}

/** `source:tag@digest` stands for a package by its tag that an ImageConfig pins to the digest. */
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
