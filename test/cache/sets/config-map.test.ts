import { describe, expect, test } from 'vitest';
import { isCacheError } from '../../../src/cache/errors.ts';
import { splitContent } from '../../../src/cache/sets/chunks.ts';
import { LABELS, readChunkPosition, toConfigMap } from '../../../src/cache/sets/config-map.ts';

const bytes = Buffer.from('content of a package');
const set = splitContent({ file: 'cfg.gz', bytes }, { base: 'app' });
const split = splitContent({ file: 'cfg.gz', bytes: Buffer.alloc(2_500, 'x') }, { base: 'app', chunkSize: 1_024 });

describe('a ConfigMap', () => {
  test('of a single chunk contains the entry under its file name, and the manifest', () => {
    const [chunk] = set.chunks;
    if (chunk === undefined) throw new Error('no chunk');
    expect(
      toConfigMap(set, chunk, { namespace: 'crossplane-system', revision: 'v1@sha256:ab', labels: { zone: 'a' } }),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: `${set.name}-0`,
        namespace: 'crossplane-system',
        labels: { [LABELS.count]: '1', [LABELS.index]: '0', [LABELS.set]: set.name, zone: 'a' },
        annotations: { 'workload-ecr.fn.crossplane.io/cache-revision': 'v1@sha256:ab' },
      },
      immutable: true,
      data: { [`${set.name}.json`]: chunk.manifest?.text },
      binaryData: { 'cfg.gz': bytes.toString('base64') },
    });
  });

  test('of several chunks contains one of them, and the first also the manifest', () => {
    const maps = split.chunks.map((chunk) => toConfigMap(split, chunk));
    expect(maps.map(({ binaryData }) => Object.keys(binaryData))).toEqual([
      [`${split.name}.000`],
      [`${split.name}.001`],
      [`${split.name}.002`],
    ]);
    expect(maps.map(({ data }) => Object.keys(data ?? {}))).toEqual([[`${split.name}.json`], [], []]);
    const joined = Buffer.concat(
      maps.map(({ binaryData }) => Buffer.from(Object.values(binaryData)[0] ?? '', 'base64')),
    );
    expect(joined).toEqual(Buffer.alloc(2_500, 'x'));
  });

  test('has the labels that the loader needs, regardless of requested labels', () => {
    const [chunk] = set.chunks;
    if (chunk === undefined) throw new Error('no chunk');
    const { metadata } = toConfigMap(set, chunk, { labels: { [LABELS.set]: 'other' } });
    expect(metadata.labels[LABELS.set]).toBe(set.name);
  });
});

describe('reading the place of a chunk', () => {
  const good = { [LABELS.set]: set.name, [LABELS.index]: '0', [LABELS.count]: '1' };
  test('returns set, index and count', () => {
    expect(readChunkPosition(good, 'ns/a')).toEqual({ set: set.name, index: 0, count: 1 });
  });
  test.each([
    ['no labels', {}],
    ['a set that climbs', { ...good, [LABELS.set]: '../../etc' }],
    ['an index that is none', { ...good, [LABELS.index]: 'one' }],
    ['a negative index', { ...good, [LABELS.index]: '-1' }],
    ['an index beyond the count', { ...good, [LABELS.index]: '1' }],
    ['a count of none', { ...good, [LABELS.count]: '0' }],
    ['a count with leading zeros', { ...good, [LABELS.count]: '01' }],
    ['a count without end', { ...good, [LABELS.count]: '999999' }],
  ])('refuses %s', (_, labels) => {
    expect(() => readChunkPosition(labels, 'ns/a')).toThrow(/cannot use the ConfigMap ns\/a/);
    try {
      readChunkPosition(labels, 'ns/a');
    } catch (error) {
      expect(isCacheError(error, 'INVALID_MEMBER')).toBe(true);
    }
  });
});
