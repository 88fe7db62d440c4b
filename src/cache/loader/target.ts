import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheError, fileError } from '../errors.ts';
import { ifThere, orFileError, readPieces } from '../files.ts';
import { chunkProblem } from '../sets/chunks.ts';
import type { Offer, Part } from './offer.ts';
import { type Record, readRecords, removeRecord, writeRecord } from './records.ts';
import { contentComparer } from './same-content.ts';

const TEMPORARY = '.package-cache-';
/** A temporary file that is older was left by a process that died. */
const STALE_MS = 3_600_000;

/** A file that a loader placed here, as its record says. */
export interface Placed extends Record {
  /** Bytes of the file on disk, or undefined when it is gone. */
  readonly size: number | undefined;
  /** True when the file is as it was placed. */
  readonly intact: boolean;
}

/** What a cache directory holds. */
export interface TargetState {
  /** By file name. */
  readonly placed: ReadonlyMap<string, Placed>;
  /** Bytes of all other files by name. */
  readonly foreign: ReadonlyMap<string, number>;
}

/** Crossplane's package cache, or another directory that is kept filled. Several loaders may share one. */
export interface Target {
  /** Reads the records and checks the files against them; those that look as they did at the last check are not read again. */
  read(): Promise<TargetState>;
  /** True when the file of somebody else under the offer's name holds the same content. */
  foreignHolds(offer: Offer): Promise<boolean>;
  /** Puts an offer's file in place, whole and checked, or throws {@link CacheError} and leaves all as it was. */
  place(offer: Offer): Promise<void>;
  /** Removes a placed file with its record, or only the record where the file is no longer the one that was placed. */
  remove(file: string): Promise<void>;
}

/** Opens a cache directory. Throws `IO` when it is not there: Crossplane's pod makes it, and a typing error must not. */
export async function openTarget(directory: string): Promise<Target> {
  const found = await orFileError(`use the cache directory ${directory}`, stat(directory));
  if (!found.isDirectory()) {
    throw new CacheError('IO', `cannot use the cache directory ${directory}: it is no directory`);
  }
  const checked = new Map<string, string>();
  const holds = contentComparer();
  return {
    foreignHolds: (offer) => holds(join(directory, offer.manifest.file), offer),
    read: () => readTarget(directory, checked),
    place: (offer) => place(directory, offer),
    remove: (file) => remove(directory, file),
  };
}

async function readTarget(directory: string, checked: Map<string, string>): Promise<TargetState> {
  const placed = new Map<string, Placed>();
  for (const [file, record] of await readRecords(directory)) {
    placed.set(file, { ...record, ...(await check(join(directory, file), record, checked)) });
  }
  const foreign = new Map<string, number>();
  for (const name of await orFileError(`read ${directory}`, readdir(directory))) {
    const path = join(directory, name);
    const found = placed.has(name) ? undefined : await ifThere(`look at ${path}`, stat(path));
    if (found === undefined) continue;
    if (name.startsWith(TEMPORARY) && Date.now() - found.mtimeMs > STALE_MS) await rm(path, { force: true });
    else if (found.isFile()) foreign.set(name, found.size);
  }
  return { placed, foreign };
}

async function check(
  path: string,
  { manifest }: Record,
  checked: Map<string, string>,
): Promise<Pick<Placed, 'size' | 'intact'>> {
  const found = await ifThere(`look at ${path}`, stat(path));
  if (found === undefined) return { size: undefined, intact: false };
  const stamp = `${manifest.sha256} ${found.ino} ${found.size} ${found.mtimeMs}`;
  const intact = checked.get(path) === stamp || (await ifThere(`read ${path}`, sumOf(path))) === manifest.sha256;
  if (intact) checked.set(path, stamp);
  return { size: found.size, intact };
}

/** The record goes first: a process that dies between the two leaves a record whose file is not intact, which is placed again. */
async function place(directory: string, offer: Offer): Promise<void> {
  const { manifest, name } = offer;
  const temporary = join(directory, `${TEMPORARY}${randomUUID()}`);
  try {
    await writeChecked(temporary, offer);
    await writeRecord(directory, { set: name, manifest });
    await rename(temporary, join(directory, manifest.file));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(`place ${manifest.file} in ${directory}`, error);
  }
}

/**
 * One pass over the bytes; only when the sum of the whole is wrong are the chunks looked at one by one, to say which it is. Nothing is
 * brought to disk by force: what a crash of the node leaves is checked against its record at the next start.
 */
async function writeChecked(path: string, offer: Offer): Promise<void> {
  const { manifest, parts } = offer;
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o644);
  let size = 0;
  try {
    for (const part of parts) {
      for await (const piece of part.open()) {
        size += piece.byteLength;
        if (size > manifest.size) throw await explain(offer);
        // The disk works while this thread hashes.
        const written = file.writeFile(piece);
        hash.update(piece);
        await written;
      }
    }
  } finally {
    await file.close();
  }
  if (hash.digest('hex') !== manifest.sha256) throw await explain(offer);
}

async function explain({ manifest, parts }: Offer): Promise<CacheError> {
  for (const [index, part] of parts.entries()) {
    const problem = chunkProblem(manifest, index, await readSome(part, manifest.chunkSize));
    if (problem) return new CacheError(problem.code, `${problem.message} (in ${part.where})`);
  }
  return new CacheError('ALTERED', `cannot join ${manifest.file}: its sha256 is not the one its manifest says`);
}

/** Reads a part until it is seen to be longer than `most`. */
async function readSome(part: Part, most: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of part.open()) {
    pieces.push(Buffer.from(piece));
    size += piece.byteLength;
    if (size > most) break;
  }
  return Buffer.concat(pieces);
}

async function remove(directory: string, file: string): Promise<void> {
  const path = join(directory, file);
  const record = (await readRecords(directory)).get(file);
  const isOurs = record !== undefined && (await ifThere(`read ${path}`, sumOf(path))) === record.manifest.sha256;
  if (isOurs) await orFileError(`remove ${path}`, rm(path, { force: true }));
  await removeRecord(directory, file);
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(path)) hash.update(piece);
  return hash.digest('hex');
}
