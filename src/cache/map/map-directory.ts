import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectContent } from '../../xpkg/index.ts';
import { artifactOf, listFiles, readEntry } from '../entries.ts';
import { orFileError } from '../files.ts';
import { listLinks } from '../loader/target/links.ts';
import { type PlacementRecord, readRecords } from '../loader/target/records.ts';
import { isEntryName } from '../sets/cache-name.ts';
import { danglingLinks } from '../verify-links.ts';
import { type CacheMap, cacheMap, type MappedContent } from './cache-map.ts';

/** Builds a map of a cache directory from its files and the records of loaders. */
export async function mapDirectory(directory: string, maxBytes: number): Promise<CacheMap> {
  const records = await readRecords(directory);
  const [files, links] = [await listFiles(directory), await listLinks(directory)];
  const contents: MappedContent[] = [];
  for (const file of files) {
    const paths = links.filter((link) => link.file === file).map(({ path }) => path);
    contents.push({ ...(await mapFile(directory, file, records.get(file) ?? [])), links: paths });
  }
  const dangling = [...danglingLinks(links, files)].map(([path, message]) => `${path}: ${message}`);
  return cacheMap(directory, maxBytes, contents, dangling);
}

async function mapFile(
  directory: string,
  file: string,
  records: readonly PlacementRecord[],
): Promise<Omit<MappedContent, 'links'>> {
  const path = join(directory, file);
  const { size } = await orFileError('read', path, stat(path));
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
  // The record may describe earlier bytes.
  return {
    ...common,
    artifact: artifactOf(records, found.sha256),
    content: inspectContent(found.yaml),
    problem: undefined,
  };
}
