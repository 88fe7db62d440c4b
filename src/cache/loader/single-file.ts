import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import { maxUnpackedBytes } from '../../internal/expansion.ts';
import { openRegularFile } from '../../internal/files/read-file.ts';
import { quote } from '../../internal/quote.ts';
import { isOciError, readImageTarball } from '../../oci/index.ts';
import { inspectContent, MAX_PACKAGE_BYTES, parseTarget, readPackageYaml, XpkgError } from '../../xpkg/index.ts';
import { packageImage } from '../../xpkg/push.ts';
import { unzipEntry } from '../entry-gzip.ts';
import { CacheError } from '../errors.ts';
import { orFileError, readPieces } from '../files.ts';
import { entryNameOf, isEntryName } from '../sets/cache-name.ts';
import { type ArtifactId, isFileName, type SetManifest } from '../sets/manifest.ts';
import { type Candidate, type Rejection, rejectionOf } from './candidate.ts';
import type { FoundFile } from './directories.ts';

const EXAMPLE = 'registry-example-com-acme-cfg-sha256-e3b0c.gz';

/**
 * Reads a file that is not part of a set: an entry of Crossplane's cache, or a package file, which is converted to an entry. Returns
 * undefined for other files.
 */
export async function readSingleFile(
  file: FoundFile,
  isBesideSets: boolean,
  owner: string,
  reference: string | undefined,
): Promise<Candidate | Rejection | undefined> {
  const { name, path } = file;
  if (!isFileName(name)) return undefined;
  try {
    const isPackage = await isTarball(path);
    if (!isPackage && !name.endsWith('.gz') && reference === undefined) return undefined;
    // Otherwise a damaged manifest would disable the verification of its entry.
    if (isBesideSets) throw invalid(path, 'it is in a directory with manifests, and no valid manifest names it');
    if (isPackage) return await convertPackage(file, owner, reference);
    if (reference !== undefined) throw invalid(path, 'it is not a package file (.xpkg)');
    if (isEntryName(name)) return await singleEntry(file, owner);
    throw invalid(path, `Crossplane only looks up names such as ${EXAMPLE}`);
  } catch (error) {
    const failure = isOciError(error) || error instanceof XpkgError ? invalid(path, error.message, error) : error;
    return rejectionOf(name, path, failure);
  }
}

const BLOCK = 512;

async function isTarball(path: string): Promise<boolean> {
  const { handle } = await orFileError('read', path, openRegularFile(path));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BLOCK), 0, BLOCK, 0);
    return bytesRead === BLOCK && buffer.subarray(257, 262).toString('latin1') === 'ustar';
  } finally {
    await handle.close();
  }
}

/** Reads an entry without a manifest; only checks that it is one complete gzip stream. */
async function singleEntry({ name, path, size, root }: FoundFile, owner: string): Promise<Candidate> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(path)) hash.update(piece);
  const most = maxUnpackedBytes(size, MAX_PACKAGE_BYTES);
  let unpacked = 0;
  for await (const piece of unzipEntry(readPieces(path), path)) {
    unpacked += piece.byteLength;
    if (unpacked > most) throw new CacheError('TOO_LARGE', `cannot use ${path}: it unpacks to more than ${most} bytes`);
  }
  const manifest = manifestOf(name, size, hash.digest('hex'));
  return {
    name,
    where: path,
    manifest,
    parts: [{ where: path, open: () => readPieces(path) }],
    origin: root,
    trust: 'full',
    owner,
  };
}

/**
 * Converts a package file to an entry. With a reference, the entry has the name that Crossplane 2.2 and later look up, with the digest that
 * the package has once it is pushed; without one, it has the name of the file, by which earlier versions find a package of that name.
 */
async function convertPackage(
  { name, path, root }: FoundFile,
  owner: string,
  reference: string | undefined,
): Promise<Candidate> {
  const image = await readImageTarball(path);
  const yaml = await readPackageYaml(image);
  const [finding] = inspectContent(yaml).findings;
  if (finding) throw invalid(path, `Crossplane refuses the package: ${finding.message}`);
  const bytes = gzipSync(yaml, { level: 9 });
  const named = reference === undefined ? namedAfterFile(name, path) : await namedByReference(name, image, reference);
  const manifest = manifestOf(named.file, bytes.byteLength, sha256Hex(bytes), named.artifact);
  async function* open() {
    yield bytes;
  }
  return {
    name,
    where: path,
    manifest,
    parts: [{ where: path, open }],
    origin: root,
    trust: 'full',
    owner,
    note: named.note,
  };
}

interface Named {
  readonly file: string;
  readonly artifact?: ArtifactId;
  readonly note: string;
}

async function namedByReference(
  name: string,
  image: Parameters<typeof packageImage>[0],
  reference: string,
): Promise<Named> {
  const { registry, repository, tag } = parseTarget(reference);
  const { digest } = (await packageImage(image)).document.descriptor;
  const artifact = { source: `${registry}/${repository}`, digest };
  const note = `${name} is ${artifact.source}@${digest}; pin ${artifact.source}:${tag} to that digest with an ImageConfig, or install it by the digest`;
  return { file: entryNameOf(artifact), artifact, note };
}

function namedAfterFile(name: string, path: string): Named {
  const stem = name.replace(/\.(?:xpkg|tar|gz)$/, '');
  const file = `${stem}.gz`;
  if (!isEntryName(file)) {
    throw invalid(
      path,
      `its name must be lower-case letters, digits and dashes, or be given with --package ${quote(name)}=registry/repository:tag`,
    );
  }
  const note = `${name} is placed as ${file}, where Crossplane before 2.2 finds a package named ${stem}; later versions require --package ${name}=registry/repository:tag`;
  return { file, note };
}

function manifestOf(file: string, size: number, sha256: string, artifact?: ArtifactId): SetManifest {
  return { version: 1, file, size, sha256, chunkSize: Math.max(1, size), chunks: [sha256], artifact };
}

function invalid(path: string, why: string, cause?: unknown): CacheError {
  return new CacheError('INVALID_MEMBER', `cannot use ${path}: ${why}`, { cause });
}
