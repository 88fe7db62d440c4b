import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listMembers, MAX_MEMBERS } from '../../src/cache/loader/cluster/members.ts';
import { readSets, type SetReader } from '../../src/cache/loader/cluster/read-sets.ts';
import { loadCluster } from '../../src/cache/loader/run.ts';
import { entryNameOf } from '../../src/cache/sets/cache-name.ts';
import { type ChunkSet, splitContent } from '../../src/cache/sets/chunks.ts';
import { type ConfigMap, DEFAULT_SELECTOR, LABELS } from '../../src/cache/sets/config-map.ts';
import { formatManifest, type SetManifest } from '../../src/cache/sets/manifest.ts';
import { type ApiServer, configMaps, startApiServer } from '../cache/loader/api-server.ts';
import { bytesOf, entryBytes, entrySet } from '../cache/sets.ts';

// The attacker may write ConfigMaps in the namespace `tenant`, from which packages below registry.example.com/tenant are loaded.

const work = mkdtempSync(join(tmpdir(), 'security-loader-'));
afterAll(() => rmSync(work, { recursive: true }));

let cluster: ApiServer;
let into: string;
beforeEach(async () => {
  cluster = await startApiServer({ pageSize: 500 });
  into = mkdtempSync(join(work, 'd-'));
});
afterEach(() => cluster.close());

const PLATFORM = { namespace: 'crossplane-system' };
const TENANT = { namespace: 'tenant', prefixes: ['registry.example.com/tenant'] };

async function load(maxBytes = 1_000_000) {
  const trusted = [PLATFORM, TENANT];
  const options = {
    api: cluster.api,
    trusted,
    selector: DEFAULT_SELECTOR,
    into,
    maxBytes,
    onForbidden: () => undefined,
  };
  const { placed, unchanged, removed, refused } = await loadCluster(options);
  return { placed, unchanged, removed, refused: refused.map(({ code }) => code) };
}

/** A package of `source` whose digest begins with `digits`. */
function packageSet(
  source: string,
  content: string,
  digits = 'e3b0c1',
  options: { chunkSize?: number } = {},
): ChunkSet {
  const artifact = { source, digest: `sha256:${digits.padEnd(64, '0')}` };
  const bytes = entryBytes(content, 3_000);
  return splitContent({ file: entryNameOf(artifact), bytes, artifact }, { base: 'p', chunkSize: 1_024, ...options });
}

const entries = () => readdirSync(into).filter((name) => !name.startsWith('.'));
const held = (set: ChunkSet) => readFileSync(join(into, set.manifest.file)).equals(bytesOf(set));
const inTenant = (set: ChunkSet) => configMaps(set, 'tenant');

// One host and 50 characters of path: the names of all packages below differ in five hex digits only.
const LONG = `registry.example.com/tenant/${'x'.repeat(30)}`;
const platform = packageSet(`${LONG}/platform`, 'platform', 'e3b0c1');
const crafted = packageSet(`${LONG}/crafted`, 'crafted', 'e3b0c2');

describe('a tenant cannot make Crossplane install', () => {
  test('a package from a namespace that the loader does not trust', async () => {
    cluster.apply(...configMaps(packageSet('registry.example.com/tenant/a', 'a'), 'other'));
    expect(await load()).toEqual({ placed: [], unchanged: [], removed: [], refused: [] });
    expect(cluster.requests.filter((path) => path.includes('/other/'))).toEqual([]);
  });

  test('a package of a source that the namespace may not provide', async () => {
    cluster.apply(...inTenant(packageSet('registry.example.com/platform/cfg', 'a')));
    expect(await load()).toMatchObject({ placed: [], refused: ['UNTRUSTED'] });
  });

  test('other content under the name of a package of the platform', async () => {
    const source = 'registry.example.com/platform/cfg';
    const { file } = packageSet(source, 'x').manifest;
    const artifact = { source: 'registry.example.com/tenant/a', digest: `sha256:${'e3b0c1'.padEnd(64, '0')}` };
    const forged = splitContent({ file, bytes: entryBytes('forged', 3_000), artifact }, { base: 'p' });
    cluster.apply(...inTenant(forged));
    expect(await load()).toMatchObject({ placed: [], refused: ['UNTRUSTED'] });
  });

  test.each([
    ['after it', [platform, crafted]],
    ['before it', [crafted, platform]],
  ])('a package crafted to have the same name as another one, which comes %s', async (_, order) => {
    for (const set of order) {
      cluster.apply(...(set === platform ? configMaps(set) : inTenant(set)));
      await load();
    }
    expect(crafted.manifest.file).toBe(platform.manifest.file);
    expect(held(platform)).toBe(true);
    expect(await load()).toMatchObject({ unchanged: [platform.manifest.file], refused: ['CONFLICT'] });
  });

  test('other content that claims to be the artifact of the platform', async () => {
    const artifact = platform.manifest.artifact;
    const bytes = entryBytes('forged', 3_000);
    const forged = splitContent({ file: platform.manifest.file, bytes, artifact }, { base: 'p' });
    cluster.apply(...inTenant(forged));
    await load();
    cluster.apply(...configMaps(platform));
    expect(await load()).toMatchObject({ placed: [platform.manifest.file], refused: ['CONFLICT'] });
    expect(held(platform)).toBe(true);
  });

  test('packages that were loaded from its namespace before that was no longer trusted', async () => {
    cluster.apply(...inTenant(crafted));
    await load();
    const options = { api: cluster.api, selector: DEFAULT_SELECTOR, into, maxBytes: 1e6, onForbidden: () => undefined };
    await loadCluster({ ...options, trusted: [{ ...TENANT, prefixes: ['registry.example.com/elsewhere'] }] });
    expect(entries()).toEqual([]);
  });
});

