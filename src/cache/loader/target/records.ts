import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { sha256Hex } from '../../../internal/bytes/hash.ts';
import { writeAtomically } from '../../../internal/files/atomic-file.ts';
import { FileError } from '../../../internal/files/file-error.ts';
import { readRegularFile } from '../../../internal/files/read-file.ts';
import { parseJsonOrUndefined } from '../../../internal/parse-json.ts';
import { isCacheError } from '../../errors.ts';
import { ifExists, orFileError } from '../../files.ts';
import { isFileName, parseManifest, type SetManifest } from '../../sets/manifest.ts';
import type { Trust } from '../trust.ts';

/** A loader's record of a file that it placed. */
export interface PlacementRecord {
  readonly set: string;
  readonly manifest: SetManifest;
  /** The owner, which placed the file and may remove it. Undefined in records of earlier versions. */
  readonly owner?: string | undefined;
  readonly trust?: Trust | undefined;
  /** The namespace or directory of origin. */
  readonly origin?: string | undefined;
}

/** The folder of records. Crossplane only looks up <key>.gz in its cache directory, so hidden names are available. */
export const RECORDS_FOLDER = '.package-cache';
const MAX_RECORD_BYTES = 262_144;

const schema = z.object({
  set: z.string(),
  manifest: z.unknown(),
  owner: z.optional(z.string()),
  trust: z.optional(z.enum(['full', 'prefix'])),
  origin: z.optional(z.string()),
});

/**
 * Reads the records in a cache directory, or those of one file, by file name; a file has a record for each owner. Ignores invalid records:
 * their files then count as foreign.
 */
export async function readRecords(directory: string, only?: string): Promise<Map<string, PlacementRecord[]>> {
  const folder = join(directory, RECORDS_FOLDER);
  const records = new Map<string, PlacementRecord[]>();
  for (const name of ((await ifExists('read', folder, readdir(folder))) ?? []).sort()) {
    const [file = ''] = name.split('@');
    if (!isFileName(file) || (only !== undefined && file !== only)) continue;
    const record = await readRecord(join(folder, name));
    if (record === undefined || recordName(file, record.owner) !== name || record.manifest.file !== file) continue;
    records.set(file, [...(records.get(file) ?? []), record]);
  }
  return records;
}

/** Writes an owner's record of a file, replacing an earlier one, through the file `temporary`. */
export async function writeRecord(directory: string, record: PlacementRecord, temporary: string): Promise<void> {
  const path = join(directory, RECORDS_FOLDER, recordName(record.manifest.file, record.owner));
  await writeAtomically(path, [Buffer.from(`${JSON.stringify(record)}\n`)], { temporary, flush: true });
}

/** Removes an owner's record of a file. */
export async function removeRecord(directory: string, file: string, owner: string | undefined): Promise<void> {
  const path = join(directory, RECORDS_FOLDER, recordName(file, owner));
  await orFileError('remove', path, rm(path, { force: true }));
}

/** Returns the file name of a record. Each owner has its own, so that loaders that share a directory never write the same file. */
function recordName(file: string, owner: string | undefined): string {
  return owner === undefined ? file : `${file}@${sha256Hex(owner).slice(0, 16)}`;
}

async function readRecord(path: string): Promise<PlacementRecord | undefined> {
  try {
    const bytes = await ifExists('read', path, readRegularFile(path, MAX_RECORD_BYTES));
    return bytes === undefined ? undefined : parseRecord(String(bytes));
  } catch (error) {
    if (isCacheError(error) && error.cause instanceof FileError) return undefined;
    throw error;
  }
}

function parseRecord(text: string): PlacementRecord | undefined {
  try {
    const record = schema.safeParse(parseJsonOrUndefined(text)).data;
    if (record === undefined) return undefined;
    const manifest = parseManifest(JSON.stringify(record.manifest) ?? '', 'of a record');
    return { ...record, manifest };
  } catch (error) {
    if (isCacheError(error, 'INVALID_MANIFEST')) return undefined;
    throw error;
  }
}
