import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type ChunkSet, splitContent } from '../../../src/cache/sets/chunks.ts';
import { toConfigMap } from '../../../src/cache/sets/config-map.ts';
import { isIntact } from '../../../src/function/package-cache/integrity.ts';
import type { ObservedMember } from '../../../src/function/package-cache/observed.ts';
import { sha256Hex } from '../../../src/internal/bytes/hash.ts';
import { createLru } from '../../../src/internal/lru.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { encodeStruct } from '../../../src/protocol/struct.ts';

vi.mock('../../../src/internal/bytes/hash.ts', async (original) => {
  const actual = await original<typeof import('../../../src/internal/bytes/hash.ts')>();
  return { ...actual, sha256Hex: vi.fn(actual.sha256Hex) };
});
const hashed = vi.mocked(sha256Hex);
beforeEach(() => {
  hashed.mockClear();
});

const bytes = Buffer.from('0123456789abcdef'.repeat(200));
const set = splitContent({ file: 'cfg.tar', bytes, artifact: undefined }, { base: 'cfg', chunkSize: 1_024 });

function mapOf({ name, chunks }: ChunkSet, index: number): JsonObject {
  const chunk = chunks[index];
  if (chunk === undefined) throw new Error(`${name} has no chunk ${index}`);
  return toConfigMap(set, chunk, { namespace: 'crossplane-system' });
}

function memberOf(object: JsonObject, index: number): ObservedMember {
  return {
    set: set.name,
    index,
    count: set.chunks.length,
    composedName: `package-cache-cfg-${index}`,
    name: `${set.name}-${index}`,
    namespace: 'crossplane-system',
    struct: encodeStruct(object),
    wrapped: false,
    ready: true,
    immutable: false,
    deleting: false,
  };
}

/** A memory, and the keys that were added to it. */
function memory() {
  const kept: string[] = [];
  const lru = createLru<string, true>({ maxEntries: 10 });
  return {
    kept,
    get: lru.get,
    set: (key: string, value: true) => {
      kept.push(key);
      lru.set(key, value);
    },
  };
}

describe('isIntact', () => {
  test('decodes a chunk once, and accepts the same text after that', () => {
    const known = memory();
    const member = memberOf(mapOf(set, 1), 1);
    expect([1, 2, 3].map(() => isIntact(member, set.manifest, known))).toEqual([true, true, true]);
    expect(known.kept).toHaveLength(1);
  });

  test('hashes a chunk each time when nothing is cached', () => {
    expect(isIntact(memberOf(mapOf(set, 1), 1), set.manifest)).toBe(true);
    expect(hashed).toHaveBeenCalledTimes(1);
  });

  test('does not confuse a known chunk with another one', () => {
    const known = memory();
    expect(isIntact(memberOf(mapOf(set, 1), 1), set.manifest, known)).toBe(true);
    const last = set.chunks.length - 1;
    const [key = ''] = Object.keys(Object(mapOf(set, last).binaryData));
    const text = Object.values(Object(mapOf(set, 1).binaryData))[0];
    const swapped = { ...mapOf(set, last), binaryData: { [key]: String(text) } };
    expect(isIntact(memberOf(swapped, last), set.manifest, known)).toBe(false);
  });

  test.each<[string, JsonObject]>([
    ['other bytes', { binaryData: { [`${set.name}.1`]: Buffer.from('other').toString('base64') } }],
    ['a number', { binaryData: { [`${set.name}.1`]: 7 } }],
    ['null', { binaryData: { [`${set.name}.1`]: null } }],
    ['no data', { binaryData: {} }],
    ['a list', { binaryData: [] }],
    ['nothing', {}],
  ])('caches nothing of %s', (_, content) => {
    const known = memory();
    const { binaryData: _none, ...rest } = mapOf(set, 1);
    const object = { ...rest, ...content };
    expect(isIntact(memberOf(object, 1), set.manifest, known)).toBe(false);
    expect(known.kept).toEqual([]);
  });
});
