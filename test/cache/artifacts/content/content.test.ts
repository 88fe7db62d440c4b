import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { readContent } from '../../../../src/cache/artifacts/content/content.ts';
import type { ContentChoice } from '../../../../src/cache/artifacts/request.ts';
import { buildLayer, type Image, MEDIA_TYPES, readTar } from '../../../../src/oci/index.ts';
import { collect, pieces } from '../../../oci/fixtures.ts';
import { type Entry, imageOf, imageOfLayers, REPOSITORY } from './layers.ts';

async function filesOf(image: Image, choice: Omit<Extract<ContentChoice, { kind: 'layer' }>, 'kind'>) {
  const content = { kind: 'layer', ...choice } as const;
  const { bytes, file } = await readContent(image, REPOSITORY, image.document.descriptor.digest, content, 1_000_000);
  expect(file).toMatch(/\.tar\.gz$/);
  const files: Record<string, string> = {};
  for await (const entry of readTar(pieces(gunzipSync(bytes)), { maxBytes: 1_000_000 })) {
    files[entry.name] = (await collect(entry.content)).toString();
  }
  return files;
}

describe('flatten packs the merged files of all layers', () => {
  test.each<{ name: string; layers: readonly (readonly Entry[])[]; files: Record<string, string> }>([
    { name: 'files of all layers', layers: [[['a', '1']], [['b', '2']]], files: { a: '1', b: '2' } },
    { name: 'the file of the topmost layer', layers: [[['a', 'old']], [['./a', 'new']]], files: { a: 'new' } },
    {
      name: 'not a file that a whiteout removes',
      layers: [
        [
          ['d/a', '1'],
          ['d/b', '2'],
        ],
        [['d/.wh.a', '']],
      ],
      files: { 'd/b': '2' },
    },
    {
      name: 'not a directory that a whiteout removes',
      layers: [
        [
          ['d/a', '1'],
          ['b', '2'],
        ],
        [['.wh.d', '']],
      ],
      files: { b: '2' },
    },
    {
      name: 'only the files of that layer from an opaque directory',
      layers: [
        [
          ['d/a', '1'],
          ['e', '2'],
        ],
        [
          ['d/.wh..wh..opq', ''],
          ['d/b', '3'],
        ],
      ],
      files: { 'd/b': '3', e: '2' },
    },
    {
      name: 'only the files of that layer from an opaque root',
      layers: [
        [['a', '1']],
        [
          ['.wh..wh..opq', ''],
          ['b', '3'],
        ],
      ],
      files: { b: '3' },
    },
    { name: 'hard links as files', layers: [[['a', '1']], [['b', { link: './a' }]]], files: { a: '1', b: '1' } },
    {
      name: 'neither symbolic links nor devices',
      layers: [
        [
          ['a', '1'],
          ['b', { symlink: 'a' }],
          ['c', 'device'],
        ],
      ],
      files: { a: '1' },
    },
  ])('$name', async ({ layers, files }) => {
    expect(await filesOf(await imageOf(layers), { operation: 'flatten' })).toEqual(files);
  });

  test.each(['file', 'symlink'] as const)(
    'refuses names of a %s that take more memory than its limit',
    async (type) => {
      const tar = pack();
      const long = `${'a'.repeat(200)}/`.repeat(20);
      for (let at = 0; at < 1_200; at += 1) {
        if (type === 'file') tar.entry({ name: `${long}${at}` }, '');
        else tar.entry({ name: `${long}${at}`, type, linkname: 'a' });
      }
      tar.finalize();
      const image = imageOfLayers([await buildLayer(pieces(await buffer(tar)))]);
      await expect(filesOf(image, { operation: 'extract' })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    },
  );

  test('returns the same bytes for the same files, however they are distributed over layers', async () => {
    const bytesOf = async (image: Image) => {
      const choice = { kind: 'layer', operation: 'flatten' } as const;
      return (await readContent(image, REPOSITORY, image.document.descriptor.digest, choice, 1_000_000)).bytes;
    };
    const one = await bytesOf(
      await imageOf([
        [
          ['a', '1'],
          ['b', '2'],
        ],
      ]),
    );
    expect(await bytesOf(await imageOf([[['b', '2']], [['a', '1']]]))).toEqual(one);
  });

  test('uses the layers of one media type, if it is given', async () => {
    const image = await imageOf([[['a', '1']], [['b', '2']]]);
    expect(await filesOf(image, { operation: 'flatten', mediaType: MEDIA_TYPES.dockerLayerGzip })).toEqual({
      a: '1',
      b: '2',
    });
    await expect(filesOf(image, { operation: 'flatten', mediaType: 'text/x' })).rejects.toThrow(
      /no layer has the media type text\/x/,
    );
  });
});

test('extract uses only the first layer, with its hard links', async () => {
  const image = await imageOf([
    [
      ['a', '1'],
      ['b', { link: 'a' }],
      ['.wh.c', ''],
    ],
    [['d', '2']],
  ]);
  expect(await filesOf(image, { operation: 'extract' })).toEqual({ a: '1', b: '1', '.wh.c': '' });
});

test('a link to an ignored file is refused, unless it is also ignored', async () => {
  const image = await imageOf([
    [
      ['docs/a', '1'],
      ['b', { link: 'docs/a' }],
    ],
  ]);
  await expect(filesOf(image, { operation: 'extract', ignore: 'docs/' })).rejects.toMatchObject({
    code: 'INVALID_MEMBER',
    message: expect.stringContaining('"b" is a link to "docs/a", which is omitted; ignore both or neither'),
  });
  expect(await filesOf(image, { operation: 'extract', ignore: 'docs/\nb' })).toEqual({});
});

test('the total size of linked files is limited', async () => {
  const links = Array.from({ length: 1_000 }, (_, index): Entry => [`l${index}`, { link: 'a' }]);
  const image = await imageOf([[['a', 'x'.repeat(1_000_000)], ...links]]);
  await expect(filesOf(image, { operation: 'extract' })).rejects.toMatchObject({ code: 'TOO_LARGE' });
});

test.each([
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
])('a layer of the type %s is refused', async (mediaType) => {
  const image = await imageOf([[['a', '1']]], mediaType);
  for (const operation of ['extract', 'copy', 'flatten'] as const) {
    await expect(filesOf(image, { operation })).rejects.toThrow(/must not be distributed; only its owner serves it$/);
  }
  const whole = readContent(image, REPOSITORY, image.document.descriptor.digest, { kind: 'image' }, 1_000_000);
  await expect(whole).rejects.toThrow(/must not be distributed; only its owner serves it$/);
});
