import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isCacheError } from '../../src/cache/errors.ts';
import {
  closureProblems,
  completeClosure,
  type PackageFinder,
  type PackedPackage,
  requirementsOf,
  sourceOf,
} from '../../src/cache/pack/closure.ts';
import { formatLock } from '../../src/cache/pack/lock.ts';
import { packNotes, packPackages, runtimeImages } from '../../src/cache/pack/pack.ts';
import { joinChunks, readSetManifest } from '../../src/cache/sets/chunks.ts';
import { type ConfigMap, DEFAULT_SELECTOR } from '../../src/cache/sets/config-map.ts';
import { MAX_SET_OBJECTS, packageSetOf, readRecord } from '../../src/cache/sets/package-set.ts';
import { cacheFileName, inspectContent } from '../../src/xpkg/index.ts';

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A package of `registry.example.com/acme/<name>`. */
function made(
  name: string,
  tag: string | undefined,
  dependencies: Record<string, string> = {},
  kind = 'Configuration',
): PackedPackage {
  const dependsOn = Object.entries(dependencies).map(([dependency, version]) => ({
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Configuration',
    package: `registry.example.com/acme/${dependency}`,
    version,
  }));
  const meta = { apiVersion: `meta.pkg.crossplane.io/v1`, kind, metadata: { name }, spec: { dependsOn } };
  const yaml = Buffer.from(JSON.stringify(meta));
  const source = `registry.example.com/acme/${name}`;
  return { source, tag, digest: digestOf(`${name}${tag}`), yaml, content: inspectContent(yaml) };
}

/** Finds these packages; those with several versions by each. */
function finderOf(...packages: PackedPackage[]): PackageFinder {
  return {
    async fetch(source, version) {
      const found = packages.find(
        (one) => one.source === source && ('tag' in version ? one.tag === version.tag : one.digest === version.digest),
      );
      if (found === undefined) throw new Error(`nobody has ${source}`);
      return found;
    },
    listTags: async (source) => packages.filter((one) => one.source === source).flatMap(({ tag }) => tag ?? []),
  };
}

const OPTIONS = {
  namespace: 'crossplane-system',
  chunkSize: 786_432,
  runtimePreloaded: false,
  skipDependencyResolution: false,
};

type PackedMap = ReturnType<typeof packPackages>['configMaps'][number];

/** The same ConfigMap, which carries a chunk. */
function chunkMap(map: PackedMap | undefined): ConfigMap {
  if (map === undefined || !('immutable' in map)) throw new Error('it carries no chunk');
  return map;
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return isCacheError(error) ? error.code : String(error);
  }
  return 'none';
}

describe('a closure', () => {
  test('contains all direct and indirect dependencies, each once', async () => {
    const finder = finderOf(made('b', 'v1.2.0', { c: '>=v1.0.0' }), made('c', 'v1.5.0', { b: '>=v1.0.0' }));
    const { packages, requirements } = await completeClosure([made('a', 'v1.0.0', { b: '^1.0.0', c: '*' })], finder);
    expect(packages.map(({ source, tag }) => `${source.slice(-1)} ${tag}`)).toEqual([
      'a v1.0.0',
      'b v1.2.0',
      'c v1.5.0',
    ]);
    expect(closureProblems(packages, requirements)).toEqual([]);
  });

  test('selects the highest version that satisfies, of tags that are complete versions', async () => {
    const tags = ['v1.9.0', 'v1.10.0', 'v2.0.0', 'v1.11', 'latest', 'v1.12.0-rc.1'];
    const finder = finderOf(...tags.map((tag) => made('b', tag)));
    const { packages } = await completeClosure([made('a', 'v1.0.0', { b: '>=v1.0.0 <v2.0.0' })], finder);
    expect(packages[1]?.tag).toBe('v1.10.0');
  });

  test('uses a digest unchanged', async () => {
    const b = made('b', undefined);
    const { packages, requirements } = await completeClosure([made('a', 'v1.0.0', { b: b.digest })], finderOf(b));
    expect(packages[1]).toBe(b);
    expect(closureProblems(packages, requirements)).toEqual([]);
  });

  test('that cannot be completed is refused', async () => {
    const a = made('a', 'v1.0.0', { b: '^3.0.0' });
    expect(await codeOf(() => completeClosure([a], finderOf(made('b', 'v1.0.0'))))).toBe('INCOMPLETE');
    expect(await codeOf(() => completeClosure([made('a', 'v1.0.0', { b: 'zzz' })], finderOf()))).toBe('INCOMPLETE');
  });

  test.each([
    [
      'a package that is missing',
      [made('a', 'v1', { b: '*' })],
      /acme\/a depends on .*acme\/b \(\*\), which is not in the set/,
    ],
    [
      'a version that is too low',
      [made('a', 'v1', { b: '>=v2.0.0' }), made('b', 'v1.0.0')],
      /but the set has v1\.0\.0/,
    ],
    [
      'a digest that a range cannot be compared with',
      [made('a', 'v1', { b: '*' }), made('b', undefined)],
      /by digest only/,
    ],
    ['another digest', [made('a', 'v1', { b: digestOf('x') }), made('b', 'v1.0.0')], /but the set has sha256:/],
  ])('is checked as in Crossplane: %s', (_, packages, message) => {
    expect(closureProblems(packages, requirementsOf(packages))).toEqual([expect.stringMatching(message)]);
  });

  test('is written to a lock with the dependents of each package', async () => {
    const closure = await completeClosure([made('a', 'v1.0.0', { b: '^1.0.0' })], finderOf(made('b', 'v1.2.0')));
    expect(JSON.parse(formatLock(closure)).packages[1]).toEqual({
      source: 'registry.example.com/acme/b',
      version: 'v1.2.0',
      digest: digestOf('bv1.2.0'),
      neededBy: [{ source: 'registry.example.com/acme/a', version: '^1.0.0' }],
    });
  });
});

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

test.each([
  ['registry.example.com/acme/cfg', 'registry.example.com/acme/cfg'],
  ['registry.example.com:5000/acme/cfg', 'registry.example.com:5000/acme/cfg'],
  ['registry.example.com:5000/acme/cfg:v1', 'registry.example.com:5000/acme/cfg'],
  [`registry.example.com/acme/cfg:v1@${digestOf('x')}`, 'registry.example.com/acme/cfg'],
  [`docker.io/acme/cfg@${digestOf('x')}`, 'docker.io/acme/cfg'],
])('the source of %s is %s', (text, source) => {
  expect(sourceOf(text)).toBe(source);
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
