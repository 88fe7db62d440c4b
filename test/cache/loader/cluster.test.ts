import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadCluster } from '../../../src/cache/loader/run.ts';
import { entryNameOf } from '../../../src/cache/sets/cache-name.ts';
import { splitContent } from '../../../src/cache/sets/chunks.ts';
import { bytesOf, digestFor, entrySet } from '../sets.ts';
import { configMaps } from './api-server.ts';
import { cfg, clusterSetup, late, nothing, other } from './cluster-setup.ts';

const env = clusterSetup();
const { entries, once, options } = env;

describe('loading from a cluster once', () => {
  test('places the sets of all given namespaces, for any pages of the list', async () => {
    env.cluster.apply(...configMaps(cfg), ...configMaps(other, 'team-a'), ...configMaps(entrySet('secret'), 'team-b'));
    expect(await once(['crossplane-system', 'team-a'])).toEqual({ ...nothing, placed: ['cfg.gz', 'other.gz'] });
    expect(readFileSync(join(env.into, 'cfg.gz'))).toEqual(bytesOf(cfg));
  });

  test('does not fetch the data of files in place', async () => {
    env.cluster.apply(...configMaps(cfg));
    await once();
    env.cluster.requests.length = 0;
    expect(await once()).toEqual({ ...nothing, unchanged: ['cfg.gz'] });
    expect(new Set(env.cluster.requests)).toEqual(
      new Set(['/api/v1/namespaces/crossplane-system/configmaps', '/apis/apiextensions.crossplane.io/v2']),
    );
  });

  test('removes files that are no longer offered, unless a package revision needs them', async () => {
    env.cluster.apply(...configMaps(cfg));
    await once();
    env.cluster.delete(...configMaps(cfg));
    const image = `registry.example.com/acme/cfg@${digestFor('cfg')}`;
    env.cluster.revisions = [{ metadata: { name: 'cfg-1' }, spec: { image } }];
    expect(await once()).toEqual({ ...nothing, kept: ['cfg.gz'] });
    env.cluster.revisions = [];
    expect(await once()).toEqual({ ...nothing, removed: ['cfg.gz'] });
  });

  test('removes a file for content of a fully trusted namespace only if no package revision needs it', async () => {
    const trusted = [
      { namespace: 'crossplane-system' },
      { namespace: 'team-a', prefixes: ['registry.example.com/acme'] },
    ];
    const { source, digest } = { source: 'registry.example.com/acme/mine', digest: digestFor('mine') };
    const file = entryNameOf({ source, digest });
    const mine = splitContent({ file, bytes: bytesOf(cfg), artifact: { source, digest } }, { base: 'mine' });
    const maxBytes = mine.manifest.size + 100;
    const load = () => loadCluster({ ...options(), trusted, maxBytes });
    env.cluster.apply(...configMaps(mine, 'team-a'));
    expect(await load()).toMatchObject({ placed: [file] });
    env.cluster.revisions = [{ metadata: { name: 'mine-1' }, spec: { image: `${source}@${digest}` } }];
    env.cluster.apply(...configMaps(other));
    expect(await load()).toMatchObject({ placed: [], unchanged: [file], removed: [] });
    env.cluster.revisions = [];
    expect(await load()).toMatchObject({ placed: ['other.gz'], removed: [file] });
  });

  test('removes nothing without permission to list package revisions', async () => {
    env.cluster.apply(...configMaps(cfg));
    await once();
    env.cluster.delete(...configMaps(cfg));
    env.cluster.fail('revisions', 403);
    expect(await once()).toEqual({ ...nothing, kept: ['cfg.gz'] });
    expect(env.forbidden).toBe(1);
  });

  test('removes nothing if the package revisions cannot be read', async () => {
    env.cluster.apply(...configMaps(cfg));
    await once();
    env.cluster.delete(...configMaps(cfg));
    env.cluster.fail('revisions', 500);
    await expect(once()).rejects.toMatchObject({ code: 'API' });
    expect(entries()).toEqual(['cfg.gz']);
  });

  test('fails without changes if the ConfigMaps cannot be listed', async () => {
    env.cluster.apply(...configMaps(cfg));
    await once();
    env.cluster.fail('configmaps', 403);
    await expect(once()).rejects.toMatchObject({ code: 'API', message: expect.stringContaining('not today') });
    expect(entries()).toEqual(['cfg.gz']);
  });

  test('loads from the other namespaces if one cannot be listed, and removes nothing from that one', async () => {
    env.cluster.apply(...configMaps(cfg, 'team-a'), ...configMaps(other));
    await once(['crossplane-system', 'team-a']);
    env.cluster.fail('namespaces/team-a', 403);
    env.cluster.delete(...configMaps(other));
    env.cluster.apply(...configMaps(late));
    expect(await once(['crossplane-system', 'team-a'])).toEqual({
      ...nothing,
      placed: ['late.gz'],
      kept: ['cfg.gz'],
      removed: ['other.gz'],
      refused: ['API'],
    });
  });

  test('refuses a set with a missing, duplicate, swapped or changed chunk, and places the others', async () => {
    const [first, second, ...rest] = configMaps(cfg);
    if (first === undefined || second === undefined) throw new Error('want two chunks');
    const bad: Record<string, ConfigMapList> = {
      INCOMPLETE: [first, ...rest],
      DUPLICATE_CHUNK: [first, second, { ...second, metadata: { ...second.metadata, name: 'again' } }, ...rest],
      CHECKSUM_MISMATCH: [first, { ...second, binaryData: mapValues(second.binaryData, () => 'AAAA') }, ...rest],
      SWAPPED: [
        { ...first, binaryData: mapValues(first.binaryData, () => Object.values(second.binaryData)[0] ?? '') },
        { ...second, binaryData: mapValues(second.binaryData, () => Object.values(first.binaryData)[0] ?? '') },
        ...rest,
      ],
      INVALID_MANIFEST: [
        { ...first, data: mapValues(first.data ?? {}, (text) => text.replace('cfg.gz', '../../etc/passwd')) },
        second,
        ...rest,
      ],
      INVALID_MEMBER: [{ ...first, metadata: { ...first.metadata, labels: {} } }],
    };
    for (const [code, maps] of Object.entries(bad)) {
      env.cluster.apply(...maps, ...configMaps(other));
      const found = await once();
      expect(found, code).toMatchObject({ refused: [code] });
      expect(entries(), code).toEqual(['other.gz']);
      env.cluster.delete(...maps);
    }
  });
});

