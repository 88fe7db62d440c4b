import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { isCacheError } from '../errors.ts';
import { ifThere, orFileError, writeWhole } from '../files.ts';
import { formatManifest, isFileName, parseManifest, type SetManifest } from '../sets/manifest.ts';

/** What the loader remembers of a file that it placed. */
export interface Record {
  readonly set: string;
  readonly manifest: SetManifest;
}

// Crossplane looks for nothing but <key>.gz in its cache directory, so hidden names are free.
const FOLDER = '.package-cache';

const schema = z.object({ set: z.string(), manifest: z.unknown() });

/** Reads the records in a cache directory, by file name. One that cannot be read counts as none: the file is then somebody else's. */
export async function readRecords(directory: string): Promise<Map<string, Record>> {
  const folder = join(directory, FOLDER);
  const records = new Map<string, Record>();
  for (const file of ((await ifThere(`read ${folder}`, readdir(folder))) ?? []).sort()) {
    if (!isFileName(file)) continue;
    const text = await ifThere(`read ${join(folder, file)}`, readFile(join(folder, file), 'utf8'));
    const record = text === undefined ? undefined : parseRecord(text);
    if (record?.manifest.file === file) records.set(file, record);
  }
  return records;
}

/** Writes the record of a file, in place of an earlier one. */
export async function writeRecord(directory: string, { set, manifest }: Record): Promise<void> {
  const folder = join(directory, FOLDER);
  const temporary = join(folder, `.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeWhole(temporary, `{"set":${JSON.stringify(set)},"manifest":${formatManifest(manifest)}}\n`);
    await rename(temporary, join(folder, manifest.file));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Removes the record of a file. */
export async function removeRecord(directory: string, file: string): Promise<void> {
  const path = join(directory, FOLDER, file);
  await orFileError(`remove ${path}`, rm(path, { force: true }));
}

function parseRecord(text: string): Record | undefined {
  try {
    const record = schema.safeParse(JSON.parse(text)).data;
    if (record === undefined) return undefined;
    return { set: record.set, manifest: parseManifest(JSON.stringify(record.manifest) ?? '', 'of a record') };
  } catch (error) {
    if (error instanceof SyntaxError || isCacheError(error, 'INVALID_MANIFEST')) return undefined;
    throw error;
  }
}
