import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadDirectories } from '../../../src/cache/loader/run.ts';
import { keepLinks } from '../../../src/cache/loader/target/links.ts';
import { mapCluster } from '../../../src/cache/map/map-cluster.ts';
import { mapDirectory } from '../../../src/cache/map/map-directory.ts';
import { entryNameOf } from '../../../src/cache/sets/cache-name.ts';
import { type ChunkSet, splitContent } from '../../../src/cache/sets/chunks.ts';
import { type ApiServer, configMaps, startApiServer } from '../loader/api-server.ts';
import { digestFor, mountSet } from '../sets.ts';

const work = mkdtempSync(join(tmpdir(), 'map-'));
afterAll(() => rmSync(work, { recursive: true }));

/** The set of a Configuration that depends on others. */
function configuration(name: string, needs: readonly string[] = []): ChunkSet {
  const dependsOn = needs.map((other) => ({
    configuration: `registry.example.com/acme/${other}`,
    version: '>=v1.0.0',
  }));
  const object = {
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind: 'Configuration',
    metadata: { name },
    spec: { dependsOn },
  };
  // Long enough for more than one chunk.
  const padding = digestFor(name).repeat(1) + Array.from({ length: 40 }, (_, at) => digestFor(`${name}${at}`)).join('');
  const bytes = gzipSync(`---\n# ${padding}\n${JSON.stringify(object)}\n`);
  const artifact = { source: `registry.example.com/acme/${name}`, digest: digestFor(name) };
  return splitContent({ file: entryNameOf(artifact), bytes, artifact }, { base: name, chunkSize: 1_024 });
}

const platform = configuration('platform', ['network', 'absent']);
const network = configuration('network');
const size = (...sets: ChunkSet[]) => sets.reduce((total, { manifest }) => total + manifest.size, 0);

describe('the map of a directory', () => {
  test('shows placed files, their dependents, and missing packages', async () => {
    const from = mkdtempSync(join(work, 'from-'));
    const into = mkdtempSync(join(work, 'into-'));
    for (const set of [platform, network]) mountSet(from, set);
    await loadDirectories([from], { into, maxBytes: 1_000_000, references: {} });
    writeFileSync(
      join(into, entryNameOf({ source: 'registry.example.com/acme/broken', digest: digestFor('b') })),
      'no gzip',
    );
    const map = await mapDirectory(into, 20_000);
    expect(map.bytes).toBe(size(platform, network) + 7);
    expect(map.rows.map(({ content, set, usedBy }) => [content?.name, set, usedBy])).toEqual(
      expect.arrayContaining([
        ['platform', platform.name, []],
        ['network', network.name, ['Configuration platform']],
        [undefined, undefined, []],
      ]),
    );
    expect(map.missing).toEqual([
      expect.stringContaining('gzip'),
      'Configuration platform needs registry.example.com/acme/absent >=v1.0.0, which is missing',
    ]);
  });

  test('shows the links by which Crossplane v1 finds entries, and dangling ones', async () => {
    const [from, into] = [mkdtempSync(join(work, 'from-')), mkdtempSync(join(work, 'into-'))];
    mountSet(from, network);
    await loadDirectories([from], { into, maxBytes: 1_000_000, references: {} });
    const gone = entryNameOf({ source: 'registry.example.com/acme/gone', digest: digestFor('g') });
    await keepLinks(into, [
      { path: 'registry.example.com/acme/network:v1.0.gz', file: network.manifest.file },
      { path: 'registry.example.com/acme/gone:v1.0.gz', file: gone },
    ]);
    const map = await mapDirectory(into, 20_000);
    expect(map.rows.map(({ usedBy }) => usedBy)).toEqual([
      ['Crossplane before 2.2, at registry.example.com/acme/network:v1.0.gz'],
    ]);
    expect(map.missing).toEqual([
      `registry.example.com/acme/gone:v1.0.gz: it leads to ${gone}, which does not exist; Crossplane before 2.2 sends a request to the registry`,
    ]);
  });

  test('of an empty directory is empty', async () => {
    const map = await mapDirectory(mkdtempSync(join(work, 'empty-')), 1);
    expect(map).toMatchObject({ bytes: 0, rows: [], missing: [] });
  });

  test('of a missing directory fails', async () => {
    await expect(mapDirectory(join(work, 'absent'), 1)).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('the map of namespaces', () => {
  let cluster: ApiServer;
  beforeEach(async () => {
    cluster = await startApiServer();
  });
  afterEach(() => cluster.close());

  test('shows sets, missing chunks, and the revisions that need a set', async () => {
    const [first, ...rest] = configMaps(platform);
    if (first) cluster.apply(first);
    expect(rest.length).toBeGreaterThan(0);
    cluster.apply(...configMaps(network));
    cluster.revisions.push({ spec: { image: 'registry.example.com/acme/network:v1.0.0' } });
    const map = await mapCluster(cluster.api, ['crossplane-system'], 100_000);
    expect(map.rows).toMatchObject([
      {
        set: network.name,
        content: { type: 'Configuration', name: 'network' },
        chunks: network.chunks.map(() => true),
        usedBy: ['registry.example.com/acme/network:v1.0.0'],
      },
      { set: platform.name, bytes: 0, chunks: platform.chunks.map((_, index) => index === 0) },
    ]);
    expect(map.missing).toEqual([expect.stringContaining(`cannot join ${platform.manifest.file}`)]);
  });

  test('shows the paths that two packages of Crossplane v1 need for different contents', async () => {
    cluster.apply(...configMaps(network));
    const source = 'registry.example.com/acme/network';
    const labels = { 'pkg.crossplane.io/package': 'network' };
    for (const [image, digest] of [
      [`${source}:v1.0.0`, digestFor('network')],
      [`${source}:v1.0.1`, digestFor('later')],
    ]) {
      const metadata = { name: 'network-registry-exa', labels };
      cluster.revisions.push({ metadata, spec: { image }, status: { resolvedImage: `${source}@${digest}` } });
    }
    const { missing } = await mapCluster(cluster.api, ['crossplane-system'], 100_000);
    expect(missing).toEqual([
      expect.stringContaining(`cannot link ${source}:v1.0.gz: Crossplane before 2.2 looks up `),
    ]);
  });

  test('verifies the content of a set', async () => {
    const [first, ...rest] = configMaps(network);
    const [key = ''] = Object.keys(rest[0]?.binaryData ?? {});
    if (first && rest[0]) cluster.apply(first, { ...rest[0], binaryData: { [key]: 'AAAA' } }, ...rest.slice(1));
    const map = await mapCluster(cluster.api, ['crossplane-system'], 100_000);
    expect(map.rows[0]?.content).toBeUndefined();
    expect(map.missing).toEqual([expect.stringContaining('has sha256')]);
  });

  test('fails if the cluster does not respond', async () => {
    cluster.fail('configmaps', 500);
    await expect(mapCluster(cluster.api, ['crossplane-system'], 1)).rejects.toMatchObject({ code: 'API' });
  });
});
