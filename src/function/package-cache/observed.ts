import { isCacheError } from '../../cache/errors.ts';
import { manifestFile, readSetManifest } from '../../cache/sets/chunks.ts';
import { type Place, REVISION_ANNOTATION, readPlace } from '../../cache/sets/config-map.ts';
import type { SetManifest } from '../../cache/sets/manifest.ts';
import { isList, isObject, type Json, type JsonObject } from '../../json/value.ts';
import { composedResourcesOf } from '../../protocol/request.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import type { Bytes } from '../../protocol/wire.ts';
import { objectAt } from '../observed/managed-resource.ts';

/** What the names of all composed resources of the package cache begin with. */
export const COMPOSED_PREFIX = 'package-cache-';

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
  readonly members: readonly ObservedMember[];
  /** True when none is missing. */
  readonly complete: boolean;
  readonly revision: string | undefined;
  /** When the first of them was made, as the API server says; later text is later. */
  readonly createdAt: string;
  readonly manifest: SetManifest | undefined;
}

/** A composed package or ImageConfig. */
export interface ObservedInstall {
  readonly composedName: string;
  readonly struct: Bytes;
  readonly name: string;
  readonly conditions: readonly JsonObject[];
}

/** What is there of a source. */
export interface ObservedSource {
  readonly sets: readonly ObservedSet[];
  readonly installs: readonly ObservedInstall[];
}

const METADATA = { name: true, namespace: true, labels: true, annotations: true, creationTimestamp: true } as const;
const PROJECTION = projection({
  kind: true,
  metadata: METADATA,
  data: true,
  spec: { forProvider: { manifest: { metadata: METADATA, data: true } } },
  status: { conditions: { type: true, status: true } },
});

/** The name of the composed resource for a place of a source's set. */
export function composedNameOf(source: string, { set, index }: Pick<Place, 'set' | 'index'>): string {
  return `${COMPOSED_PREFIX}${source}-${set.slice(-16)}-${index}`;
}

/** The name of the composed package or ImageConfig of a source. */
export function installNameOf(source: string, part: 'package' | 'imageconfig'): string {
  return `${COMPOSED_PREFIX}${source}-${part}`;
}

/** Reads what is observed of the package cache, by name of the source. Content is not decoded. */
export function readObservedSources(state: Bytes): Map<string, ObservedSource> {
  const members = new Map<string, { member: ObservedMember; object: JsonObject }[]>();
  const installs = new Map<string, ObservedInstall[]>();
  for (const [composedName, struct] of composedResourcesOf(state, [], [COMPOSED_PREFIX])) {
    const [, ofSet, ofInstall] =
      /^package-cache-(?:(.+)-[0-9a-f]{16}-\d+|(.+)-(?:package|imageconfig))$/.exec(composedName) ?? [];
    const object = decodeStruct(struct, PROJECTION);
    if (ofSet !== undefined) {
      const member = readMember(composedName, struct, object);
      if (member) members.set(ofSet, [...(members.get(ofSet) ?? []), member]);
    } else if (ofInstall !== undefined) {
      const name = String(objectAt(object, 'metadata').name ?? '');
      const install = { composedName, struct, name, conditions: conditionsOf(object) };
      installs.set(ofInstall, [...(installs.get(ofInstall) ?? []), install]);
    }
  }
  return new Map(
    [...new Set([...members.keys(), ...installs.keys()])].map((source) => [
      source,
      { sets: toSets(members.get(source) ?? []), installs: installs.get(source) ?? [] },
    ]),
  );
}

function readMember(
  composedName: string,
  struct: Bytes,
  object: JsonObject,
): { member: ObservedMember; object: JsonObject } | undefined {
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
    return {
      member,
      object: { ...map, metadata: { ...metadata, creationTimestamp: objectAt(object, 'metadata').creationTimestamp } },
    };
  } catch (error) {
    // Whoever took the labels off made it something else; it is not wanted any more.
    if (isCacheError(error, 'INVALID_MEMBER')) return undefined;
    throw error;
  }
}

function toSets(found: readonly { member: ObservedMember; object: JsonObject }[]): ObservedSet[] {
  const names = [...new Set(found.map(({ member }) => member.set))].sort();
  return names.map((name) => {
    const own = found.filter(({ member }) => member.set === name);
    const members = own.map(({ member }) => member).sort((a, b) => a.index - b.index);
    const first = own.find(({ member }) => member.index === 0)?.object ?? {};
    const created = own.map(({ object }) => text(objectAt(object, 'metadata').creationTimestamp) ?? '').sort();
    return {
      name,
      members,
      complete: members.length === members[0]?.count,
      revision: text(objectAt(objectAt(first, 'metadata'), 'annotations')[REVISION_ANNOTATION]),
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

function conditionsOf(object: JsonObject): JsonObject[] {
  const { conditions } = objectAt(object, 'status');
  return isList(conditions) ? conditions.filter(isObject) : [];
}

/** True when the condition of this type is. */
export function holds(conditions: readonly JsonObject[], type: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