describe('a tenant cannot prevent Crossplane from', () => {
  const copies: [string, () => ConfigMap[]][] = [
    ['its ConfigMaps copied, with other content', () => inTenant(platform).map((map) => spoil(map, () => 'AAAA'))],
    ['one ConfigMap of it copied', () => inTenant(platform).slice(0, 1)],
    ['all its labels on ConfigMaps without content', () => inTenant(platform).map((map) => spoil(map, () => ''))],
    ['an invalid manifest with its name', () => inTenant(platform).map((map) => ({ ...map, data: { x: 'y' } }))],
    ['each of its chunks twice', () => [...inTenant(platform), ...inTenant(platform).map(again)]],
  ];
  test.each(copies)('loading a package of the platform, by %s', async (_, copy) => {
    cluster.apply(...copy());
    await load();
    cluster.apply(...configMaps(platform));
    await load();
    expect(held(platform)).toBe(true);
    cluster.apply(...copy());
    expect((await load()).unchanged).toEqual([platform.manifest.file]);
  });

  test('loading what fits, by filling the cache first', async () => {
    const small = packageSet('registry.example.com/tenant/aaa', 'a', 'aaaaa');
    cluster.apply(...inTenant(small));
    await load(platform.manifest.size);
    expect(entries()).toEqual([small.manifest.file]);
    cluster.apply(...configMaps(platform));
    expect(await load(platform.manifest.size)).toMatchObject({
      placed: [platform.manifest.file],
      removed: [small.manifest.file],
    });
  });

  test('loading a set of its own namespace, by a ConfigMap with other labels', async () => {
    const [map] = inTenant(crafted);
    if (map === undefined) throw new Error('no ConfigMap');
    const labels = { ...map.metadata.labels, [LABELS.count]: '99999', [LABELS.index]: '98765' };
    const odd = { ...map, metadata: { ...map.metadata, name: 'odd', labels } };
    cluster.apply(...inTenant(crafted), odd);
    expect(await load()).toMatchObject({ placed: [crafted.manifest.file], refused: ['INVALID_MEMBER'] });
  });
});

function spoil(map: ConfigMap, change: () => string): ConfigMap {
  const binaryData = Object.fromEntries(Object.keys(map.binaryData).map((key) => [key, change()]));
  return { ...map, binaryData };
}

function again(map: ConfigMap): ConfigMap {
  return { ...map, metadata: { ...map.metadata, name: `${map.metadata.name}-again` } };
}

