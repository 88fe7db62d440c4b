import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../../internal/files/atomic-file.ts';
import { makeDirectory } from '../../../internal/files/make-directory.ts';
import { CacheError, errnoOf, fileError, isCacheError } from '../../errors.ts';
import { ifExists, orFileError, readPieces } from '../../files.ts';
import { chunkProblem } from '../../sets/chunks.ts';
import type { SetManifest } from '../../sets/manifest.ts';
import type { Candidate, ChunkSource } from '../candidate.ts';
import { type Comparison, contentComparer } from '../same-content.ts';
import { type PlacementRecord, RECORDS_FOLDER, readRecords, removeRecord, writeRecord } from './records.ts';
import { isTemporary, type TemporaryFiles, temporaryFiles } from './temporary.ts';

/** A file that loaders placed, according to their records. */
export interface Placed {
  /** From the record that matches the file, else from this loader's own record, else from the first one. */
  readonly manifest: SetManifest;
  readonly set: string;
  readonly trust: PlacementRecord['trust'];
  readonly origin: PlacementRecord['origin'];
  /** The owner among this loader's own that has a record of the file. */
  readonly owner: string | undefined;
  /** True when another loader has a record that matches the file, and so needs it. */
  readonly isShared: boolean;
  /** The size of the file on disk; undefined if it does not exist. */
  readonly size: number | undefined;
  /** True when the file is unchanged since it was placed. */
  readonly intact: boolean;
}

/** The content of a cache directory. */
export interface TargetState {
  /** By file name. */
  readonly placed: ReadonlyMap<string, Placed>;
  /** The sizes of all other files, by name. */
  readonly foreign: ReadonlyMap<string, number>;
}

/** Crossplane's package cache, or another directory to load into. Several loaders may share one. */
export interface Target {
  /** Reads the records and verifies the files; files whose inode, size and time are unchanged since the last time are not read again. */
  read(): Promise<TargetState>;
  /** Compares a file that no loader placed, or that was changed since, with a candidate of its name. */
  compare(candidate: Candidate): Promise<Comparison>;
  /** Places a candidate's file, complete and verified, or throws {@link CacheError} and changes nothing. */
  place(candidate: Candidate): Promise<void>;
  /** Records that the candidate's owner needs a file that is already in place. */
  adopt(candidate: Candidate): Promise<void>;
  /** Removes this loader's record of a file and, if no other loader needs it and it is unchanged, the file. */
  remove(file: string): Promise<void>;
}

/** Opens a cache directory for a loader that acts for `owners`. Throws `IO` if it does not exist: Crossplane's pod creates it. */
export async function openTarget(directory: string, owners: ReadonlySet<string>): Promise<Target> {
  const found = await orFileError('use', `the cache directory ${directory}`, stat(directory));
  if (!found.isDirectory()) {
    throw new CacheError('IO', `cannot use the cache directory ${directory}: it is not a directory`);
  }
  const temporary = await temporaryFiles(directory, [...owners].sort().join('\n'));
  await temporary.removeStale({ atStart: true });
  const checked = new Map<string, string>();
  const compare = contentComparer();
  const isOwn = ({ owner }: PlacementRecord) => owner !== undefined && owners.has(owner);
  return {
    async read() {
      await temporary.removeStale();
      return readTarget(directory, checked, isOwn);
    },
    compare: (candidate) => compare(join(directory, candidate.manifest.file), candidate),
    place: (candidate) => place(directory, candidate, temporary, isOwn),
    adopt: (candidate) => record(directory, candidate, temporary, isOwn),
    remove: (file) => remove(directory, file, isOwn),
  };
}

async function readTarget(
  directory: string,
  checked: Map<string, string>,
  isOwn: (record: PlacementRecord) => boolean,
): Promise<TargetState> {
  const placed = new Map<string, Placed>();
  for (const [file, records] of await readRecords(directory)) {
    placed.set(file, await check(join(directory, file), records, checked, isOwn));
  }
  for (const path of checked.keys()) if (!placed.has(path.slice(directory.length + 1))) checked.delete(path);
  const foreign = new Map<string, number>();
  for (const name of await orFileError('read', directory, readdir(directory))) {
    if (placed.has(name) || name === RECORDS_FOLDER || isTemporary(name)) continue;
    const found = await ifExists('check', join(directory, name), stat(join(directory, name)));
    // A folder may have the name of an entry, too.
    if (found?.isFile() || found?.isDirectory()) foreign.set(name, found.isFile() ? found.size : 0);
  }
  return { placed, foreign };
}

async function check(
  path: string,
  records: readonly PlacementRecord[],
  checked: Map<string, string>,
  isOwn: (record: PlacementRecord) => boolean,
): Promise<Placed> {
  const found = await ifExists('check', path, stat(path));
  const sum = found?.isFile() ? await checkedSum(path, found, checked) : undefined;
  const agreeing = records.filter(({ manifest }) => manifest.sha256 === sum);
  const own = records.find(isOwn);
  const [first = own] = agreeing.some(isOwn) ? agreeing.filter(isOwn) : agreeing;
  const chosen = first ?? records[0];
  if (chosen === undefined) throw new Error('a file without records is not a placed one');
  const { manifest, set, trust, origin } = chosen;
  return {
    manifest,
    set,
    trust,
    origin,
    owner: own?.owner,
    isShared: agreeing.some((one) => one.owner !== undefined && !isOwn(one)),
    size: found?.isFile() ? found.size : undefined,
    intact: agreeing.length > 0,
  };
}

