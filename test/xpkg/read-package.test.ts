import { randomFillSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  buildImage,
  bytesBlob,
  encodeJson,
  type Image,
  isOciError,
  MEDIA_TYPES,
  type OciErrorCode,
  readConfig,
  verifyContent as verifying,
  writeTar,
} from '../../src/oci/index.ts';
import {
  buildPackage,
  extractPackage,
  inspectPackage,
  MAX_PACKAGE_BYTES,
  readPackageRoot,
  readPackageYaml,
} from '../../src/xpkg/index.ts';
import { collect } from '../oci/fixtures.ts';
import { file, fixture, imageOf, rejection, SMALL_META } from './fixtures.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xpkg-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('readPackageYaml', () => {
  const other = { entries: [file('package.yaml', 'other')] };
  const wanted = { entries: [file('package.yaml', 'wanted')] };
  for (const { name, layers, reason } of [
    {
      name: 'an annotated layer',
      layers: [other, { ...wanted, annotation: 'base' }, other],
      reason: 'the mark counts, not the order',
    },
    {
      name: 'a labelled layer',
      layers: [other, { ...wanted, label: 'base' }, other],
      reason: 'a file has no annotations',
    },
    {
      name: 'a layer with an annotation among labelled ones',
      layers: [
        { ...other, label: 'base' },
        { ...wanted, annotation: 'base' },
      ],
      reason: 'annotations come first',
    },
    {
      name: 'an image without annotations and labels',
      layers: [other, wanted],
      reason: 'the upper layer hides the lower',
    },
    {
      name: 'a file in a folder',
      layers: [{ entries: [file('./sub/package.yaml', 'wanted')], annotation: 'base' }],
      reason: 'core looks at the name only',
    },
    {
      name: 'the first of two files',
      layers: [{ entries: [file('package.yaml', 'wanted'), file('x/package.yaml', 'no')], annotation: 'base' }],
      reason: 'core takes the first',
    },
    {
      name: 'a layer next to one with examples',
      layers: [
        { ...other, annotation: 'upbound' },
        { ...wanted, annotation: 'base' },
      ],
      reason: 'examples are no package',
    },
  ]) {
    test(`reads the package of ${name}`, async () => {
      expect((await readPackageYaml(await imageOf(layers))).toString(), reason).toBe('wanted');
    });
  }

  test('an annotated layer is found without the image config', async () => {
    const { layers } = await imageOf([{ ...wanted, annotation: 'base' }]);
    for (const config of ['{}', 'no JSON']) {
      const image = buildImage({ config: Buffer.from(config), layers });
      expect((await readPackageYaml(image)).toString()).toBe('wanted');
    }
  });

  test('a whiteout removes a package of a lower layer', async () => {
    await rejection(
      readPackageYaml(await imageOf([wanted, { entries: [file('.wh.package.yaml', '')] }])),
      'NO_PACKAGE',
    );
  });

  test('refuses an image without layers', async () => {
    await rejection(readPackageYaml(await imageOf([])), 'NO_PACKAGE');
  });

  test('refuses a package layer without package.yaml', async () => {
    await rejection(
      readPackageYaml(await imageOf([{ entries: [file('x.yaml', '')], annotation: 'base' }])),
      'NO_PACKAGE',
    );
  });

  test('refuses two package layers', async () => {
    const marked = { ...wanted, annotation: 'base' };
    await rejection(readPackageYaml(await imageOf([marked, { ...other, annotation: 'base' }])), 'TWO_PACKAGES');
  });

  test('accepts a package.yaml of the maximum size', async () => {
    const image = await imageOf([{ entries: [compressible(MAX_PACKAGE_BYTES)], annotation: 'base' }]);
    expect((await readPackageYaml(image)).byteLength).toBe(MAX_PACKAGE_BYTES);
  });

  test('refuses a package.yaml that is one byte larger', async () => {
    const image = await imageOf([{ entries: [compressible(MAX_PACKAGE_BYTES + 1)], annotation: 'base' }]);
    await rejection(readPackageYaml(image), 'TOO_LARGE');
  });

  test('refuses a layer that decompresses to more than a hundred times its size', async () => {
    const image = await imageOf([
      { entries: [file('package.yaml', Buffer.alloc(17 * 1_048_576))], annotation: 'base' },
    ]);
    await expect(readPackageYaml(image)).rejects.toMatchObject({ name: 'OciError', code: 'TOO_LARGE' });
  });

  /** As compressible as packages get: to a fiftieth. */
  function compressible(size: number) {
    async function* open() {
      const chunk = Buffer.alloc(1024 * 1024);
      randomFillSync(chunk, 0, 20_000);
      for (let left = size; left > 0; left -= chunk.byteLength)
        yield chunk.subarray(0, Math.min(left, chunk.byteLength));
    }
    return { type: 'file', name: 'package.yaml', content: { size, open } } as const;
  }
});

