import { lstat, readdir, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { compileFileMatch } from '../go/file-match.ts';
import { FileError } from '../internal/files/file-error.ts';
import { readRegularFile } from '../internal/files/read-file.ts';
import { quote } from '../internal/quote.ts';
import { reasonOf } from '../internal/reason.ts';
import { XpkgError } from './errors.ts';

/** A file of a package, as text. */
export interface PackageFile {
  /** The path for messages, as the caller would write it. */
  readonly path: string;
  readonly text: string;
}

/** The files that a package is built from. */
export interface PackageSources {
  readonly files: readonly PackageFile[];
  /** Undefined without a folder of examples; empty if that folder is empty. */
  readonly examples: readonly PackageFile[] | undefined;
}

/** The paths of a package's files. */
export interface PackageRoot {
  readonly root: string;
  /** Default: `examples` in the root. */
  readonly examplesRoot?: string;
  /** Patterns of files to exclude, relative to the root. `*` does not match slashes. */
  readonly ignore?: readonly string[];
}

/** The maximum size of all YAML of a package. This is Crossplane's own limit. */
export const MAX_PACKAGE_BYTES = 200 * 1024 * 1024;

/**
 * Reads the YAML files of a package root in the order of Crossplane's command line: names ending in `.yaml` or `.yml`, including hidden
 * files, folders in the order of their names, and links to files but not to folders. The examples are read separately.
 */
export async function readPackageRoot({ root, examplesRoot, ignore = [] }: PackageRoot): Promise<PackageSources> {
  await requireFolder(root);
  const examples = await findExamples(root, examplesRoot);
  const paths = await listYaml(root, ignore);
  const inside = (path: string) => examples !== undefined && resolve(path).includes(resolve(examples));
  const budget = { bytes: MAX_PACKAGE_BYTES };
  return {
    files: await readFiles(
      paths.filter((path) => !inside(path)),
      budget,
    ),
    examples: examples === undefined ? undefined : await readFiles(await listYaml(examples, ignore), budget),
  };
}

async function requireFolder(root: string): Promise<void> {
  if (await isFolder(root)) return;
  throw new XpkgError('UNREADABLE', `cannot read the package root ${root}: not a folder`);
}

async function findExamples(root: string, folder = join(root, 'examples')): Promise<string | undefined> {
  return (await isFolder(folder)) ? folder : undefined;
}

/** True when the path is a folder. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function listYaml(root: string, ignore: readonly string[]): Promise<string[]> {
  const ignored = ignore.map((pattern) => {
    const matches = compileFileMatch(join(resolve(root), pattern));
    if (matches !== undefined) return matches;
    throw new XpkgError('INVALID_ARGUMENT', `invalid pattern ${quote(pattern)}: incomplete [, range or \\`);
  });
  const paths: string[] = [];
  await walk(root, paths);
  return paths.filter((path) => !ignored.some((matches) => matches(resolve(path))));
}

async function walk(folder: string, paths: string[]): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new XpkgError('UNREADABLE', `cannot read the folder ${folder}: ${reasonOf(error)}`, { cause: error });
  });
  for (const name of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const path = join(folder, name);
    const stats = await lstat(path);
    if (stats.isDirectory()) await walk(path, paths);
    else if (/^\.ya?ml$/.test(extensionOf(name)) && stats.size > 0) paths.push(path);
  }
}

/** Returns the extension of a file name. Unlike Node, Go accepts a name that consists only of an extension. */
function extensionOf(name: string): string {
  return name.startsWith('.') && !name.slice(1).includes('.') ? name : extname(name);
}

async function readFiles(paths: readonly string[], budget: { bytes: number }): Promise<PackageFile[]> {
  const files: PackageFile[] = [];
  for (const path of paths) files.push({ path, text: await readText(path, budget) });
  return files;
}

async function readText(path: string, budget: { bytes: number }): Promise<string> {
  try {
    const bytes = await readRegularFile(path, budget.bytes);
    budget.bytes -= bytes.byteLength;
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof FileError) throw fileError(error, path);
    if (error instanceof TypeError)
      throw new XpkgError('INVALID_YAML', `cannot read ${path}: invalid UTF-8`, { cause: error });
    throw new XpkgError('UNREADABLE', `cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function fileError(error: FileError, path: string): XpkgError {
  if (error.code === 'NOT_REGULAR_FILE') return new XpkgError('UNREADABLE', error.message, { cause: error });
  const why = `the package's YAML has more than ${MAX_PACKAGE_BYTES} bytes`;
  return new XpkgError('TOO_LARGE', `cannot read ${path}: ${why}`, { cause: error });
}
