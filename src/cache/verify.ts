import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { maxUnpackedBytes } from '../internal/expansion.ts';
import { openRegularFile } from '../internal/read-file.ts';
import { type Digest, isOciError, parseReference, readAll } from '../oci/index.ts';
import { type ContentReport, cacheFileName, inspectContent, MAX_PACKAGE_BYTES } from '../xpkg/index.ts';
import { unzipEntry } from './entry-gzip.ts';
import { isCacheError } from './errors.ts';
import { orFileError, readPieces } from './files.ts';
import { type Record, readRecords } from './loader/records.ts';
import { closureProblems, type Requirement, sourceOf } from './pack/closure.ts';
import { formatSize } from './size.ts';

/** Why Crossplane would not use what is in its cache. */
export type Cause = 'reference' | 'tag' | 'name' | 'gzip' | 'yaml' | 'digest' | 'closure';

/** One reason, with what would be right. */
export interface CacheFinding {
  readonly package: string;
  readonly cause: Cause;
  readonly message: string;
}

interface Checked {
  readonly source: string;
  readonly tag: string | undefined;
  readonly digest: string;
  readonly content: ContentReport;
}

/** Looks whether Crossplane (2.2 and later) would install the packages from this directory with no registry at hand. */
export async function verifyCache(directory: string, packages: readonly string[]): Promise<CacheFinding[]> {
  const files = (await orFileError(`read ${directory}`, readdir(directory)))
    .filter((name) => !name.startsWith('.'))
    .sort();
  const records = await readRecords(directory);
  const findings: CacheFinding[] = [];
  const checked: Checked[] = [];
  for (const name of packages) {
    const result = await verifyPackage(directory, name, files, records);
    if (Array.isArray(result)) findings.push(...result);
    else checked.push(result);
  }
  const requirements: Requirement[] = checked.flatMap(({ source: by, content }) =>
    content.dependencies.map(({ package: source, version }) => ({ source, by, version })),
  );
  for (const message of closureProblems(checked, requirements)) {
    findings.push({ package: message.slice(0, message.indexOf(' ')), cause: 'closure', message });
  }
  return findings;
}

async function verifyPackage(
  directory: string,
  name: string,
  files: readonly string[],
  records: ReadonlyMap<string, readonly Record[]>,
): Promise<Checked | CacheFinding[]> {
  const found = (cause: Cause, message: string): CacheFinding[] => [{ package: name, cause, message }];
  const named = parseNamed(name);
  if ('problem' in named) return found('reference', named.problem);
  const { source, tag, digest } = named;
  if (digest === undefined) {
    const message = `Crossplane asks the registry what the tag ${tag ?? 'latest'} means, whatever the pull policy; install ${source}@sha256:…, or pin the tag with an ImageConfig and verify ${source}:${tag ?? 'latest'}@sha256:…`;
    return found('tag', message);
  }
  const file = cacheFileName(`${source}@${digest}`, digest);
  const path = join(directory, file);
  if (!files.includes(file)) return found('name', await missing(directory, file, files));
  const yaml = await readYaml(path);
  if (typeof yaml === 'string')
    return found('gzip', `${file}: ${yaml}; Crossplane passes over it and asks the registry`);
  const content = inspectContent(yaml);
  if (content.findings.length > 0) {
    return content.findings.map(({ message, position }) => ({
      package: name,
      cause: 'yaml',
      message: `${file}, line ${position.line}: ${message}`,
    }));
  }
  const artifact = records.get(file)?.[0]?.manifest.artifact;
  if (artifact !== undefined && (artifact.digest !== digest || artifact.source !== source)) {
    return found('digest', `${file} holds ${artifact.source}@${artifact.digest}, whose name in the cache is the same`);
  }
  return { source, tag, digest, content };
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
  const described = await Promise.all(shown.map(async (name) => `${name} (${await describe(join(directory, name))})`));
  return `expected ${file}; found ${described.length === 0 ? 'nothing' : described.join(', ')}`;
}

/** What a file is that should have been an entry. */
async function describe(path: string): Promise<string> {
  const yaml = await readYaml(path);
  if (typeof yaml !== 'string') {
    const { type, name } = inspectContent(yaml);
    return type === '' ? 'gzip, but of no package' : `${type} ${name}`;
  }
  const { head, size } = await readHead(path).catch((error: unknown) => {
    if (isCacheError(error)) return { head: Buffer.alloc(0), size: 0 };
    throw error;
  });
  if (head.subarray(257, 262).toString('latin1') === 'ustar') return "a tarball, not a gzip'd package.yaml";
  return `${formatSize(size)}, ${yaml}`;
}

/** The first block of a file, and the size of all of it. */
async function readHead(path: string): Promise<{ head: Buffer; size: number }> {
  const { handle, size } = await orFileError(`read ${path}`, openRegularFile(path));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return { head: buffer.subarray(0, bytesRead), size };
  } finally {
    await handle.close();
  }
}

/** The bytes of package.yaml in an entry, or what is wrong with its gzip. */
async function readYaml(path: string): Promise<Buffer | string> {
  try {
    const { size } = await orFileError(`read ${path}`, stat(path));
    return await readAll(unzipEntry(readPieces(path), 'it'), maxUnpackedBytes(size, MAX_PACKAGE_BYTES), path);
  } catch (error) {
    if (isCacheError(error, 'ALTERED')) return error.message.replace('cannot use it: ', '');
    if (isCacheError(error)) return error.message;
    if (isOciError(error, 'TOO_LARGE')) return error.message;
    throw error;
  }
}

/** One file of a cache directory. */
export interface CacheEntry {
  readonly file: string;
  readonly bytes: number;
  /** `source@digest`, where the loader placed it. */
  readonly artifact: string | undefined;
  /** Kind and name of the package; what is wrong with the file where it holds none. */
  readonly content: string;
}

/** Lists what is in a cache directory. */
export async function listCache(directory: string): Promise<CacheEntry[]> {
  const records = await readRecords(directory);
  const names = await orFileError(`read ${directory}`, readdir(directory, { withFileTypes: true }));
  const files = names.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
  const entries: CacheEntry[] = [];
  for (const file of files.sort()) {
    const path = join(directory, file);
    const artifact = records.get(file)?.[0]?.manifest.artifact;
    const { size } = await orFileError(`read ${path}`, stat(path));
    const from = artifact && `${artifact.source}@${artifact.digest}`;
    entries.push({ file, bytes: size, artifact: from, content: await describe(path) });
  }
  return entries;
}
