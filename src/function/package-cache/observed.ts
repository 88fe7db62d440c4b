import { METADATA_KEYS } from '../../cache/artifacts/state.ts';
import { isCacheError } from '../../cache/errors.ts';
import { isSetName, manifestFile, readSetManifest } from '../../cache/sets/chunks.ts';
import { type ChunkPosition, LABELS, REVISION_ANNOTATION } from '../../cache/sets/config-map.ts';
import type { SetManifest } from '../../cache/sets/manifest.ts';
import { isObject, type Json, type JsonObject } from '../../json/value.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import type { Bytes } from '../../protocol/wire.ts';
import { objectAt } from '../observed/managed-resource.ts';
import { composedResourcesOfStep } from '../pipeline/step.ts';
import {
  conditionsOf,
  isTrue,
  type ObservedObject,
  type ObservedPackage,
  type ObservedPin,
  readInstall,
} from './install/observed-packages.ts';
import { type IntactChunks, isIntact } from './integrity.ts';
import {
  COMPOSED_PREFIX,
  FILTER_ANNOTATION,
  LEFT_OUT_ANNOTATION,
  sourceOfMember,
  TYPE_ANNOTATION,
  VERIFIED_ANNOTATION,
} from './names.ts';

/** A composed ConfigMap, or the Object that wraps one. */
export interface ObservedMember extends ChunkPosition {
  readonly composedName: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** The whole object, encoded. */
  readonly struct: Bytes;
  readonly wrapped: boolean;
  readonly ready: boolean;
  /** True when its content is immutable. */
  readonly immutable: boolean;
  readonly deleting: boolean;
}

/** The composed ConfigMaps of one set. */
export interface ObservedSet {
  readonly name: string;
  /** The name of the source for which it was composed. */
  readonly source: string;
  readonly members: readonly ObservedMember[];
  /** The members whose content differs from the manifest. */
  readonly damaged: readonly ObservedMember[];
  /** True when no member is missing or damaged. */
  readonly intact: boolean;
  readonly revision: string | undefined;
  /** The annotations other than the revision, from an earlier call. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The creation time of the first ConfigMap, as text that sorts by time. */
  readonly createdAt: string;
  readonly manifest: SetManifest | undefined;
}

/** The observed package cache of a composite. */
export interface ObservedCache {
  readonly sets: readonly ObservedSet[];
  readonly packages: readonly ObservedPackage[];
  readonly pins: readonly ObservedPin[];
  readonly usages: readonly ObservedObject[];
}

const METADATA = {
  name: true,
  namespace: true,
  labels: true,
  annotations: true,
  creationTimestamp: true,
  deletionTimestamp: true,
} as const;
const PROJECTION = projection({
  kind: true,
  metadata: METADATA,
  data: true,
  immutable: true,
  spec: { forProvider: { manifest: { metadata: METADATA, data: true } } },
  status: { conditions: { type: true, status: true } },
});

const NOTED = [TYPE_ANNOTATION, LEFT_OUT_ANNOTATION, VERIFIED_ANNOTATION, FILTER_ANNOTATION, ...METADATA_KEYS] as const;

interface Found {
  readonly source: string;
  readonly member: ObservedMember;
  readonly object: JsonObject;
}

/** Reads the observed package cache of the step whose names begin with `prefix`, and verifies the content by its checksums. */
export function readObservedCache(state: Bytes, prefix: string, known: IntactChunks): ObservedCache {
  const members: Found[] = [];
  const packages: ObservedPackage[] = [];
  const pins: ObservedPin[] = [];
  const usages: ObservedObject[] = [];
  for (const [composedName, struct] of composedResourcesOfStep(state, prefix, [], [COMPOSED_PREFIX])) {
    const object = decodeStruct(struct, PROJECTION);
    const install = readInstall(composedName, object.kind, struct);
    if (install?.part === 'package') packages.push(install.found);
    else if (install?.part === 'pin') pins.push(install.found);
    else if (install?.part === 'usage') usages.push(install.found);
    else members.push(...readMember(composedName, struct, object));
  }
  return { sets: toSets(members, known), packages, pins, usages };
}

function readMember(composedName: string, struct: Bytes, object: JsonObject): Found[] {
  const source = sourceOfMember(composedName);
  if (source === undefined) return [];
  const wrapped = object.kind === 'Object';
  const map = wrapped ? objectAt(objectAt(objectAt(object, 'spec'), 'forProvider'), 'manifest') : object;
  const metadata = objectAt(map, 'metadata');
  const place = placeOf(metadata);
  if (place === undefined) return [];
  const { creationTimestamp, deletionTimestamp } = objectAt(object, 'metadata');
  const member = {
    ...place,
    composedName,
    struct,
    wrapped,
    ready: !wrapped || isTrue(conditionsOf(object), 'Ready'),
    immutable: !wrapped && object.immutable === true,
    deleting: deletionTimestamp !== undefined,
    name: String(metadata.name),
    namespace: text(metadata.namespace),
  };
  return [{ source, member, object: { ...map, metadata: { ...metadata, creationTimestamp } } }];
}

/** Returns the place of a ConfigMap by its name, since labels can be changed. */
function placeOf({ name, labels }: JsonObject): ChunkPosition | undefined {
  const [, set = '', index] = /^(.+)-(0|[1-9][0-9]{0,4})$/.exec(String(name)) ?? [];
  if (!isSetName(set)) return undefined;
  const count = Number(isObject(labels) ? labels[LABELS.count] : undefined);
  return { set, index: Number(index), count: Number.isInteger(count) ? count : 0 };
}

function toSets(found: readonly Found[], intact: IntactChunks): ObservedSet[] {
  const keys = [...new Set(found.map(({ source, member }) => `${source} ${member.set}`))].sort();
  return keys.map((key) => {
    const own = found.filter(({ source, member }) => `${source} ${member.set}` === key);
    const [source = '', name = ''] = key.split(' ');
    const first = own.find(({ member }) => member.index === 0)?.object ?? {};
    const manifest = readManifest(name, objectAt(first, 'data')[manifestFile(name)]);
    const members = own
      .map(({ member }) => ({ ...member, count: manifest?.chunks.length ?? member.count }))
      .sort((a, b) => a.index - b.index);
    // Without a manifest, the content of the other members is unknown.
    const known = manifest === undefined ? members.filter(({ index }) => index === 0) : members;
    const damaged = known.filter((member) => !isIntact(member, manifest, intact));
    const created = own.map(({ object }) => text(objectAt(object, 'metadata').creationTimestamp) ?? '').sort();
    const annotations = objectAt(objectAt(first, 'metadata'), 'annotations');
    const noted = NOTED.map((key) => [key, annotations[key]]);
    return {
      name,
      source,
      members,
      damaged,
      intact: damaged.length === 0 && members.length === manifest?.chunks.length,
      revision: text(annotations[REVISION_ANNOTATION]),
      annotations: Object.fromEntries(noted.filter((entry): entry is [string, string] => text(entry[1]) !== undefined)),
      createdAt: created[0] ?? '',
      manifest,
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
