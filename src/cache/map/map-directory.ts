import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectContent } from '../../xpkg/index.ts';
import { artifactOf, listFiles, readEntry } from '../entries.ts';
import { orFileError } from '../files.ts';
import { type Record, readRecords } from '../loader/target/records.ts';
import { isEntryName } from '../sets/cache-name.ts';
import { type CacheMap, cacheMap, type MappedContent } from './cache-map.ts';

/** Maps a cache directory, by its files and the records that the loader keeps of them. */
export async function mapDirectory(directory: string, maxBytes: number): Promise<CacheMap> {
  const records = await readRecords(directory);
  const contents: MappedContent[] = [];
  for (const file of await listFiles(directory)) {
    contents.push(await mapFile(directory, file, records.get(file) ?? []));
  }
  return cacheMap(directory, maxBytes, contents);
}

async function mapFile(directory: string, file: string, records: readonly Record[]): Promise<MappedContent> {
  const path = join(directory, file);
  const { size } = await orFileError(`read ${path}`, stat(path));
  const [record] = records;
  const common = {
    set: record?.set,
    where: record?.origin ?? directory,
    file,
    bytes: size,
    chunks: (record?.manifest.chunks ?? []).map(() => true),
    artifact: record?.manifest.artifact,
    revisions: [],
  };
  if (!isEntryName(file)) return { ...common, content: undefined, problem: undefined };
  const found = await readEntry(path);
  if ('problem' in found) return { ...common, content: undefined, problem: `${file}: ${found.problem}` };
  // The record may be of earlier bytes.
  return {
    ...common,
    artifact: artifactOf(records, found.sha256),
    content: inspectContent(found.yaml),
    problem: undefined,
  };
}