type ConfigMapList = ReturnType<typeof configMaps>;

function mapValues(record: Readonly<Record<string, string>>, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

describe('on Crossplane v1', () => {
  const source = 'registry.example.com/acme/tool';
  const digest = digestFor('tool');
  const path = `${source}:v1.2.gz`;
  const tool = splitContent(
    { file: entryNameOf({ source, digest }), bytes: Buffer.from(bytesOf(cfg)), artifact: { source, digest } },
    { base: 'tool' },
  );
  const revision = {
    metadata: { name: 'tool-registry-exa', labels: { 'pkg.crossplane.io/package': 'tool' } },
    spec: { image: `${source}:v1.2.3`, desiredState: 'Active' },
    status: { resolvedImage: `${source}@${digest}` },
  };
  beforeEach(() => {
    env.cluster.apply(...configMaps(tool));
    env.cluster.revisions = [revision];
  });

  test('a package has a link for its reference while a revision needs it', async () => {
    env.cluster.isFirst = true;
    expect((await loadCluster(options())).linked).toEqual([path]);
    expect(readFileSync(join(env.into, path))).toEqual(bytesOf(tool));
    expect(await loadCluster(options())).not.toHaveProperty('linked');
    env.cluster.revisions = [];
    expect((await loadCluster(options())).unlinked).toEqual([path]);
  });

  test('links are kept without permission to list package revisions', async () => {
    env.cluster.isFirst = true;
    await loadCluster(options());
    env.cluster.fail('revisions', 403);
    expect(await loadCluster(options())).not.toHaveProperty('unlinked');
    expect(env.forbidden).toBe(1);
    expect(readFileSync(join(env.into, path))).toEqual(bytesOf(tool));
  });

  test('a link that cannot be created is refused', async () => {
    env.cluster.isFirst = true;
    const other = { ...revision, spec: { ...revision.spec, image: `${source}:v1.2.4` }, status: {} };
    env.cluster.revisions = [revision, other];
    expect((await once()).refused).toEqual(['CONFLICT']);
  });

  test('links are not created without permission to read the version', async () => {
    env.cluster.isFirst = true;
    env.cluster.fail('apiextensions', 403);
    expect(await loadCluster(options())).not.toHaveProperty('linked');
  });

  test('only: later versions need no links', async () => {
    expect(await loadCluster(options())).not.toHaveProperty('linked');
    expect(entries()).toEqual([tool.manifest.file]);
  });
});
