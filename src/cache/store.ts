import { randomUUID } from 'node:crypto';
import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sha256Hex } from '../internal/bytes/hash.ts';
import { writeAtomically } from '../internal/files/atomic-file.ts';
import { makeDirectory } from '../internal/files/make-directory.ts';
import { readRegularFile } from '../internal/files/read-file.ts';
import { type Digest, digestHex, digestOf } from '../oci/index.ts';
import { fileError, isCacheError } from './errors.ts';
import { ifExists } from './files.ts';

/** Stores contents by their digests. */
export interface ContentStore {
  /** Returns stored content, or undefined if there is none with this digest. */
  get(digest: Digest): Promise<Buffer | undefined>;
  /** Stores content and returns its digest. Content that is too large is silently not stored. Throws {@link CacheError}. */
  put(bytes: Uint8Array): Promise<Digest>;
  /** Removes content, if it exists. */
  delete(digest: Digest): Promise<void>;
  /** Returns the note of a name; undefined if none exists. Throws {@link CacheError}. */
  readNote(name: string): Promise<string | undefined>;
  /** Stores a short text under a name, replacing an earlier one. Throws {@link CacheError}. */
  writeNote(name: string, text: string): Promise<void>;
  /** Removes a note, if it exists. */
  deleteNote(name: string): Promise<void>;
  /** The maximum size of stored content, in bytes. */
  readonly maxBytes: number;
  /** Returns a store whose contents are found only in the same scope: access to one scope does not imply access to another. */
  within(scope: string): ContentStore;
}

/** Returns a store that stores nothing. */
export function nopStore(): ContentStore {
  const store: ContentStore = {
    get: async () => undefined,
    put: async (bytes) => digestOf(bytes),
    delete: async () => undefined,
    readNote: async () => undefined,
    writeNote: async () => undefined,
    deleteNote: async () => undefined,
    maxBytes: 0,
    within: () => store,
  };
  return store;
}

/** Options of a store on disk. */
export interface FileStoreOptions {
  /** Created if it does not exist. */
  readonly directory: string;
  /** The maximum total size of contents, in bytes; the least recently used ones are evicted. */
  readonly maxBytes: number;
}

/**
 * Creates the directory of a store and checks that it is writable, so that a program can fail at its start. Accepts a full disk: old content
 * is evicted when content is stored. Throws {@link CacheError}.
 */
export async function prepareStore(directory: string): Promise<void> {
  const probe = join(directory, `${TEMPORARY}${randomUUID()}`);
  try {
    await makeDirectory(resolve(directory));
    await writeFile(probe, '', { flag: 'wx' });
  } catch (error) {
    const failure = fileError('store', `fetched packages in ${directory}`, error);
    if (!isCacheError(failure, 'FULL')) throw failure;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** The maximum size of stored content, as it is in memory as a whole: more than the layer of any package that a composite may have. */
const MAX_CONTENT_BYTES = 16 * 1_048_576;

/** The maximum number of files of a store: even the smallest needs a directory entry. */
const MAX_FILES = 20_000;

const MAX_NOTE_BYTES = 1_024;

const TEMPORARY = '.tmp-';
/** The age at which a temporary file is known to be left by a dead process. */
const STALE_MS = 3_600_000;

/** Returns a store with one file per content in a directory, which any number of processes may share. */
export function fileStore(options: FileStoreOptions): ContentStore {
  return scopedFileStore(options, '');
}

function scopedFileStore({ directory, maxBytes }: FileStoreOptions, scope: string): ContentStore {
  const nameOf = (digest: Digest) => (scope === '' ? digest : digestOf(Buffer.from(`${scope}\n${digest}`)));
  const pathOf = (digest: Digest) => join(directory, digestHex(nameOf(digest)));
  const notePathOf = (name: string) => join(directory, `note-${sha256Hex(JSON.stringify([scope, name]))}`);

  async function get(digest: Digest): Promise<Buffer | undefined> {
    const path = pathOf(digest);
    const bytes = await ifExists('read', path, readRegularFile(path, maxBytes));
    if (bytes === undefined) return undefined;
    if (digestOf(bytes) !== digest) {
      await rm(path, { force: true });
      return undefined;
    }
    await touch(path);
    return bytes;
  }

  async function put(bytes: Uint8Array): Promise<Digest> {
    const digest = digestOf(bytes);
    if (bytes.byteLength <= maxBytes) await write(pathOf(digest), bytes, digest);
    return digest;
  }

  async function readNote(name: string): Promise<string | undefined> {
    const path = notePathOf(name);
    const bytes = await ifExists('read', path, readRegularFile(path, MAX_NOTE_BYTES));
    if (bytes !== undefined) await touch(path);
    return bytes?.toString('utf8');
  }

  async function write(path: string, bytes: Uint8Array, what: string): Promise<void> {
    const temporary = join(directory, `${TEMPORARY}${randomUUID()}`);
    try {
      await makeDirectory(directory);
      await makeRoom(directory, maxBytes - bytes.byteLength, path);
      await writeAtomically(path, [bytes], { temporary, flush: true });
    } catch (error) {
      throw fileError('store', `${what} in ${directory}`, error);
    }
  }

  return {
    get,
    put,
    delete: (digest) => rm(pathOf(digest), { force: true }),
    readNote,
    writeNote: (name, text) => write(notePathOf(name), Buffer.from(text), 'a note'),
    deleteNote: (name) => rm(notePathOf(name), { force: true }),
    maxBytes: Math.min(maxBytes, MAX_CONTENT_BYTES),
    within: (inner) => scopedFileStore({ directory, maxBytes }, JSON.stringify([scope, inner])),
  };
}

/** Marks a file as used now. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await ifExists('touch', path, utimes(path, now, now));
}

/** Returns the total size of contents in the directory of a store; 0 if it does not exist. */
export async function storeBytes(directory: string): Promise<number> {
  let total = 0;
  for (const name of (await ifExists('list', directory, readdir(directory))) ?? []) {
    if (name.startsWith(TEMPORARY)) continue;
    const path = join(directory, name);
    total += (await ifExists('check', path, stat(path)))?.size ?? 0;
  }
  return total;
}

/** Removes the least recently used files until the rest is within `room` bytes and {@link MAX_FILES}; `except` is about to be replaced. */
async function makeRoom(directory: string, room: number, except: string): Promise<void> {
  const now = Date.now();
  const kept: { path: string; size: number; usedAt: number }[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const found = await ifExists('check', path, stat(path));
    if (found === undefined || path === except) continue;
    if (!name.startsWith(TEMPORARY)) kept.push({ path, size: found.size, usedAt: found.mtimeMs });
    else if (now - found.mtimeMs > STALE_MS) await rm(path, { force: true });
  }
  kept.sort((a, b) => a.usedAt - b.usedAt);
  let total = kept.reduce((sum, { size }) => sum + size, 0);
  for (const [index, { path, size }] of kept.entries()) {
    if (total <= room && kept.length - index < MAX_FILES) return;
    await rm(path, { force: true });
    total -= size;
  }
}
