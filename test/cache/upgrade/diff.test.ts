import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applySet } from '../../../src/cache/upgrade/apply.ts';
import { type DiffSide, diffSets, readLiveSide } from '../../../src/cache/upgrade/diff.ts';
import type { PackedSet } from '../../../src/cache/upgrade/read-packed.ts';
import { platform } from './packed.ts';
import { type SetServer, startSetServer } from './set-server.ts';

let server: SetServer;
beforeEach(async () => {
  server = await startSetServer();
});
afterEach(() => server.close());

const fileSide = ({ set, record, objects }: PackedSet): DiffSide => ({
  version: set.version,
  packages: record.packages,
  objects,
  isLive: false,
});
const apply = (packed: PackedSet) =>
  applySet(packed, {
    api: server.api,
    manager: 'test',
    force: false,
    holder: 'me',
    pauseMs: 0,
    now: () => 1,
    wait: async () => {},
  });
const live = () => readLiveSide(server.api, 'crossplane-system', 'platform');

test('a version does not differ from itself', () => {
  const side = fileSide(platform('v1.0.0'));
  expect(diffSets(side, side)).toEqual({ old: 'v1.0.0', new: 'v1.0.0', packages: [], objects: [] });
});

test('two versions differ by their packages and objects', () => {
  const { packages, objects } = diffSets(fileSide(platform('v1.0.0')), fileSide(platform('v2.0.0')));
  expect(packages).toMatchObject([
    {
      source: 'registry.example.com/acme/a',
      change: 'changed',
      old: { version: 'v1.0.0' },
      new: { version: 'v2.0.0' },
    },
  ]);
  expect(objects.filter(({ kind }) => kind === 'Configuration')).toEqual([
    { kind: 'Configuration', name: 'acme-a', change: 'changed', fields: ['spec.package'] },
  ]);
  expect(objects.some(({ name }) => name.startsWith('acme-b'))).toBe(false);
  expect(new Set(objects.filter(({ kind }) => kind === 'ImageConfig').map(({ change }) => change))).toEqual(
    new Set(['added', 'removed']),
  );
});

describe('a cluster', () => {
  test('without the set differs by all of it', async () => {
    const packed = platform('v1.0.0');
    const { old, objects } = diffSets(await live(), fileSide(packed));
    expect(old).toBe('none');
    expect(objects.map(({ change }) => change)).toEqual(packed.objects.map(() => 'added'));
  });

  test('that has the set does not differ, with any defaults of the API server', async () => {
    const packed = platform('v1.0.0');
    await apply(packed);
    const path = '/apis/pkg.crossplane.io/v1/configurations/acme-a';
    const { spec, ...rest } = server.objects.get(path) ?? { metadata: {} };
    server.put(path, { ...rest, spec: { ...Object(spec), revisionHistoryLimit: 1 } });
    expect(diffSets(await live(), fileSide(packed)).objects).toEqual([]);
    expect(diffSets(fileSide(packed), await live()).objects).toEqual([]);
  });

  test('with a deleted and a damaged ConfigMap differs by them', async () => {
    const packed = platform('v1.0.0');
    await apply(packed);
    const paths = [...server.objects.keys()].filter((path) => path.includes('configmaps/acme-a'));
    server.objects.delete(paths[0] ?? '');
    const { binaryData: _, ...damaged } = server.objects.get(paths[1] ?? '') ?? { metadata: {} };
    server.put(paths[1] ?? '', damaged);
    expect(diffSets(await live(), fileSide(packed)).objects).toMatchObject([
      { change: 'added' },
      { change: 'changed', fields: ['binaryData'] },
    ]);
  });
});
