import { listed } from '../../internal/quote.ts';
import type { JsonObject } from '../../json/value.ts';
import { CacheError, isCacheError } from '../errors.ts';
import { chunkFile, joinChunks, manifestFile, readSetManifest } from '../sets/chunks.ts';
import { LABELS, readChunkPosition } from '../sets/config-map.ts';
import { MAX_SET_OBJECTS, type PackageSet, readRecord, recordName, type SetRecord } from '../sets/package-set.ts';
import { nameObject, readSetObject, type SetObject, textsAt } from './objects.ts';

/** An object from a file. */
export interface FoundObject {
  readonly value: JsonObject;
  /** The location for messages, such as `platform.yaml, line 3`. */
  readonly where: string;
}

/** A complete version of a package set: it has all objects, and every chunk has the bytes that its manifest describes. */
export interface PackedSet {
  readonly set: PackageSet;
  readonly namespace: string;
  readonly record: SetRecord;
  /** All objects in the order in which to apply them; the record is the last. */
  readonly objects: readonly SetObject[];
}

/**
 * Reads a set that `cache pack` wrote, and verifies it. Throws `INCOMPLETE` for a set that lacks objects, such as that of a truncated file,
 * and `INVALID_MEMBER`, `INVALID_MANIFEST`, `SWAPPED` and `CHECKSUM_MISMATCH` for objects that do not match.
 */
export function readPackedSet(found: readonly FoundObject[], from: string): PackedSet {
  if (found.length > MAX_SET_OBJECTS + 1) {
    throw new CacheError('TOO_LARGE', `cannot use ${from}: it has more than ${MAX_SET_OBJECTS} objects`);
  }
  const objects = found.map(({ value, where }) => readSetObject(value, where));
  const set = commonSet(objects, from);
  const record = objects.find(({ kind, name }) => kind === 'ConfigMap' && name === recordName(set.name));
  if (record === undefined) {
    throw new CacheError(
      'INCOMPLETE',
      `cannot use ${from}: the record of the set, ConfigMap ${recordName(set.name)}, is missing; it is the last object that cache pack writes, so the file may be truncated`,
    );
  }
  const others = objects.filter((object) => object !== record);
  const content = readRecord(textsAt(record.value, 'data'), nameObject(record));
  checkRecord(content, set, others, from);
  checkNamespace([record, ...others]);
  checkChunks(others, from);
  return { set, namespace: record.namespace, record: content, objects: [...others, record] };
}

function commonSet(objects: readonly SetObject[], from: string): PackageSet {
  const sets = new Map<string, PackageSet>();
  for (const object of objects) {
    const { set } = object;
    if (set === undefined) {
      throw new CacheError(
        'INVALID_MEMBER',
        `cannot use ${nameObject(object)} in ${from}: its labels for the set and its version are missing or invalid; pack the set again`,
      );
    }
    sets.set(`${set.name} ${set.version}`, set);
  }
  const [first, ...more] = sets.values();
  if (first === undefined) throw new CacheError('INCOMPLETE', `cannot use ${from}: it has no objects`);
  if (more.length > 0) {
    throw new CacheError(
      'INVALID_MEMBER',
      `cannot use ${from}: it has objects of ${sets.size} sets (${listed([...sets.keys()], 5)}); use one version of one set`,
    );
  }
  return first;
}

function checkRecord(record: SetRecord, set: PackageSet, objects: readonly SetObject[], from: string): void {
  if (record.name !== set.name || record.version !== set.version) {
    throw new CacheError(
      'INVALID_MEMBER',
      `cannot use ${from}: its labels name the set ${set.name} ${set.version}, its record names ${record.name} ${record.version}`,
    );
  }
  const keyOf = ({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind} ${name}`;
  const [wanted, present] = [new Set(record.objects.map(keyOf)), new Set<string>()];
  for (const object of objects) {
    const key = keyOf(object);
    if (present.has(key)) throw new CacheError('INVALID_MEMBER', `cannot use ${from}: it has ${key} twice`);
    if (!wanted.has(key))
      throw new CacheError('INVALID_MEMBER', `cannot use ${from}: the record of the set does not list ${key}`);
    present.add(key);
  }
  const missing = [...wanted].filter((key) => !present.has(key));
  if (missing.length > 0) {
    throw new CacheError(
      'INCOMPLETE',
      `cannot use ${from}: ${missing.length} of ${wanted.size} objects of the set are missing: ${listed(missing, 3)}`,
    );
  }
}

function checkNamespace([record, ...objects]: readonly SetObject[]): void {
  const stray = objects.find(({ kind, namespace }) => kind === 'ConfigMap' && namespace !== record?.namespace);
  if (stray === undefined) return;
  throw new CacheError(
    'INVALID_MEMBER',
    `cannot use ${nameObject(stray)}: the other ConfigMaps of the set are in the namespace ${record?.namespace}`,
  );
}

/** Joins the chunks of each content, which verifies their checksums. */
function checkChunks(objects: readonly SetObject[], from: string): void {
  const carriers = objects.filter(({ labels }) => labels[LABELS.set] !== undefined);
  const contents = new Map<string, (SetObject | undefined)[]>();
  for (const object of carriers) {
    const { set, index } = readChunkPosition(object.labels, nameObject(object));
    const chunks = contents.get(set) ?? [];
    chunks[index] = object;
    contents.set(set, chunks);
  }
  for (const [name, chunks] of contents) {
    const first = chunks[0] && textsAt(chunks[0].value, 'data')[manifestFile(name)];
    if (first === undefined) {
      throw new CacheError('INCOMPLETE', `cannot use ${from}: the manifest of ${name}, in its chunk 0, is missing`);
    }
    const manifest = readSetManifest(name, first, `of ${name} in ${from}`);
    const bytes = Array.from(chunks, (object, index) => {
      const base64 = object && textsAt(object.value, 'binaryData')[chunkFile(name, manifest, index)];
      return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
    });
    try {
      joinChunks(manifest, bytes);
    } catch (error) {
      if (!isCacheError(error)) throw error;
      throw new CacheError(error.code, `cannot use ${from}: ${error.message}`);
    }
  }
}
