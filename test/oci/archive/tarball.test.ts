import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type BlobSource,
  buildImage,
  buildLayer,
  diffIdOf,
  digestHex,
  digestOf,
  encodeJson,
  imageTarball,
  MEDIA_TYPES,
  readImageTarball,
  readTar,
  type TarInput,
  writeImageTarball,
  writeTar,
} from '../../../src/oci/index.ts';
import { collect, pieces, rejection, smallImage, zstdFrame } from '../fixtures.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-tarball-'));
});
afterAll(() => rm(folder, { recursive: true }));

const CONFIG = encodeJson({ rootfs: { type: 'layers', diff_ids: [] } });
const file = (name: string, content: Uint8Array | string): TarInput => ({
  type: 'file',
  name,
  content: Buffer.from(content),
});
const listing = (...images: unknown[]) => file('manifest.json', JSON.stringify(images));

async function saved(name: string, entries: readonly TarInput[]): Promise<string> {
  const path = join(folder, name.replaceAll(/\W/g, '-'));
  await writeFile(path, await collect(writeTar(entries)));
  return path;
}

describe('writing', () => {
  test('writes the same tarball as Crossplane', async () => {
    const image = await smallImage();
    const [layer] = image.layers;
    if (layer === undefined) throw new Error('no layer');
    const config = image.config.descriptor.digest;
    const blob = `${digestHex(layer.descriptor.digest)}.tar.gz`;
    const seen: string[] = [];
    let manifest = '';
    for await (const { name, mode, content } of readTar(imageTarball(image), { maxBytes: 1e6 })) {
      seen.push(`${name} ${mode.toString(8)}`);
      manifest = (await collect(content)).toString();
    }
    expect(seen).toEqual([`${config} 644`, `${blob} 644`, 'manifest.json 644']);
    expect(manifest).toBe(`[{"Config":"${config}","RepoTags":null,"Layers":["${blob}"]}]`);
  });

  test('contains the names under which container engines import it', async () => {
    const listing = String(
      (await collect(imageTarball(await smallImage(), ['registry.example.com/a:v1']))).toString('latin1'),
    );
    expect(listing).toContain('"RepoTags":["registry.example.com/a:v1"]');
  });

  test('stores a layer that is listed twice only once', async () => {
    const layer = await buildLayer(writeTar([]));
    const image = buildImage({ config: CONFIG, layers: [layer, layer] });
    const path = join(folder, 'twice.tar');
    await writeImageTarball(path, image);
    const names: string[] = [];
    for await (const { name } of readTar(pieces(await readFile(path)), { maxBytes: 1e6 })) names.push(name);
    expect(names).toHaveLength(3);
    expect((await readImageTarball(path)).layers).toHaveLength(2);
  });

  test('leaves no file if reading a layer fails', async () => {
    const layer = await buildLayer(writeTar([]));
    const broken: BlobSource = { ...layer, open: () => pieces('not that layer') };
    const path = join(folder, 'broken.tar');
    await rejection(writeImageTarball(path, buildImage({ config: CONFIG, layers: [broken] })), 'SIZE_MISMATCH');
    expect((await readdir(folder)).filter((name) => name.startsWith('broken'))).toEqual([]);
  });
});

