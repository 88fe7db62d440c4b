import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type BlobSource,
  buildImage,
  buildIndex,
  digestHex,
  MEDIA_TYPES,
  readImageLayout,
  writeImageLayout,
} from '../../../src/oci/index.ts';
import { collect, pieces, rejection, smallImage } from '../fixtures.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-layout-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function smallIndex() {
  const amd64 = { os: 'linux', architecture: 'amd64' };
  const arm64 = { os: 'linux', architecture: 'arm64' };
  return buildIndex([
    { artifact: await smallImage('one', { platform: amd64 }), platform: amd64 },
    { artifact: await smallImage('two', { platform: arm64, format: 'oci' }), platform: arm64 },
  ]);
}

test('reads the images and indexes that were written, under their names', async () => {
  const [image, index] = [await smallImage('alone'), await smallIndex()];
  await writeImageLayout(folder, [{ artifact: index, name: 'v1' }, { artifact: image }]);
  expect(await readFile(join(folder, 'oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}');
  const [first, second] = await readImageLayout(folder);
  expect(first?.name).toBe('v1');
  expect(first?.artifact.document).toEqual(index.document);
  expect(second).not.toHaveProperty('name');
  expect(second?.artifact.document).toEqual(image.document);
  const child = first?.artifact.kind === 'index' ? first.artifact.children[1] : undefined;
  const config = child?.kind === 'image' ? await collect(child.config.open()) : Buffer.alloc(0);
  expect(config.toString()).toContain('arm64');
});

test('an index lists each manifest with platform and artifactType', async () => {
  const index = await smallIndex();
  expect(index.document.manifest.manifests).toMatchObject([
    {
      mediaType: MEDIA_TYPES.dockerManifest,
      platform: { os: 'linux', architecture: 'amd64' },
      artifactType: MEDIA_TYPES.dockerConfig,
    },
    {
      mediaType: MEDIA_TYPES.ociManifest,
      platform: { os: 'linux', architecture: 'arm64' },
      artifactType: MEDIA_TYPES.ociConfig,
    },
  ]);
});

describe('invalid layouts', () => {
  const blobFile = (digest: string) => join(folder, 'blobs/sha256', digest.slice('sha256:'.length));

  test('a folder without an index.json', async () => {
    await rejection(readImageLayout(folder), 'INVALID_LAYOUT');
  });

  test('an index.json that is HTML', async () => {
    await writeFile(join(folder, 'index.json'), '<html>');
    await rejection(readImageLayout(folder), 'INVALID_MANIFEST');
  });

  test('a missing layer, a layer of another size, an altered layer, an altered manifest', async () => {
    const image = await smallImage();
    const [layer] = image.layers;
    if (layer === undefined) throw new Error('no layer');
    await writeImageLayout(folder, [{ artifact: image }]);
    const path = blobFile(layer.descriptor.digest);
    const bytes = await readFile(path);

    await writeFile(path, Buffer.alloc(bytes.byteLength));
    const [entry] = await readImageLayout(folder);
    const opened = entry?.artifact.kind === 'image' ? entry.artifact.layers[0] : undefined;
    await rejection(collect(opened?.open() ?? pieces()), 'DIGEST_MISMATCH');

    await writeFile(path, bytes.subarray(1));
    await rejection(readImageLayout(folder), 'INVALID_LAYOUT');
    await rm(path);
    await rejection(readImageLayout(folder), 'INVALID_LAYOUT');

    await writeFile(path, bytes);
    await writeFile(blobFile(image.document.descriptor.digest), Buffer.alloc(image.document.bytes.byteLength, ' '));
    await rejection(readImageLayout(folder), 'DIGEST_MISMATCH');
  });

  test('leaves neither an incomplete blob nor an index if reading a layer fails', async () => {
    const { layers, config } = await smallImage();
    const broken: BlobSource = {
      descriptor: layers[0]?.descriptor ?? config.descriptor,
      async *open() {
        yield Buffer.from('half');
        throw new RangeError('cable cut');
      },
    };
    const image = buildImage({ config: await collect(config.open()), layers: [broken] });
    await expect(writeImageLayout(folder, [{ artifact: image }])).rejects.toThrow(RangeError);
    expect(await readdir(join(folder, 'blobs/sha256'))).toEqual([digestHex(config.descriptor.digest)]);
    expect(await readdir(folder)).toEqual(['blobs']);
  });
});
