import { isCacheError } from '../../cache/errors.ts';
import { manifestFile, readSetManifest } from '../../cache/sets/chunks.ts';
import { type Place, REVISION_ANNOTATION, readPlace } from '../../cache/sets/config-map.ts';
import type { SetManifest } from '../../cache/sets/manifest.ts';
import type { Json, JsonObject } from '../../json/value.ts';
import { composedResourcesOf } from '../../protocol/request.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import type { Bytes } from '../../protocol/wire.ts';
import { objectAt } from '../observed/managed-resource.ts';
import { COMPOSED_PREFIX, sourceOfMember, TYPE_ANNOTATION } from './names.ts';
import {
  conditionsOf,
  holds,
  type ObservedObject,
  type ObservedPackage,
  type ObservedPin,
  readInstall,
} from './observed-packages.ts';

/** A composed ConfigMap, or the Object that wraps one. */
export interface ObservedMember extends Place {
  readonly composedName: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** The whole object, encoded. */
  readonly struct: Bytes;
  readonly ready: boolean;
}

/** The composed ConfigMaps of one set. */
export interface ObservedSet {
  readonly name: string;
  /** Name of the source that it was composed for. */
  readonly source: string;
  readonly members: readonly ObservedMember[];
  /** True when none is missing. */
  readonly complete: boolean;
  readonly revision: string | undefined;
  /** What an earlier call noted beside the revision. */
  readonly annotations: Readonly<Record<string, string>>;
  /** When the first of them was made, as the API server says; later text is later. */
  readonly createdAt: string;
  readonly manifest: SetManifest | undefined;
}

/** What is there of a composite's package cache. */
export interface ObservedCache {
  readonly sets: readonly ObservedSet[];
  readonly packages: readonly ObservedPackage[];
  readonly pins: readonly ObservedPin[];
  readonly usages: readonly ObservedObject[];
}

const METADATA = { name: true, namespace: true, labels: true, annotations: true, creationTimestamp: true } as const;
const PROJECTION = projection({
  kind: true,
  metadata: METADATA,
  data: true,
  spec: { forProvider: { manifest: { metadata: METADATA, data: true } } },
  status: { conditions: { type: true, status: true } },
});

const NOTED = [TYPE_ANNOTATION] as const;

interface Found {
  readonly source: string;
  readonly member: ObservedMember;
  readonly object: JsonObject;
}

/** Reads what is observed of the package cache. Content is not decoded. */
export function readObservedCache(state: Bytes): ObservedCache {
  const members: Found[] = [];
  const packages: ObservedPackage[] = [];
  const pins: ObservedPin[] = [];
  const usages: ObservedObject[] = [];
  for (const [composedName, struct] of composedResourcesOf(state, [], [COMPOSED_PREFIX])) {
    const object = decodeStruct(struct, PROJECTION);
    const install = readInstall(composedName, object.kind, struct);
    if (install?.part === 'package') packages.push(install.found);
    else if (install?.part === 'pin') pins.push(install.found);
    else if (install?.part === 'usage') usages.push(install.found);
    else members.push(...readMember(composedName, struct, object));
  }
  return { sets: toSets(members), packages, pins, usages };
}

function readMember(composedName: string, struct: Bytes, object: JsonObject): Found[] {
  const source = sourceOfMember(composedName);
  if (source === undefined) return [];
  const isWrapped = object.kind === 'Object';
  const map = isWrapped ? objectAt(objectAt(objectAt(object, 'spec'), 'forProvider'), 'manifest') : object;
  const metadata = objectAt(map, 'metadata');
  try {
    const place = readPlace(objectAt(metadata, 'labels'), composedName);
    const ready = !isWrapped || holds(conditionsOf(object), 'Ready');
    const member = {
      ...place,
      composedName,
      struct,
      ready,
      name: String(metadata.name),
      namespace: text(metadata.namespace),
    };
    const { creationTimestamp } = objectAt(object, 'metadata');
    return [{ source, member, object: { ...map, metadata: { ...metadata, creationTimestamp } } }];
  } catch (error) {
    // Whoever took the labels off made it something else; it is not wanted any more.
    if (isCacheError(error, 'INVALID_MEMBER')) return [];
    throw error;
  }
}

function toSets(found: readonly Found[]): ObservedSet[] {
  const keys = [...new Set(found.map(({ source, member }) => `${source} ${member.set}`))].sort();
  return keys.map((key) => {
    const own = found.filter(({ source, member }) => `${source} ${member.set}` === key);
    const [source = '', name = ''] = key.split(' ');
    const members = own.map(({ member }) => member).sort((a, b) => a.index - b.index);
    const first = own.find(({ member }) => member.index === 0)?.object ?? {};
    const created = own.map(({ object }) => text(objectAt(object, 'metadata').creationTimestamp) ?? '').sort();
    const annotations = objectAt(objectAt(first, 'metadata'), 'annotations');
    const noted = NOTED.map((key) => [key, annotations[key]]);
    return {
      name,
      source,
      members,
      complete: members.length === members[0]?.count,
      revision: text(annotations[REVISION_ANNOTATION]),
      annotations: Object.fromEntries(noted.filter((entry): entry is [string, string] => text(entry[1]) !== undefined)),
      createdAt: created[0] ?? '',
      manifest: readManifest(name, objectAt(first, 'data')[manifestFile(name)]),
    };
  });
}

function readManifest(set: string, value: Json | undefined): SetManifest | undefined {
  try {
    return typeof value === 'string' ? readSetManifest(set, value, set) : undefined;
  } catch (error) {
    if (isCacheError(error, 'INVALID_MANIFEST')) return undefined;
    throw error;
  }
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