describe('reading', () => {
  test('reads the image that was written', async () => {
    const image = await smallImage();
    const path = join(folder, 'image.tar');
    await writeImageTarball(path, image);
    const back = await readImageTarball(path);
    expect(back.document).toEqual(image.document);
    expect(await collect(back.config.open())).toEqual(await collect(image.config.open()));
    expect(await collect(back.layers[0]?.open() ?? pieces())).toEqual(
      await collect(image.layers[0]?.open() ?? pieces()),
    );
  });

  test('compresses an uncompressed layer and follows a link, as in files of docker save', async () => {
    const tar = await collect(writeTar([file('hello', 'x')]));
    const path = await saved('docker-save', [
      { type: 'symlink', name: 'b/layer.tar', target: '../a/layer.tar' },
      file('a/layer.tar', tar),
      file('config.json', CONFIG),
      listing({ Config: 'config.json', RepoTags: ['x:y'], Layers: ['a/layer.tar', 'b/layer.tar'] }),
    ]);
    const { layers } = await readImageTarball(path);
    const want = await buildLayer(pieces(tar));
    expect(layers.map(({ descriptor }) => descriptor)).toEqual([want.descriptor, want.descriptor]);
    expect(await collect(layers[0]?.open() ?? pieces())).toEqual(await collect(want.open()));
  });

  test('detects a file that changes after it was opened', async () => {
    const path = join(folder, 'changing.tar');
    await writeImageTarball(path, await smallImage());
    const image = await readImageTarball(path);
    const gzipHeader = (await readFile(path)).indexOf(Buffer.of(0x1f, 0x8b));
    const handle = await open(path, 'r+');
    await handle.write(Buffer.from('#'), 0, 1, gzipHeader + 4);
    await handle.close();
    await rejection(collect(image.layers[0]?.open() ?? pieces()), 'DIGEST_MISMATCH');
  });

  test('a digest in a name that differs from that of the content is detected on reading', async () => {
    const other = digestOf(Buffer.from('other'));
    const layer = `${digestHex(other)}.tar.gz`;
    const listed = (Config: string) => listing({ Config, Layers: [layer] });
    const path = await saved('lying-layer', [file('c', CONFIG), file(layer, gzipSync('x')), listed('c')]);
    const image = await readImageTarball(path);
    await rejection(collect(image.layers[0]?.open() ?? pieces()), 'DIGEST_MISMATCH');
    const config = await saved('lying-config', [file(other, CONFIG), file(layer, gzipSync('x')), listed(other)]);
    await rejection(readImageTarball(config), 'DIGEST_MISMATCH');
  });

  const gz = gzipSync('x');
  const cases: {
    name: string;
    entries: TarInput[];
    code: 'INVALID_TARBALL' | 'UNSAFE_PATH';
  }[] = [
    { name: 'a missing manifest.json', entries: [file('a', 'b')], code: 'INVALID_TARBALL' },
    { name: 'an empty archive', entries: [], code: 'INVALID_TARBALL' },
    { name: 'no image', entries: [listing()], code: 'INVALID_TARBALL' },
    {
      name: 'two images',
      entries: [listing({ Config: 'c', Layers: [] }, { Config: 'c', Layers: [] })],
      code: 'INVALID_TARBALL',
    },
    { name: 'a manifest.json that is not JSON', entries: [file('manifest.json', '[')], code: 'INVALID_TARBALL' },
    { name: 'a manifest.json that is an object', entries: [file('manifest.json', '{}')], code: 'INVALID_TARBALL' },
    { name: 'a missing config', entries: [listing({ Config: 'c', Layers: [] })], code: 'INVALID_TARBALL' },
    {
      name: 'a missing layer',
      entries: [file('c', CONFIG), listing({ Config: 'c', Layers: ['l'] })],
      code: 'INVALID_TARBALL',
    },
    {
      name: 'a circular link',
      entries: [{ type: 'symlink', name: 'c', target: 'c' }, listing({ Config: 'c', Layers: [] })],
      code: 'INVALID_TARBALL',
    },
    {
      name: 'a link that leaves the archive',
      entries: [{ type: 'symlink', name: 'c', target: '../../etc/passwd' }, listing({ Config: 'c', Layers: [] })],
      code: 'INVALID_TARBALL',
    },
    {
      name: 'a name that leaves the archive',
      entries: [file('../c', CONFIG), listing({ Config: '../c', Layers: [] })],
      code: 'UNSAFE_PATH',
    },
  ];
  test.each(cases)('refuses $name', async ({ name, entries, code }) => {
    await rejection(readImageTarball(await saved(name, entries)), code);
  });

  test('a zstd layer keeps its digest, and all layers get the media types of OCI', async () => {
    const tar = await collect(writeTar([file('package.yaml', 'a: 1\n'.repeat(200))]));
    const packed = zstdFrame(tar);
    const names = ['l', `${digestHex(digestOf(gz))}.tar.gz`, 'plain/layer.tar'];
    const path = await saved('zstd', [
      file('c', CONFIG),
      file('l', packed),
      file(names[1] ?? '', gz),
      file('plain/layer.tar', tar),
      listing({ Config: 'c', Layers: names }),
    ]);
    const image = await readImageTarball(path);
    const { mediaType, config, layers } = image.document.manifest;
    expect([mediaType, config.mediaType]).toEqual([MEDIA_TYPES.ociManifest, MEDIA_TYPES.ociConfig]);
    const { ociLayerZstd, ociLayerGzip } = MEDIA_TYPES;
    expect(layers.map((layer) => layer.mediaType)).toEqual([ociLayerZstd, ociLayerGzip, ociLayerGzip]);
    expect(layers[0]?.digest).toBe(digestOf(packed));
    const [first] = image.layers;
    if (first === undefined) throw new Error('no layer');
    expect(await diffIdOf(first)).toBe(digestOf(tar));

    const again = join(folder, 'zstd-again.tar');
    await writeImageTarball(again, image);
    expect((await readImageTarball(again)).document).toEqual(image.document);
    const written: string[] = [];
    for await (const { name } of readTar(pieces(await readFile(again)), { maxBytes: 1e6 })) written.push(name);
    expect(written).toContain(`${digestHex(digestOf(packed))}.tar.zst`);
  });

  test('reading a layer stops at the size limit of a zstd bomb', async () => {
    // 20,000 blocks of one repeated byte, 128 KiB each: 2.6 GB.
    const blocks = Array.from({ length: 20_000 }, () => Buffer.from('02001000', 'hex'));
    const bomb = Buffer.concat([Buffer.from('28b52ffd0050', 'hex'), ...blocks, Buffer.from('03001000', 'hex')]);
    const path = await saved('bomb', [file('c', CONFIG), file('l', bomb), listing({ Config: 'c', Layers: ['l'] })]);
    const [layer] = (await readImageTarball(path)).layers;
    if (layer === undefined) throw new Error('no layer');
    await rejection(diffIdOf(layer), 'TOO_LARGE');
  });

  test('an image without layers is an image', async () => {
    const path = await saved('empty-image', [file('c', CONFIG), listing({ Config: 'c', Layers: null })]);
    expect((await readImageTarball(path)).layers).toEqual([]);
  });

  test('refuses a truncated file', async () => {
    const path = join(folder, 'cut.tar');
    const whole = await collect(imageTarball(await smallImage()));
    await writeFile(path, whole.subarray(0, 700));
    await rejection(readImageTarball(path), 'INVALID_TARBALL');
  });

  test.each([
    {
      name: 'compressed with gzip',
      bytes: gzipSync('x'),
      why: 'the file is compressed with gzip; decompress it first',
    },
    {
      name: 'compressed with zstd',
      bytes: Buffer.from('28b52ffd00', 'hex'),
      why: 'the file is compressed with zstd; decompress it first',
    },
    { name: 'empty', bytes: Buffer.of(), why: 'the file is empty' },
    { name: 'of text', bytes: Buffer.alloc(1_024, 'text '), why: 'cannot read the tar: not a tar, or corrupt' },
    { name: 'short', bytes: Buffer.from('short'), why: 'cannot read the tar: unexpected end of file' },
    { name: 'another tar', bytes: undefined, why: '; must be a package file, or an image that docker save wrote' },
  ])('reports the problem of a file that is $name', async ({ bytes, why }) => {
    const path = join(folder, 'wrong.tar');
    await writeFile(path, bytes ?? (await collect(writeTar([file('a', 'b')]))));
    const { message } = await rejection(readImageTarball(path), 'INVALID_TARBALL');
    expect(message).toContain(`image tarball ${path}: `);
    expect(message).toContain(why);
  });

  test('does not change compressed layers, even if their content is invalid', async () => {
    const path = await saved('odd-gzip', [file('c', CONFIG), file('l', gz), listing({ Config: 'c', Layers: ['l'] })]);
    expect((await readImageTarball(path)).layers[0]?.descriptor.digest).toBe(digestOf(gz));
  });
});
