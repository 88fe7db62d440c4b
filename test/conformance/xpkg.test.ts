import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createRegistryClient,
  type Image,
  MEDIA_TYPES,
  parseReference,
  pullImage,
  readConfig,
  readImageTarball,
  writeImageTarball,
} from '../../src/oci/index.ts';
import { buildPackage, parseTarget, pushPackages, readPackageRoot, readPackageYaml } from '../../src/xpkg/index.ts';
import { smallImage } from '../oci/fixtures.ts';
import { PROGRAM } from '../program.ts';
import { crdFolder, toolPath } from '../tools/index.ts';
import { fixture } from '../xpkg/fixtures.ts';
import { type RegistryProcess, startRegistryProcess } from './registry-process.ts';

const run = promisify(execFile);
const crossplane = (...args: readonly string[]) => run(toolPath('crossplane'), ['xpkg', ...args]);

let folder: string;
let registry: RegistryProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xpkg-conformance-'));
  registry = await startRegistryProcess();
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

interface Pair {
  readonly ours: Image;
  readonly theirs: Image;
  readonly oursPath: string;
  readonly theirsPath: string;
}

/** The same root built by both programs. */
async function buildBoth(root: string, runtimePath?: string): Promise<Pair> {
  const [oursPath, theirsPath] = [join(folder, 'ours.xpkg'), join(folder, 'theirs.xpkg')];
  const embed = runtimePath === undefined ? [] : [`--embed-runtime-image-tarball=${runtimePath}`];
  await crossplane('build', '-f', root, '-e', join(root, 'examples'), '-o', theirsPath, ...embed);
  const runtime = runtimePath === undefined ? undefined : await readImageTarball(runtimePath);
  const { image: ours } = await buildPackage(await readPackageRoot({ root }), runtime);
  await writeImageTarball(oursPath, ours);
  return { ours, theirs: await readImageTarball(theirsPath), oursPath, theirsPath };
}

/** An image config in which digests of layers that are compressed here are replaced by their positions. */
async function comparableConfig(image: Image): Promise<unknown> {
  let text = (await readConfig(image)).toString();
  for (const [index, { descriptor }] of image.layers.entries())
    text = text.replaceAll(descriptor.digest, `layer ${index}`);
  return JSON.parse(text);
}

describe.each(['configuration', 'provider', 'function', 'typed-configuration', 'typed-provider'])('%s', (name) => {
  test("both programs build the same package, and read each other's", async () => {
    const { ours, theirs, oursPath } = await buildBoth(fixture(name));
    expect(await comparableConfig(ours)).toEqual(await comparableConfig(theirs));
    const content = await readPackageYaml(theirs);
    expect((await readPackageYaml(ours)).equals(content)).toBe(true);
    await crossplane('extract', '--from-xpkg', oursPath, '-o', join(folder, 'out.gz'));
    expect(gunzipSync(await readFile(join(folder, 'out.gz'))).equals(content)).toBe(true);
  });
});

test('a provider with all CRDs of provider-aws is identical', async () => {
  const root = join(folder, 'provider');
  await mkdir(root);
  await run('cp', ['-r', crdFolder('provider-aws'), join(root, 'crds')]);
  await copyFile(join(fixture('provider'), 'crossplane.yaml'), join(root, 'crossplane.yaml'));
  const { ours, theirs } = await buildBoth(root);
  expect(await comparableConfig(ours)).toEqual(await comparableConfig(theirs));
}, 120_000);

test('a package on a runtime image is identical', async () => {
  const runtimePath = join(folder, 'runtime.tar');
  await writeImageTarball(runtimePath, await smallImage());
  const { ours, theirs } = await buildBoth(fixture('function'), runtimePath);
  expect(await comparableConfig(ours)).toEqual(await comparableConfig(theirs));
  expect(ours.layers[0]?.descriptor).toEqual(theirs.layers[0]?.descriptor);
});

const META = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: x}\n';
const REFUSED = {
  'no metadata': 'apiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nmetadata: {name: x}\n',
  'two metadata objects': `${META}---\n${META}`,
  'a ConfigMap': `${META}---\napiVersion: v1\nkind: ConfigMap\n`,
  'a CRD in a Configuration': `${META}---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n`,
  'a usage in a Configuration': `${META}---\napiVersion: apiextensions.crossplane.io/v1alpha1\nkind: Usage\n`,
  'a version that is not registered': META.replace('/v1', '/v1beta1'),
  'a bad constraint': `${META}spec: {crossplane: {version: x.y.z.w}}\n`,
  'an empty constraint': `${META}spec: {crossplane: {version: ""}}\n`,
  'a boolean for a name': `${META.replace('name: x', 'name: y')}`,
  'a number for a label': `${META.replace('name: x', 'name: x, labels: {a: 1}')}`,
  'text behind a separator': `${META}--- x\n`,
  'YAML that does not parse': `${META}---\na: [\n`,
  'a list': `${META}---\n- a\n`,
  'no kind': `${META}---\napiVersion: v1\n`,
};
const ACCEPTED = {
  'nothing but metadata': META,
  'an unknown field': `${META}spec: {unknown: 1}\n`,
  'a duplicate key': `${META}spec: {}\nspec: {}\n`,
  'a comment document': `${META}---\n# nothing\n---\n`,
  'no name': META.replace('metadata: {name: x}\n', ''),
  'a null spec': `${META}spec: null\n`,
};

