import { chunkFile, chunkProblem, manifestFile } from '../../cache/sets/chunks.ts';
import { formatManifest, type SetManifest } from '../../cache/sets/manifest.ts';
import { base64Bytes } from '../../internal/bytes/bytes.ts';
import type { JsonObject } from '../../json/value.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import { objectAt } from '../observed/managed-resource.ts';
import type { ObservedMember } from './observed.ts';

const FIELDS = { data: true, binaryData: true } as const;
const CONTENT = projection({ ...FIELDS, spec: { forProvider: { manifest: FIELDS } } });

/** True when a ConfigMap holds the chunk that the manifest describes at its place, and the first one the manifest itself. */
export function isIntact(member: ObservedMember, manifest: SetManifest | undefined): boolean {
  if (manifest === undefined || member.deleting) return false;
  const { set, index } = member;
  const { data, binaryData } = contentOf(member);
  if (index === 0 && data[manifestFile(set)] !== formatManifest(manifest)) return false;
  const text = binaryData[chunkFile(set, manifest, index)];
  return typeof text === 'string' && chunkProblem(manifest, index, base64Bytes(text)) === undefined;
}

function contentOf({ struct, wrapped }: ObservedMember): {
  readonly data: JsonObject;
  readonly binaryData: JsonObject;
} {
  const object = decodeStruct(struct, CONTENT);
  const configMap = wrapped ? objectAt(objectAt(objectAt(object, 'spec'), 'forProvider'), 'manifest') : object;
  return { data: objectAt(configMap, 'data'), binaryData: objectAt(configMap, 'binaryData') };
}