describe('damaged layers', () => {
  const damaged: { name: string; code: OciErrorCode; damage: (tar: Buffer) => Buffer }[] = [
    { name: 'a truncated gzip', code: 'INVALID_LAYER', damage: (tar) => gzipSync(tar).subarray(0, -9) },
    { name: 'a wrong checksum', code: 'INVALID_LAYER', damage: (tar) => changed(gzipSync(tar), -6) },
    {
      name: 'neither gzip nor tar',
      code: 'INVALID_LAYER',
      damage: () => Buffer.from('this is no layer at all'.repeat(50)),
    },
    {
      name: 'an entry with a wrong size',
      code: 'INVALID_LAYER',
      damage: (tar) => gzipSync(tar.subarray(0, 600)),
    },
    { name: 'corrupt zstd', code: 'INVALID_LAYER', damage: () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0]) },
  ];
  for (const { name, code, damage } of damaged) {
    test(`${name} is ${code}, and nothing is written`, async () => {
      const image = await withLayer(damage(await collect(writeTar([file('package.yaml', SMALL_META.repeat(20))]))));
      expect(await ociCode(readPackageYaml(image))).toBe(code);
      expect(await ociCode(extractPackage(image, join(folder, 'x.gz')))).toBe(code);
      expect(await readdir(folder)).toEqual([]);
    });
  }

  test('an entry with a path outside the target is UNSAFE_PATH', async () => {
    const tar = await collect(writeTar([file('aa/package.yaml', SMALL_META)]));
    expect(await ociCode(readPackageYaml(await withLayer(renamed(tar, '../package.yaml'))))).toBe('UNSAFE_PATH');
  });

  test('content with another digest is DIGEST_MISMATCH', async () => {
    const image = await imageOf([{ entries: [file('package.yaml', SMALL_META)], annotation: 'base' }]);
    const [layer] = image.layers;
    if (layer === undefined) throw new Error('no layer');
    const swapped = bytesBlob('x', Buffer.from(changed(await collect(layer.open()), 9)));
    const verified = { ...layer, open: () => verifying(swapped.open(), layer.descriptor) };
    expect(await ociCode(readPackageYaml({ ...image, layers: [verified] }))).toBe('DIGEST_MISMATCH');
  });

  async function withLayer(bytes: Buffer): Promise<Image> {
    const layer = bytesBlob(MEDIA_TYPES.dockerLayerGzip, bytes, { 'io.crossplane.xpkg': 'base' });
    const config = encodeJson({ rootfs: { type: 'layers', diff_ids: [] } });
    return buildImage({ config, layers: [layer] });
  }

  function changed(bytes: Buffer, at: number): Buffer {
    const index = at < 0 ? bytes.length + at : at;
    const copy = Buffer.from(bytes);
    copy[index] = (copy[index] ?? 0) ^ 1;
    return copy;
  }

  /** Renames the first entry of a tar, and updates the checksum of its header. */
  function renamed(tar: Buffer, name: string): Buffer {
    const copy = Buffer.from(tar);
    copy.fill(0, 0, 100).write(name);
    copy.fill(' ', 148, 156);
    const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return copy;
  }
});

async function ociCode(work: Promise<unknown>): Promise<OciErrorCode | undefined> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isOciError(error)) throw new Error(`want an OciError, got ${String(error)}`, { cause: error });
  return error.code;
}

test('extracts the bytes of package.yaml unchanged', async () => {
  const text = '# odd: comments\n---\nx: 1\n# and no separator at the end';
  const image = await imageOf([{ entries: [file('package.yaml', text)], annotation: 'base' }]);
  const path = join(folder, 'out.gz');
  await extractPackage(image, path);
  expect(gunzipSync(await readFile(path)).toString()).toBe(text);
  expect(await readdir(folder)).toEqual(['out.gz']);
});

test('a file that cannot be written is UNREADABLE', async () => {
  const image = await imageOf([{ entries: [file('package.yaml', 'x: 1')], annotation: 'base' }]);
  await rejection(extractPackage(image, join(folder, 'none', 'out.gz')), 'UNREADABLE');
});

test('lists the content of a package', async () => {
  const { image } = await buildPackage(await readPackageRoot({ root: fixture('configuration') }));
  const report = await inspectPackage(image);
  expect(report.digest).toBe(image.document.descriptor.digest);
  expect(report.images).toHaveLength(1);
  expect(report.images[0]).toMatchObject({
    platform: { os: '', architecture: '' },
    runtime: undefined,
    layers: [{ mark: 'base' }, { mark: 'upbound' }],
    package: {
      type: 'Configuration',
      name: 'Tricky_configuration.1',
      crossplane: '>=v1.14.1-0, <3',
      dependencies: [
        { kind: 'Function', package: 'registry.example.com/f', version: '>=v0.1.0' },
        { kind: 'Provider', package: 'registry.example.com/p', version: '*' },
      ],
      findings: [],
    },
  });
  expect(report.images[0]?.package.objects[0]).toEqual({
    apiVersion: 'ops.crossplane.io/v1alpha1',
    kind: 'Operation',
    name: 'o',
  });
});

test('lists the content of a runtime image, and reports what Crossplane would refuse', async () => {
  const text = `${SMALL_META}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n`;
  const runtime = { entries: [file('bin/x', 'x')] };
  const image = await imageOf([runtime, { entries: [file('package.yaml', text)], annotation: 'base' }], {
    os: 'linux',
    architecture: 'arm64',
  });
  const [one] = (await inspectPackage(image)).images;
  expect(one).toMatchObject({ platform: { os: 'linux', architecture: 'arm64' }, runtime: { command: [], user: '' } });
  expect(one?.package.findings.map(({ code }) => code)).toEqual(['INVALID_OBJECT']);
  expect(JSON.parse((await readConfig(image)).toString())).toMatchObject({ architecture: 'arm64' });
});
