import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  decompress,
  digestOf,
  type Image,
  parseImageConfig,
  readAll,
  readConfig,
  readLayer,
} from '../../src/oci/index.ts';
import { buildPackage, readPackageRoot } from '../../src/xpkg/index.ts';
import { file, fixture, imageOf, rejection, SMALL_META } from './fixtures.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xpkg-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function layerFile(image: Image, index: number): Promise<{ name: string; text: string }> {
  const layer = image.layers[index];
  if (layer === undefined) throw new Error(`no layer ${index}`);
  for await (const { name, content } of readLayer(layer, { maxBytes: 1e7 })) {
    return { name, text: (await readAll(content, 1e7, name)).toString() };
  }
  throw new Error(`layer ${index} is empty`);
}

function golden(name: string): Promise<string> {
  return readFile(new URL(`golden/${name}.yaml`, import.meta.url), 'utf8');
}

// Each golden file is from the package that Crossplane's command line v2.5.0 built from the fixture.
describe.each(['configuration', 'provider', 'function', 'typed-configuration', 'typed-provider'])(
  'the fixture %s',
  (name) => {
    test('has the package.yaml of the Crossplane CLI', async () => {
      const { image } = await buildPackage(await readPackageRoot({ root: fixture(name) }));
      expect(await layerFile(image, 0)).toEqual({ name: 'package.yaml', text: await golden(`${name}.package`) });
    });

    test('has the same digest again', async () => {
      const root = { root: fixture(name) };
      const [one, other] = await Promise.all([root, root].map(async (at) => buildPackage(await readPackageRoot(at))));
      expect(one?.image.document.descriptor).toEqual(other?.image.document.descriptor);
      expect(one?.fileName).toBe(other?.fileName);
    });
  },
);

test('stores the examples unchanged, in a separate layer', async () => {
  const { image } = await buildPackage(await readPackageRoot({ root: fixture('configuration') }));
  expect(image.layers).toHaveLength(2);
  expect(await layerFile(image, 1)).toEqual({
    name: '.up/examples.yaml',
    text: await golden('configuration.examples'),
  });
});

test('marks the layers with labels of the config, and not in the manifest', async () => {
  const { image, fileName } = await buildPackage(await readPackageRoot({ root: fixture('configuration') }));
  const digests = image.layers.map(({ descriptor }) => descriptor.digest);
  const config = JSON.parse((await readConfig(image)).toString());
  expect(config).toEqual({
    architecture: '',
    created: '0001-01-01T00:00:00Z',
    history: [{ created: '0001-01-01T00:00:00Z' }, { created: '0001-01-01T00:00:00Z' }],
    os: '',
    rootfs: {
      type: 'layers',
      diff_ids: await Promise.all(
        image.layers.map(async (layer) => digestOf(await readAll(decompress(layer.open()), 1e6, 'x'))),
      ),
    },
    config: {
      Labels: { [`io.crossplane.xpkg:${digests[0]}`]: 'base', [`io.crossplane.xpkg:${digests[1]}`]: 'upbound' },
    },
  });
  expect(image.document.manifest.layers.map(({ annotations }) => annotations)).toEqual([undefined, undefined]);
  expect(fileName).toBe(`rickyconfiguration-1-${image.document.descriptor.digest.slice(7, 19)}.xpkg`);
});

test('adds the package to a runtime image and keeps its layers and config', async () => {
  const runtime = await imageOf([{ entries: [file('bin/x', 'x')] }], { os: 'linux', architecture: 'arm64' });
  const { image } = await buildPackage({ files: [{ path: 'x.yaml', text: SMALL_META }], examples: undefined }, runtime);
  const config = parseImageConfig(await readConfig(image));
  expect(config).toMatchObject({ os: 'linux', architecture: 'arm64' });
  expect(image.layers[0]?.descriptor).toEqual(runtime.layers[0]?.descriptor);
  expect(config.rootfs.diff_ids).toHaveLength(2);
  expect(await layerFile(image, 1)).toMatchObject({ name: 'package.yaml' });
});

test('refuses a runtime image that is already a package', async () => {
  const runtime = await imageOf([{ entries: [file('package.yaml', SMALL_META)], label: 'base' }]);
  const sources = { files: [{ path: 'x.yaml', text: SMALL_META }], examples: undefined };
  await rejection(buildPackage(sources, runtime), 'INVALID_RUNTIME');
});

test('reads the targets of linked files, and nothing in linked folders', async () => {
  await writeFile(join(folder, 'meta'), SMALL_META);
  await symlink('meta', join(folder, 'meta.yaml'));
  await symlink(fixture('provider'), join(folder, 'elsewhere'));
  const { files } = await readPackageRoot({ root: folder });
  expect(files).toEqual([{ path: join(folder, 'meta.yaml'), text: SMALL_META }]);
});

for (const { pattern, left, reason } of [
  {
    pattern: '*.yaml',
    left: ['apis/composition.yaml', 'apis/v2/xrd.yml', '.hidden/operations.yaml'],
    reason: 'a star matches within a folder',
  },
  {
    pattern: '.hidden/*',
    left: ['apis/composition.yaml', 'apis/v2/xrd.yml', 'zz-meta.yaml'],
    reason: 'a whole folder',
  },
  {
    pattern: '*/v2/xrd.y[a-m]l',
    left: ['.hidden/operations.yaml', 'apis/composition.yaml', 'zz-meta.yaml'],
    reason: 'sets',
  },
  {
    pattern: './zz-met?.yaml',
    left: ['.hidden/operations.yaml', 'apis/composition.yaml', 'apis/v2/xrd.yml'],
    reason: 'dots and question marks',
  },
]) {
  test(`omits ${pattern}`, async () => {
    const root = fixture('configuration');
    const { files } = await readPackageRoot({ root, ignore: [pattern] });
    expect(files.map(({ path }) => path.slice(root.length + 1)).sort(), reason).toEqual([...left].sort());
  });
}

test('refuses an unterminated pattern', async () => {
  await rejection(readPackageRoot({ root: fixture('configuration'), ignore: ['apis/[a-'] }), 'INVALID_ARGUMENT');
});

test('refuses a root that is not a folder', async () => {
  await rejection(readPackageRoot({ root: join(folder, 'none') }), 'UNREADABLE');
});

test('refuses a file that is not UTF-8', async () => {
  await writeFile(join(folder, 'x.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff]));
  await rejection(readPackageRoot({ root: folder }), 'INVALID_YAML');
});

test('refuses a broken link', async () => {
  await symlink('none', join(folder, 'x.yaml'));
  await rejection(readPackageRoot({ root: folder }), 'UNREADABLE');
});
