import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoadSummary } from '../../../src/cache/loader/load.ts';
import { isNeededBy } from '../../../src/cache/loader/revisions.ts';
import { loadCluster, watchCluster } from '../../../src/cache/loader/run.ts';
import { entryNameOf } from '../../../src/cache/sets/cache-name.ts';
import { splitContent } from '../../../src/cache/sets/chunks.ts';
import { DEFAULT_SELECTOR } from '../../../src/cache/sets/config-map.ts';
import { bytesOf, digestFor, entrySet } from '../sets.ts';
import { type ApiServer, configMaps, startApiServer } from './api-server.ts';

const work = mkdtempSync(join(tmpdir(), 'cluster-'));
afterAll(() => rmSync(work, { recursive: true }));

const cfg = entrySet('cfg', { size: 6_000 });
const other = entrySet('other');
const late = entrySet('late');
let cluster: ApiServer;
let into: string;
let forbidden: number;

beforeEach(async () => {
  cluster = await startApiServer();
  into = mkdtempSync(join(work, 'd-'));
  forbidden = 0;
});
afterEach(() => cluster.close());

function options(namespaces = ['crossplane-system']) {
  const onForbidden = () => {
    forbidden += 1;
  };
  const trusted = namespaces.map((namespace) => ({ namespace }));
  return { api: cluster.api, trusted, selector: DEFAULT_SELECTOR, into, maxBytes: 1_000_000, onForbidden };
}

async function once(namespaces?: string[]) {
  const { placed, unchanged, removed, kept, refused } = await loadCluster(options(namespaces));
  return { placed, unchanged, removed, kept: kept.map(({ file }) => file), refused: refused.map(({ code }) => code) };
}

const nothing = { placed: [], unchanged: [], removed: [], kept: [], refused: [] };
const entries = () => readdirSync(into).filter((name) => !name.startsWith('.'));

describe('loading from a cluster once', () => {
  test('places the sets of all given namespaces, for any pages of the list', async () => {
    cluster.apply(...configMaps(cfg), ...configMaps(other, 'team-a'), ...configMaps(entrySet('secret'), 'team-b'));
    expect(await once(['crossplane-system', 'team-a'])).toEqual({ ...nothing, placed: ['cfg.gz', 'other.gz'] });
    expect(readFileSync(join(into, 'cfg.gz'))).toEqual(bytesOf(cfg));
  });

  test('does not fetch the data of files in place', async () => {
    cluster.apply(...configMaps(cfg));
    await once();
    cluster.requests.length = 0;
    expect(await once()).toEqual({ ...nothing, unchanged: ['cfg.gz'] });
    expect(new Set(cluster.requests)).toEqual(
      new Set(['/api/v1/namespaces/crossplane-system/configmaps', '/apis/apiextensions.crossplane.io/v2']),
    );
  });

  test('removes files that are no longer offered, unless a package revision needs them', async () => {
    cluster.apply(...configMaps(cfg));
    await once();
    cluster.delete(...configMaps(cfg));
    const image = `registry.example.com/acme/cfg@${digestFor('cfg')}`;
    cluster.revisions = [{ metadata: { name: 'cfg-1' }, spec: { image } }];
    expect(await once()).toEqual({ ...nothing, kept: ['cfg.gz'] });
    cluster.revisions = [];
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
    cluster.apply(...configMaps(mine, 'team-a'));
    expect(await load()).toMatchObject({ placed: [file] });
    cluster.revisions = [{ metadata: { name: 'mine-1' }, spec: { image: `${source}@${digest}` } }];
    cluster.apply(...configMaps(other));
    expect(await load()).toMatchObject({ placed: [], unchanged: [file], removed: [] });
    cluster.revisions = [];
    expect(await load()).toMatchObject({ placed: ['other.gz'], removed: [file] });
  });

  test('removes nothing without permission to list package revisions', async () => {
    cluster.apply(...configMaps(cfg));
    await once();
    cluster.delete(...configMaps(cfg));
    cluster.fail('revisions', 403);
    expect(await once()).toEqual({ ...nothing, kept: ['cfg.gz'] });
    expect(forbidden).toBe(1);
  });

  test('removes nothing if the package revisions cannot be read', async () => {
    cluster.apply(...configMaps(cfg));
    await once();
    cluster.delete(...configMaps(cfg));
    cluster.fail('revisions', 500);
    await expect(once()).rejects.toMatchObject({ code: 'API' });
    expect(entries()).toEqual(['cfg.gz']);
  });

  test('fails without changes if the ConfigMaps cannot be listed', async () => {
    cluster.apply(...configMaps(cfg));
    await once();
    cluster.fail('configmaps', 403);
    await expect(once()).rejects.toMatchObject({ code: 'API', message: expect.stringContaining('not today') });
    expect(entries()).toEqual(['cfg.gz']);
  });

  test('loads from the other namespaces if one cannot be listed, and removes nothing from that one', async () => {
    cluster.apply(...configMaps(cfg, 'team-a'), ...configMaps(other));
    await once(['crossplane-system', 'team-a']);
    cluster.fail('namespaces/team-a', 403);
    cluster.delete(...configMaps(other));
    cluster.apply(...configMaps(late));
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
      cluster.apply(...maps, ...configMaps(other));
      const found = await once();
      expect(found, code).toMatchObject({ refused: [code] });
      expect(entries(), code).toEqual(['other.gz']);
      cluster.delete(...maps);
    }
  });
});