describe('a tenant cannot exhaust the loader with', () => {
  const labelled = (name: string, labels: Record<string, string>): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'tenant', labels },
    immutable: true,
    binaryData: {},
  });
  const setName = (index: number) => index.toString(16).padStart(16, '0');

  test('more ConfigMaps than the limit: the others are not read, and no set of the platform is lost', async () => {
    cluster.apply(...configMaps(platform));
    await load();
    const labels = (index: number) => ({ [LABELS.set]: setName(index), [LABELS.index]: '1', [LABELS.count]: '2' });
    const many = Array.from({ length: MAX_MEMBERS + 500 }, (_, index) => labelled(`m${index}`, labels(index)));
    cluster.apply(...many);
    const listed = await listMembers(cluster.api, 'tenant', DEFAULT_SELECTOR);
    expect({ ...listed, members: listed.members.length }).toMatchObject({ members: MAX_MEMBERS, truncated: true });
    const { unchanged, removed, refused } = await load();
    expect({ unchanged, removed }).toEqual({ unchanged: [platform.manifest.file], removed: [] });
    // Messages: one for each set that is read, one for too many ConfigMaps, and one for too many sets.
    expect(refused.length).toBeLessThanOrEqual(1_002);
  });

  test('invalid sets that it would fetch repeatedly', async () => {
    const bad = Array.from({ length: 20 }, (_, index) => ({
      ...labelled(`m${index}`, { [LABELS.set]: setName(index), [LABELS.index]: '0', [LABELS.count]: '1' }),
      data: { [`${setName(index)}.json`]: 'x'.repeat(100_000) },
    }));
    cluster.apply(...bad);
    const trusted = [TENANT];
    const memory = { manifests: new Map(), rejections: new Map() };
    const reader: SetReader = { api: cluster.api, trusted, ownerOf: (namespace) => namespace, memory };
    const pass = async () => readSets(reader, [await listMembers(cluster.api, 'tenant', DEFAULT_SELECTOR)]);
    expect((await pass()).length).toBe(20);
    cluster.requests.length = 0;
    expect((await pass()).length).toBe(20);
    expect(cluster.requests).toEqual(['/api/v1/namespaces/tenant/configmaps']);
    // Changed sets are checked again.
    cluster.apply(...bad.slice(0, 2));
    cluster.requests.length = 0;
    await pass();
    expect(cluster.requests).toHaveLength(3);
    cluster.delete(...bad);
    await pass();
    expect(memory.rejections.size).toBe(0);
  });

  test('annotations that make a page of the list larger than the limit of a response', async () => {
    const [map] = inTenant(crafted);
    if (map === undefined) throw new Error('no ConfigMap');
    const annotations = { x: 'y'.repeat(250_000) };
    const fat = Array.from({ length: 100 }, (_, index) => ({
      ...labelled(`m${index}`, { [LABELS.set]: setName(index), [LABELS.index]: '1', [LABELS.count]: '2' }),
    })).map((one) => ({ ...one, metadata: { ...one.metadata, annotations } }));
    cluster.apply(...fat, ...inTenant(crafted));
    const { members, truncated } = await listMembers(cluster.api, 'tenant', DEFAULT_SELECTOR);
    expect({ members: members.length, truncated }).toEqual({ members: 100 + crafted.chunks.length, truncated: false });
    expect(JSON.stringify(members).length).toBeLessThan(100_000);
  });

  const manifests: [string, Partial<SetManifest>][] = [
    ['an infinite size', { size: Number.MAX_SAFE_INTEGER, chunkSize: Number.MAX_SAFE_INTEGER }],
    ['a billion chunks', { size: 1_000_000_000, chunkSize: 1 }],
    ['a long file name', { file: `${'x'.repeat(250)}.gz` }],
  ];
  test.each(manifests)('a manifest of %s', async (_, change) => {
    const text = formatManifest({ ...crafted.manifest, chunks: crafted.manifest.chunks.slice(0, 1), ...change });
    const name = setName(1);
    const labels = { [LABELS.set]: name, [LABELS.index]: '0', [LABELS.count]: '1' };
    cluster.apply({ ...labelled('m', labels), data: { [`${name}.json`]: text } }, ...configMaps(platform));
    expect(await load()).toMatchObject({ placed: [platform.manifest.file], refused: ['INVALID_MANIFEST'] });
  });

  test.each(['1000000000', '-1', '0x10', '1e9', '99999999999999999999'])('a count of %s', async (count) => {
    cluster.apply(labelled('m', { [LABELS.set]: setName(1), [LABELS.index]: '0', [LABELS.count]: count }));
    expect(await load()).toMatchObject({ placed: [], refused: ['INVALID_MEMBER'] });
  });
});

test('messages about content of a tenant are short and printable', async () => {
  const bad = [
    `{"version":1,"\u001b[2J${'x'.repeat(50_000)}":1}`,
    `\u202e${'x'.repeat(50_000)}`,
    JSON.stringify({ ...entrySet('a').manifest, file: `\u001b]0;${'x'.repeat(5_000)}` }),
  ];
  for (const [index, text] of bad.entries()) {
    const name = index.toString(16).padStart(16, '0');
    const labels = { [LABELS.set]: name, [LABELS.index]: '0', [LABELS.count]: '1' };
    const metadata = { name: `m${index}`, namespace: 'tenant', labels };
    cluster.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      immutable: true,
      data: { [`${name}.json`]: text },
      binaryData: {},
    });
  }
  const options = { api: cluster.api, selector: DEFAULT_SELECTOR, into, maxBytes: 1e6, onForbidden: () => undefined };
  const { refused } = await loadCluster({ ...options, trusted: [TENANT] });
  expect(refused).toHaveLength(bad.length);
  for (const { message } of refused) expect(message).toMatch(/^[\x20-\x7e]{1,300}$/);
});