describe.each([
  ['refuse', REFUSED],
  ['accept', ACCEPTED],
])('both programs %s', (verdict, cases) => {
  test.each(Object.entries(cases))('%s', async (name, text) => {
    const root = join(folder, name.replaceAll(' ', '-'));
    await mkdir(root);
    await writeFile(join(root, 'x.yaml'), text);
    const work = [
      buildPackage(await readPackageRoot({ root })),
      crossplane('build', '-f', root, '-e', join(root, 'none'), '-o', join(folder, 'x.xpkg')),
    ];
    const outcomes = (await Promise.allSettled(work)).map(({ status }) => status);
    expect(outcomes).toEqual(Array(2).fill(verdict === 'accept' ? 'fulfilled' : 'rejected'));
  });
});

test('both programs push the same manifest, and ours is valid', async () => {
  const { theirsPath } = await buildBoth(fixture('configuration'));
  const client = createRegistryClient();
  try {
    const [ours, theirs] = [`${registry.host}/ours/a:v1`, `${registry.host}/theirs/a:v1`];
    await crossplane('push', '-f', theirsPath, '-a', 'a.b=c=d', theirs);
    const file = { path: theirsPath, image: await readImageTarball(theirsPath) };
    const { digest } = await pushPackages(client, parseTarget(ours), [file], { annotations: { 'a.b': 'c=d' } });
    expect(digest).toBe((await client.resolve(parseReference(theirs, 'strict'))).digest);
    await run(toolPath('crane'), ['validate', '--remote', ours]);
    await crossplane('extract', ours, '-o', join(folder, 'pulled.gz'));
    expect(gunzipSync(await readFile(join(folder, 'pulled.gz'))).equals(await readPackageYaml(file.image))).toBe(true);
  } finally {
    await client.close();
  }
});

test('a zstd package is read by Crossplane from its file and from the registry, pushed by us or by its own program', async () => {
  const root = fixture('configuration');
  const path = join(folder, 'zstd.xpkg');
  const options = ['-f', root, '-o', path, '--compression', 'zstd', '--quiet'];
  const built = await run(toolPath('node-shipped'), [PROGRAM, 'xpkg', 'build', ...options]);
  const image = await readImageTarball(path);
  expect(image.document.descriptor.digest).toBe(built.stdout.trim());
  const content = await readPackageYaml((await buildPackage(await readPackageRoot({ root }))).image);
  const extracted = async (...from: readonly string[]) => {
    await crossplane('extract', ...from, '-o', join(folder, 'zstd.gz'));
    return gunzipSync(await readFile(join(folder, 'zstd.gz'))).equals(content);
  };
  expect(await extracted('--from-xpkg', path)).toBe(true);
  const [ours, theirs] = [`${registry.host}/ours/zstd:v1`, `${registry.host}/theirs/zstd:v1`];
  await crossplane('push', '-f', path, theirs);
  const client = createRegistryClient();
  try {
    await pushPackages(client, parseTarget(ours), [{ path, image }]);
    const typesOf = async (text: string) => {
      const { kind, manifest } = await client.fetchManifest(parseReference(text, 'strict'));
      return kind === 'image' ? [...new Set(manifest.layers.map(({ mediaType }) => mediaType))] : [];
    };
    expect(await typesOf(ours)).toEqual([MEDIA_TYPES.ociLayerZstd]);
    expect(await typesOf(theirs), 'its program calls them gzip, as the help says').toEqual([
      MEDIA_TYPES.dockerLayerGzip,
    ]);
    for (const pushed of [ours, theirs]) {
      expect(await extracted(pushed), pushed).toBe(true);
      const { image: pulled } = await pullImage(client, parseReference(pushed));
      expect((await readPackageYaml(pulled)).equals(content), pushed).toBe(true);
    }
  } finally {
    await client.close();
  }
});

test('both programs push the same index', async () => {
  const files = [];
  for (const architecture of ['amd64', 'arm64']) {
    const runtimePath = join(folder, `${architecture}.tar`);
    await writeImageTarball(runtimePath, await smallImage('text', { platform: { os: 'linux', architecture } }));
    const { image } = await buildPackage(
      await readPackageRoot({ root: fixture('function') }),
      await readImageTarball(runtimePath),
    );
    const path = join(folder, `${architecture}.xpkg`);
    await writeImageTarball(path, image);
    files.push({ path, image });
  }
  const client = createRegistryClient();
  try {
    const [ours, theirs] = [`${registry.host}/ours/b:v1`, `${registry.host}/theirs/b:v1`];
    await crossplane('push', '-f', files.map(({ path }) => path).join(','), theirs);
    await pushPackages(client, parseTarget(ours), files);
    const [one, other] = await Promise.all(
      [ours, theirs].map((text) => client.fetchManifest(parseReference(text, 'strict'))),
    );
    expect(one?.bytes.toString()).toBe(other?.bytes.toString());
    await run(toolPath('crane'), ['validate', '--remote', ours]);
  } finally {
    await client.close();
  }
});
