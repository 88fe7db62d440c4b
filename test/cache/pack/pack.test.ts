import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packNotes, packPackages, runtimeImages } from '../../../src/cache/pack/pack.ts';
import { joinChunks, readSetManifest } from '../../../src/cache/sets/chunks.ts';
import { type ConfigMap, DEFAULT_SELECTOR } from '../../../src/cache/sets/config-map.ts';
import { MAX_SET_OBJECTS, packageSetOf, readRecord } from '../../../src/cache/sets/package-set.ts';
import { cacheFileName } from '../../../src/xpkg/index.ts';
import { codeOf, made, OPTIONS } from './packages.ts';

type PackedMap = ReturnType<typeof packPackages>['configMaps'][number];

/** The same ConfigMap, which carries a chunk. */
function chunkMap(map: PackedMap | undefined): ConfigMap {
  if (map === undefined || !('immutable' in map)) throw new Error('it carries no chunk');
  return map;
}

describe('a pack', () => {
  test('contains each package, pins its tag and installs it', () => {
    const a = made('a', 'v1.0.0');
    const { configMaps, imageConfigs, packages } = packPackages([a], OPTIONS);
    const map = chunkMap(configMaps[0]);
    const set = map?.metadata.labels['workload-ecr.fn.crossplane.io/cache-set'] ?? '';
    const manifest = readSetManifest(set, map?.data?.[`${set}.json`] ?? '', 'x');
    expect(manifest.artifact).toEqual({ source: a.source, digest: a.digest });
    const bytes = joinChunks(manifest, [Buffer.from(Object.values(map?.binaryData ?? {})[0] ?? '', 'base64')]);
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(packages).toMatchObject([
      {
        kind: 'Configuration',
        metadata: { name: 'acme-a' },
        spec: { package: `${a.source}:v1.0.0`, packagePullPolicy: 'Never' },
      },
    ]);
    expect(imageConfigs).toMatchObject([
      {
        spec: {
          matchImages: [{ type: 'Prefix', prefix: `${a.source}:v1.0.0` }],
          rewriteImage: { prefix: `${a.source}@${a.digest}` },
        },
      },
    ]);
  });

  test('installs packages without a tag by digest', () => {
    const a = made('a', undefined);
    const { imageConfigs, packages } = packPackages([a], { ...OPTIONS, skipDependencyResolution: true });
    expect(imageConfigs).toEqual([]);
    expect(packages[0]?.spec).toEqual({
      package: `${a.source}@${a.digest}`,
      packagePullPolicy: 'Never',
      skipDependencyResolution: true,
    });
  });

  test('makes kubelets pull the runtime images of functions and providers, unless the nodes have them', () => {
    const fn = made('fn', 'v1.0.0', {}, 'Function');
    expect(packPackages([fn], OPTIONS).packages[0]?.spec.packagePullPolicy).toBe('IfNotPresent');
    expect(packPackages([fn], { ...OPTIONS, runtimePreloaded: true }).packages[0]?.spec.packagePullPolicy).toBe(
      'Never',
    );
    expect(runtimeImages([fn, made('a', 'v1.0.0')])).toEqual([`${fn.source}:v1.0.0@${fn.digest}`]);
  });

  test('refuses two packages with the same name in the cache', async () => {
    const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
    const a = { ...made('a', 'v1.0.0'), source: `${host}/platform/a`, digest: `sha256:e3b0c${'0'.repeat(59)}` };
    const b = { ...made('b', 'v1.0.0'), source: `${host}/platform/b`, digest: `sha256:e3b0c${'1'.repeat(59)}` };
    expect(await codeOf(() => packPackages([a, b], OPTIONS))).toBe('CONFLICT');
    expect(await codeOf(() => packPackages([a, a], OPTIONS))).toBe('none');
  });

  test('reports its size, and the images that it does not contain', () => {
    const fn = made('fn', 'v1.0.0', {}, 'Function');
    const notes = packNotes([fn], packPackages([fn], OPTIONS));
    expect(notes[0]).toBe('set acme-fn, version v1.0.0');
    expect(notes[1]).toMatch(/^1 packages in 1 ConfigMaps, \d+ B in the cache; Helm: packageCache\.sizeLimit: 20Mi$/);
    expect(notes[2]).toBe(`the nodes must be able to pull ${fn.source}:v1.0.0@${fn.digest}`);
  });
});

