import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheError } from '../../cache/errors.ts';
import { orFileError } from '../../cache/files.ts';
import { toJsonObject } from '../../cache/upgrade/objects.ts';
import { type FoundObject, type PackedSet, readPackedSet } from '../../cache/upgrade/read-packed.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { formatSize, MIB } from '../../internal/size.ts';
import { isList, isObject, type JsonObject } from '../../json/value.ts';
import { yamlDocuments } from '../../yaml/index.ts';

/** The maximum total size of the files of a set: all of them are in memory. */
const MAX_BYTES = 256 * MIB;

/** Reads a package set from YAML files, or from the files `*.yaml`, `*.yml` and `*.json` of folders. Throws the errors of {@link readPackedSet}. */
export async function readSetFiles(paths: readonly string[]): Promise<PackedSet> {
  const found: FoundObject[] = [];
  let room = MAX_BYTES;
  for (const path of (await Promise.all(paths.map(filesOf))).flat()) {
    const bytes = await orFileError('read', path, readRegularFile(path, MAX_BYTES));
    room -= bytes.byteLength;
    if (room < 0)
      throw new CacheError('TOO_LARGE', `cannot use the files: they have more than ${formatSize(MAX_BYTES)}`);
    for (const { value, empty, line } of yamlDocuments(bytes.toString('utf8'), path)) {
      if (empty) continue;
      const where = `${path}, line ${line}`;
      const object = toJsonObject(value);
      if (object === undefined) throw new CacheError('INVALID_MEMBER', `cannot use ${where}: it is not an object`);
      found.push(...itemsOf(object, where));
    }
  }
  return readPackedSet(found, paths.join(', '));
}

/** Returns the objects of a List, which `cache pack -o json` prints, or the object itself. */
function itemsOf(value: JsonObject, where: string): FoundObject[] {
  const { kind, items } = value;
  if (kind !== 'List' || !isList(items)) return [{ value, where }];
  return items.map((item, index) => {
    if (isObject(item)) return { value: item, where: `${where}, item ${index}` };
    throw new CacheError('INVALID_MEMBER', `cannot use ${where}, item ${index}: it is not an object`);
  });
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await orFileError('read', path, stat(path))).isDirectory()) return [path];
  const names = (await orFileError('read', path, readdir(path))).filter((name) => /\.(ya?ml|json)$/.test(name));
  return names.sort().map((name) => join(path, name));
}
