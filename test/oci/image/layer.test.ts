import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type BlobSource,
  buildLayer,
  bytesBlob,
  diffIdOf,
  digestOf,
  MEDIA_TYPES,
  readFlattened,
  readLayer,
  type TarInput,
  writeLayer,
  writeTar,
} from '../../../src/oci/index.ts';
import { collect, HAS_ZSTD, inPieces, pieces, rejection } from '../fixtures.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-layer-'));
});
afterAll(() => rm(folder, { recursive: true }));

const LIMITS = { maxBytes: 1_000_000 };
const LONG = `${'a'.repeat(200)}/`.repeat(20);
const file = (name: string, text = ''): TarInput => ({ type: 'file', name, content: Buffer.from(text) });
const directory = (name: string): TarInput => ({ type: 'directory', name });

test('a layer has its digest and that of its tar', async () => {
  const layer = await buildLayer(writeTar([file('package.yaml', 'x')]), { annotations: { a: 'b' } });
  const bytes = await collect(layer.open());
  expect(layer.descriptor).toEqual({
    mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    size: bytes.byteLength,
    digest: digestOf(bytes),
    annotations: { a: 'b' },
  });
  expect(layer.diffId).toBe(digestOf(gunzipSync(bytes)));
  expect(await diffIdOf(layer)).toBe(layer.diffId);
});

describe('a layer of zstd', () => {
  const tar = () => writeTar([file('package.yaml', 'line\n'.repeat(100_000))]);

  test.runIf(HAS_ZSTD)('has the media type of OCI, and the same bytes for any chunks of the tar', async () => {
    const layer = await buildLayer(tar(), { compression: 'zstd' });
    expect(layer.descriptor.mediaType).toBe(MEDIA_TYPES.ociLayerZstd);
    expect(layer.diffId).toBe(digestOf(await collect(tar())));
    expect(await diffIdOf(layer)).toBe(layer.diffId);
    const whole = await collect(tar());
    for (const size of [700, 65_536, whole.byteLength]) {
      const again = await buildLayer(inPieces(whole, size), { compression: 'zstd' });
      expect(again.descriptor, `in pieces of ${size}`).toEqual(layer.descriptor);
    }
  });

  test.skipIf(HAS_ZSTD)('is refused if Node does not support zstd, with the alternatives', async () => {
    const error = await rejection(buildLayer(tar(), { compression: 'zstd' }), 'UNSUPPORTED_MEDIA_TYPE');
    expect(error.message).toMatch(/Node\.js \S+ does not support it; use 22\.15 or later, or compress with gzip/);
  });
});

test('a layer in a file is the same as one in memory', async () => {
  const tar = () => writeTar([file('big', 'y'.repeat(300_000))]);
  const path = join(folder, 'layer.tar.gz');
  const written = await writeLayer(path, tar(), { level: 9 });
  const built = await buildLayer(tar(), { level: 9 });
  expect({ ...written, open: 0 }).toEqual({ ...built, open: 0 });
  expect(await readFile(path)).toEqual(await collect(built.open()));
  expect(await collect(written.open())).toEqual(await collect(built.open()));
});

test('leaves no file if the content of a layer fails', async () => {
  const tar = writeTar([{ type: 'file', name: 'a', content: { size: 9, open: () => pieces('short') } }]);
  await rejection(writeLayer(join(folder, 'broken.tar.gz'), tar), 'SIZE_MISMATCH');
  expect((await readdir(folder)).filter((name) => name.startsWith('broken'))).toEqual([]);
});

test('reading a layer to its end detects content that differs from its descriptor', async () => {
  const { descriptor } = await buildLayer(writeTar([file('a', '1')]));
  const other = await buildLayer(writeTar([file('a', '2')]));
  const swapped = await collect(other.open());
  const blob: BlobSource = {
    descriptor,
    open: () => bytesBlob('x', swapped).open(),
  };
  const reading = async (source: BlobSource) => {
    for await (const _ of readLayer(source, LIMITS));
  };
  await reading(blob);
  const { verifyContent } = await import('../../../src/oci/index.ts');
  await rejection(reading({ descriptor, open: () => verifyContent(blob.open(), descriptor) }), 'DIGEST_MISMATCH');
});

describe('readFlattened', () => {
  const cases: { name: string; layers: TarInput[][]; want: string[] }[] = [
    { name: 'an image without layers has no files', layers: [], want: [] },
    { name: 'the upper file hides the lower', layers: [[file('a', 'low')], [file('a', 'up')]], want: ['a=up'] },
    { name: 'upper layers come first', layers: [[file('a', '1')], [file('b', '2')]], want: ['b=2', 'a=1'] },
    {
      name: 'a whiteout hides a file',
      layers: [[file('d/a', '1'), file('d/b', '2')], [file('d/.wh.a')]],
      want: ['d/b=2'],
    },
    { name: 'a whiteout hides a folder', layers: [[file('d/a', '1'), file('e', '2')], [file('.wh.d')]], want: ['e=2'] },
    { name: 'a file hides a folder', layers: [[file('d/a', '1')], [file('d', '2')]], want: ['d=2'] },
    { name: 'a folder merges', layers: [[directory('d'), file('d/a', '1')], [directory('d')]], want: ['d/=', 'd/a=1'] },
    { name: 'a whiteout does not hide its own layer', layers: [[file('.wh.a'), file('b', '1')]], want: ['b=1'] },
    {
      name: 'names are normalized before they are compared',
      layers: [[file('./a', 'low')], [file('a', 'up')]],
      want: ['a=up'],
    },
    {
      name: 'the first of two entries in one layer is used',
      layers: [[file('a', '1'), file('a', '2')]],
      want: ['a=1'],
    },
  ];
  test.each(cases)('$name', async ({ layers, want }) => {
    const blobs = await Promise.all(layers.map((entries) => buildLayer(writeTar(entries))));
    const got: string[] = [];
    for await (const { name, content } of readFlattened(blobs, LIMITS)) got.push(`${name}=${await collect(content)}`);
    expect(got).toEqual(want);
  });

  test.each([
    [
      'paths that take more memory than a layer of their size',
      Array.from({ length: 2_200 }, (_, at) => `${LONG}${at}`),
    ],
    ['a file in more than 256 directories', [`${'a/'.repeat(256)}b`]],
  ])('refuses %s', async (_, names) => {
    const tar = pack();
    for (const name of names) tar.entry({ name }, '');
    tar.finalize();
    const layer = await buildLayer(pieces(await buffer(tar)));
    const read = async () => {
      for await (const { size } of readFlattened([layer], { maxBytes: 50_000_000 })) expect(size).toBe(0);
    };
    await rejection(read(), 'TOO_LARGE');
  });
});