type ConfigMapList = ReturnType<typeof configMaps>;

function mapValues(record: Readonly<Record<string, string>>, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

describe('following a cluster', () => {
  const stopping: AbortController[] = [];
  const running: Promise<void>[] = [];
  const errors: Error[] = [];
  let summaries: LoadSummary[] = [];
  let wake: (() => void) | undefined;

  function start(namespaces?: string[]): void {
    const stop = new AbortController();
    stopping.push(stop);
    summaries = [];
    errors.length = 0;
    const told = () => wake?.();
    running.push(
      watchCluster({
        ...options(namespaces),
        signal: stop.signal,
        onSummary: (summary) => {
          summaries.push(summary);
          told();
        },
        onError: (error) => {
          errors.push(error);
          told();
        },
      }),
    );
  }

  afterEach(async () => {
    for (const stop of stopping.splice(0)) stop.abort();
    await Promise.all(running.splice(0));
  });

  /** Waits until `done` holds after some pass or error. */
  async function until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  test('loads existing and new sets, and removes deleted ones', async () => {
    cluster.apply(...configMaps(cfg));
    start();
    await until(() => entries().includes('cfg.gz'));
    cluster.apply(...configMaps(other));
    await until(() => entries().includes('other.gz'));
    cluster.delete(...configMaps(cfg));
    await until(() => !entries().includes('cfg.gz'));
    expect(entries()).toEqual(['other.gz']);
    expect(errors).toEqual([]);
  });

  test('waits for a set to be complete', async () => {
    const [last, ...earlier] = configMaps(cfg).reverse();
    if (last === undefined) throw new Error('no ConfigMap');
    cluster.apply(...earlier);
    start();
    await until(() => summaries.some(({ refused }) => refused[0]?.code === 'INCOMPLETE'));
    expect(entries()).toEqual([]);
    cluster.apply(last);
    await until(() => entries().includes('cfg.gz'));
  });

  test('lists again when a watch ends, and detects changes in between', async () => {
    start();
    await until(() => summaries.length > 0);
    cluster.apply(...configMaps(cfg));
    cluster.endWatches({ type: 'ERROR', object: { kind: 'Status', code: 410 } });
    cluster.apply(...configMaps(other));
    await until(() => entries().length === 2);
  });

  test('removes nothing from a namespace that cannot be listed, loads the others, and retries', async () => {
    cluster.apply(...configMaps(cfg), ...configMaps(other, 'team-a'));
    await once(['crossplane-system', 'team-a']);
    cluster.fail('namespaces/team-a', 403);
    cluster.apply(...configMaps(late));
    start(['crossplane-system', 'team-a']);
    await until(() => summaries.length > 0);
    expect(summaries[0]).toMatchObject({
      placed: ['late.gz'],
      unchanged: ['cfg.gz'],
      kept: [{ file: 'other.gz', because: 'its set is refused' }],
      refused: [{ code: 'API' }],
      removed: [],
    });
    expect(errors.length).toBeGreaterThan(0);
    cluster.fail('namespaces/team-a', undefined);
    await until(() => summaries.at(-1)?.refused.length === 0);
    expect(summaries.at(-1)).toMatchObject({ unchanged: ['cfg.gz', 'late.gz', 'other.gz'], removed: [] });
  });

  test('ends when its signal aborts', async () => {
    start();
    await until(() => summaries.length > 0);
    stopping[0]?.abort();
    await running[0];
  });
});

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
    cluster.apply(...configMaps(tool));
    cluster.revisions = [revision];
  });

  test('a package has a link for its reference while a revision needs it', async () => {
    cluster.isFirst = true;
    expect((await loadCluster(options())).linked).toEqual([path]);
    expect(readFileSync(join(into, path))).toEqual(bytesOf(tool));
    expect(await loadCluster(options())).not.toHaveProperty('linked');
    cluster.revisions = [];
    expect((await loadCluster(options())).unlinked).toEqual([path]);
  });

  test('links are kept without permission to list package revisions', async () => {
    cluster.isFirst = true;
    await loadCluster(options());
    cluster.fail('revisions', 403);
    expect(await loadCluster(options())).not.toHaveProperty('unlinked');
    expect(forbidden).toBe(1);
    expect(readFileSync(join(into, path))).toEqual(bytesOf(tool));
  });

  test('a link that cannot be created is refused', async () => {
    cluster.isFirst = true;
    const other = { ...revision, spec: { ...revision.spec, image: `${source}:v1.2.4` }, status: {} };
    cluster.revisions = [revision, other];
    expect((await once()).refused).toEqual(['CONFLICT']);
  });

  test('links are not created without permission to read the version', async () => {
    cluster.isFirst = true;
    cluster.fail('apiextensions', 403);
    expect(await loadCluster(options())).not.toHaveProperty('linked');
  });

  test('only: later versions need no links', async () => {
    expect(await loadCluster(options())).not.toHaveProperty('linked');
    expect(entries()).toEqual([tool.manifest.file]);
  });
});

