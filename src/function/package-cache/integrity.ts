import { chunkFile, chunkProblem, manifestFile } from '../../cache/sets/chunks.ts';
import { chunkBytes, formatManifest, type SetManifest } from '../../cache/sets/manifest.ts';
import { base64Bytes } from '../../internal/bytes/bytes.ts';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import type { Lru } from '../../internal/lru.ts';
import { propertyOf } from '../../protocol/property.ts';
import { decodeValue } from '../../protocol/struct.ts';
import type { ObservedMember } from './observed.ts';

/**
 * Intact chunks: the SHA-256 of the base64 text, with the SHA-256 and the size of the decoded bytes. Decoding and hashing a package of 2.5
 * MB in each call would double the duration of the call.
 */
export type IntactChunks = Pick<Lru<string, true>, 'get' | 'set'>;

/**
 * Reports whether a ConfigMap contains the chunk that the manifest describes for its index and, for the first ConfigMap, the manifest
 * itself. Chunks are hashed and decoded each time unless they are in `known`.
 */
export function isIntact(member: ObservedMember, manifest: SetManifest | undefined, known?: IntactChunks): boolean {
  if (manifest === undefined || member.deleting) return false;
  const { set, index } = member;
  if (index === 0 && textOf(member, 'data', manifestFile(set)) !== formatManifest(manifest)) return false;
  const chunk = encodedOf(member, 'binaryData', chunkFile(set, manifest, index));
  if (chunk === undefined) return false;
  if (known === undefined) return isChunk(chunk, manifest, index);
  const key = `${sha256Hex(chunk)} ${manifest.chunks[index]} ${chunkBytes(manifest, index)}`;
  if (known.get(key)) return true;
  const isRight = isChunk(chunk, manifest, index);
  if (isRight) known.set(key, true);
  return isRight;
}

/** Reports whether an encoded value is the chunk at `index` of the manifest. */
function isChunk(encoded: Uint8Array, manifest: SetManifest, index: number): boolean {
  const text = decodeValue(encoded);
  return typeof text === 'string' && chunkProblem(manifest, index, base64Bytes(text)) === undefined;
}

const IN_OBJECT = ['spec', 'forProvider', 'manifest'];

function encodedOf({ struct, wrapped }: ObservedMember, field: string, key: string): Uint8Array | undefined {
  return propertyOf(struct, [...(wrapped ? IN_OBJECT : []), field, key]);
}

function textOf(member: ObservedMember, field: string, key: string): string | undefined {
  const value = encodedOf(member, field, key);
  const text = value && decodeValue(value);
  return typeof text === 'string' ? text : undefined;
}