/** Returns the sha256 of a file, which is read again only after its inode, size or time changed. */
async function checkedSum(
  path: string,
  { ino, size, mtimeMs }: { readonly ino: number; readonly size: number; readonly mtimeMs: number },
  checked: Map<string, string>,
): Promise<string | undefined> {
  const stamp = `${ino} ${size} ${mtimeMs}`;
  const known = checked.get(path);
  if (known?.startsWith(`${stamp} `)) return known.slice(stamp.length + 1);
  const sum = await ifExists('read', path, sumOf(path));
  if (sum !== undefined) checked.set(path, `${stamp} ${sum}`);
  return sum;
}

const ATTEMPTS = 3;

/**
 * Places a candidate's file. The record is written first: if the process dies before the file is in place, the file counts as damaged and is
 * placed again. Another loader of the same owner that starts in the meantime may remove the temporary file: then a new one is written.
 */
async function place(
  directory: string,
  candidate: Candidate,
  temporary: TemporaryFiles,
  isOwn: (record: PlacementRecord) => boolean,
): Promise<void> {
  const { file } = candidate.manifest;
  for (let attempt = 1; ; attempt += 1) {
    async function* content() {
      yield* checkedContent(candidate);
      await record(directory, candidate, temporary, isOwn);
    }
    try {
      return await writeAtomically(join(directory, file), content(), { temporary: temporary.path() });
    } catch (error) {
      const wasRemoved = errnoOf(isCacheError(error) ? error.cause : error) === 'ENOENT';
      if (!wasRemoved || attempt === ATTEMPTS) throw fileError('place', `${file} in ${directory}`, error);
    }
  }
}

/** Writes the record of the candidate's owner, and removes those of this loader's other owners and of unnamed ones. */
async function record(
  directory: string,
  { name, manifest, owner, trust, origin }: Candidate,
  temporary: TemporaryFiles,
  isOwn: (record: PlacementRecord) => boolean,
): Promise<void> {
  await orFileError('write', `in ${directory}`, makeDirectory(join(directory, RECORDS_FOLDER)));
  const before = (await readRecords(directory, manifest.file)).get(manifest.file) ?? [];
  await writeRecord(directory, { set: name, manifest, owner, trust, origin }, temporary.path());
  for (const one of before) {
    const isReplaced = one.owner === undefined || isOwn(one);
    if (isReplaced && one.owner !== owner) await removeRecord(directory, manifest.file, one.owner);
  }
}

/**
 * Yields the content of a candidate. Throws if it does not have its checksum: the chunks are then verified one by one, to name the wrong one.
 * Files are not flushed to disk: after a crash of the node, they are verified against their records at the next start.
 */
async function* checkedContent(candidate: Candidate): AsyncGenerator<Uint8Array, void, undefined> {
  const { manifest, parts } = candidate;
  const hash = createHash('sha256');
  let size = 0;
  for (const part of parts) {
    for await (const piece of part.open()) {
      size += piece.byteLength;
      if (size > manifest.size) throw await explain(candidate);
      hash.update(piece);
      // Copy: the part reuses the buffer of its pieces, and the writer buffers several.
      yield Buffer.from(piece);
    }
  }
  if (hash.digest('hex') !== manifest.sha256) throw await explain(candidate);
}

async function explain({ manifest, parts }: Candidate): Promise<CacheError> {
  for (const [index, part] of parts.entries()) {
    const problem = chunkProblem(manifest, index, await readSome(part, manifest.chunkSize));
    if (problem) return new CacheError(problem.code, `${problem.message} (in ${part.where})`);
  }
  return new CacheError('CHECKSUM_MISMATCH', `cannot join ${manifest.file}: its sha256 is not that of its manifest`);
}

/** Reads a part, and stops once it is longer than `most`. */
async function readSome(part: ChunkSource, most: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of part.open()) {
    pieces.push(Buffer.from(piece));
    size += piece.byteLength;
    if (size > most) break;
  }
  return Buffer.concat(pieces);
}

async function remove(directory: string, file: string, isOwn: (record: PlacementRecord) => boolean): Promise<void> {
  const path = join(directory, file);
  const records = (await readRecords(directory, file)).get(file) ?? [];
  const sum = await ifExists('read', path, sumOf(path));
  const isWanted = records.some((one) => !isOwn(one) && one.owner !== undefined && one.manifest.sha256 === sum);
  const isAsPlaced = records.some((one) => isOwn(one) && one.manifest.sha256 === sum);
  if (isAsPlaced && !isWanted) await orFileError('remove', path, rm(path, { force: true }));
  for (const one of records.filter(isOwn)) await removeRecord(directory, file, one.owner);
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(path)) hash.update(piece);
  return hash.digest('hex');
}