describe('one ConfigMap for all entries', () => {
  test('contains each under the name that Crossplane looks up, and nothing that a loader would recognize as a set', () => {
    const packages = [made('a', 'v1.0.0'), made('b', 'v1.0.0')];
    const { configMaps } = packPackages(packages, { ...OPTIONS, mountedAs: 'package-cache' });
    expect(configMaps).toHaveLength(1);
    const map = configMaps[0];
    expect(map).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'package-cache', namespace: 'crossplane-system' },
    });
    expect(Object.keys(map?.metadata.labels ?? {})).not.toContain(DEFAULT_SELECTOR);
    const keys = packages.map(({ source, digest }) => cacheFileName(`${source}@${digest}`, digest));
    expect(Object.keys(map?.binaryData ?? {})).toEqual(keys);
    const [first] = Object.values(map?.binaryData ?? {});
    expect(gunzipSync(Buffer.from(first ?? '', 'base64'))).toEqual(packages[0]?.yaml);
  });

  test('is refused if it would exceed the size of a ConfigMap, and if two packages have one name', async () => {
    const noise = randomBytes(1_100_000).toString('latin1');
    const large = { ...made('a', 'v1.0.0'), yaml: Buffer.from(noise, 'latin1') };
    const mounted = { ...OPTIONS, mountedAs: 'x' };
    expect(await codeOf(() => packPackages([large], mounted))).toBe('TOO_LARGE');
    const [one, two] = [made('a', 'v1.0.0'), made('a', 'v1.0.0')];
    const clash = { ...two, digest: `${one.digest.slice(0, 12)}${'0'.repeat(59)}` };
    expect(await codeOf(() => packPackages([one, clash], mounted))).toBe('CONFLICT');
  });
});

describe('a set', () => {
  test('labels everything with its name and version, and lists it in its record', () => {
    const packages = [made('a', 'v1.0.0'), made('fn', 'v2.0.0', {}, 'Function')];
    const { configMaps, imageConfigs, packages: manifests, record } = packPackages(packages, OPTIONS);
    const objects = [...configMaps, ...imageConfigs, ...manifests];
    const version = { name: 'acme-a', version: 'v1.0.0' };
    for (const { metadata } of [...objects, record]) expect(packageSetOf(metadata.labels)).toEqual(version);
    expect(record.metadata).toMatchObject({ name: 'package-set-acme-a', namespace: 'crossplane-system' });
    const { packages: listed, objects: names } = readRecord(record.data, 'x');
    expect(names).toEqual(objects.map(({ kind, metadata: { name } }) => ({ kind, name })));
    expect(listed).toEqual(packages.map(({ source, tag, digest }) => ({ source, version: tag, digest })));
  });

  test.each([
    ['a tag that a label can hold', { tag: 'v1.0.0-rc.1' }, 'v1.0.0-rc.1'],
    ['a tag that is longer than a label', { tag: `v${'1'.repeat(70)}` }, /^sha256-[0-9a-f]{12}$/],
    ['a tag that ends in a dot', { tag: 'v1.' }, /^sha256-/],
    ['no tag', { tag: undefined }, /^sha256-/],
  ])('has a version for %s', (_, { tag }, version) => {
    const { set } = packPackages([made('a', tag)], OPTIONS);
    expect(set.version).toMatch(version);
  });

  test('has a name of limited length, which differs if the removed part differs', () => {
    const [one, two] = ['x', 'y'].map((end) => packPackages([made('long-'.repeat(11) + end, 'v1')], OPTIONS).set.name);
    expect(one).toMatch(/^[a-z0-9-]{1,50}$/);
    expect(one).not.toBe(two);
  });

  test.each([
    [{ name: 'Platform' }, 'a capital letter'],
    [{ name: 'a'.repeat(51) }, 'too many characters'],
    [{ name: '-a' }, 'a dash in front'],
    [{ name: '' }, 'nothing'],
    [{ version: 'v1+build' }, 'a plus'],
    [{ version: '' }, 'no version'],
  ])('%j is refused: %s', async (set, _) => {
    expect(await codeOf(() => packPackages([made('a', 'v1.0.0')], { ...OPTIONS, set }))).toBe('INVALID_OPTION');
  });

  test.each([
    ['nothing', {}],
    ['no JSON', { 'set.json': '{' }],
    ['another format', { 'set.json': '{"format":2,"name":"a","version":"v1","packages":[],"objects":[]}' }],
    [
      'more objects than a set may have',
      {
        'set.json': JSON.stringify({
          format: 1,
          name: 'a',
          version: 'v1',
          packages: [],
          objects: Array.from({ length: MAX_SET_OBJECTS + 1 }, () => ({ kind: 'a', name: 'b' })),
        }),
      },
    ],
  ])('whose record contains %s is refused', async (_, data) => {
    expect(await codeOf(() => readRecord(data, 'x'))).toBe('INVALID_MEMBER');
  });
});