describe('a package revision needs a file', () => {
  const digest = digestFor('cfg');
  const { manifest } = cfg;
  const record = { manifest };
  const cases: [string, boolean, { image: string; resolvedImage?: string }][] = [
    ['of its source and digest', true, { image: `registry.example.com/acme/cfg@${digest}` }],
    ['of its source by a tag whose digest it does not tell', true, { image: 'registry.example.com/acme/cfg:v1' }],
    [
      'of its source by a tag that an ImageConfig resolves to its digest',
      true,
      { image: 'registry.example.com/acme/cfg:v1', resolvedImage: `mirror.example.com/acme/cfg@${digest}` },
    ],
    ['not of another digest', false, { image: `registry.example.com/acme/cfg@${digestFor('x')}` }],
    [
      'not when its tag resolves to another digest',
      false,
      { image: 'registry.example.com/acme/cfg:v1', resolvedImage: `registry.example.com/acme/cfg@${digestFor('x')}` },
    ],
    ['not of another source', false, { image: `registry.example.com/acme/other@${digest}` }],
    ['not of a source that it begins with', false, { image: 'registry.example.com/acme/cfg-2:v1' }],
    [
      'not of a mirror: the file is named by the original source',
      false,
      { image: `mirror.example.com/acme/cfg@${digest}` },
    ],
  ];
  test.each(cases)('%s: %s', (_, want, revision) => {
    expect(isNeededBy(record, revision)).toBe(want);
  });

  test('with a tag and a digest: in Crossplane, the tag is part of the source', () => {
    const tagged = {
      manifest: { ...manifest, artifact: { source: 'registry.example.com/acme/cfg:v1', digest } },
    };
    expect(isNeededBy(tagged, { image: `registry.example.com/acme/cfg:v1@${digest}` })).toBe(true);
  });

  test('never if the origin of the file is unknown', () => {
    const { artifact: _, ...bare } = manifest;
    expect(isNeededBy({ manifest: bare }, { image: 'registry.example.com/acme/cfg:v1' })).toBe(false);
  });
});
