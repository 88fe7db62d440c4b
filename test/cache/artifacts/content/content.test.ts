import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { readContent } from '../../../../src/cache/artifacts/content/content.ts';
import type { ContentChoice } from '../../../../src/cache/artifacts/request.ts';
import {
  buildLayer,
  bytesBlob,
  encodeManifest,
  type Image,
  MEDIA_TYPES,
  readTar,
  writeTar,
} from '../../../../src/oci/index.ts';
import { collect, pieces } from '../../../oci/fixtures.ts';

/** An entry of a layer; text is a file, and a link says so. */
type Entry = readonly [name: string, is: string | { readonly link: string } | { readonly symlink: string } | 'device'];

/** The header and content of a tar entry (POSIX.1-2017, pax), of types that our own writer has not. */
function tarEntry([name, is]: Entry): Buffer {
  const text = typeof is === 'string' && is !== 'device' ? is : '';
  const [flag, target] =
    typeof is === 'string' ? [is === 'device' ? '3' : '0', ''] : 'link' in is ? ['1', is.link] : ['2', is.symlink];
  const block = Buffer.alloc(512);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  block.write(name, 0);
  block.write(octal(0o644, 7), 100);
  block.write(octal(text.length, 11), 124);
  block.write(flag, 156);
  block.write(target, 157);
  block.write('ustar\x0000', 257);
  block.fill(' ', 148, 156);
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    148,
  );
  return Buffer.concat([block, Buffer.from(text), Buffer.alloc(-text.length & 511)]);
}

async function imageOf(layers: readonly (readonly Entry[])[], mediaType?: string): Promise<Image> {
  const built = [];
  for (const entries of layers) {
    const tar = Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1_024)]);
    built.push(await buildLayer(pieces(tar), mediaType === undefined ? {} : { mediaType }));
  }
  return imageOfLayers(built);
}

function imageOfLayers(layers: Image['layers']): Image {
  const config = bytesBlob(MEDIA_TYPES.ociConfig, Buffer.from('{}'));
  const document = encodeManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { kind: 'image', document, config, layers };
}

const REPOSITORY = { registry: 'registry.example.com', repository: 'a/b' };

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

describe('omitted entries are reported', () => {
  const tell = async (image: Image, choice: Partial<Extract<ContentChoice, { kind: 'layer' }>> = {}) => {
    const content = { kind: 'layer', operation: 'flatten', ...choice } as const;
    const { digest } = image.document.descriptor;
    return (await readContent(image, REPOSITORY, digest, content, 1_000_000)).leftOut;
  };
  const SYMLINK = { symlink: 'a' };
  const deep = 'd/'.repeat(120);

  test.each<{ name: string; layers: readonly (readonly Entry[])[]; ignore?: string; want: string | undefined }>([
    { name: 'only files', layers: [[['a', '1']], [['b', { link: 'a' }]]], want: undefined },
    { name: 'one', layers: [[['a', '1']], [['./b', SYMLINK]]], want: 'it omits a link or device "b"' },
    {
      name: 'several, with the first name in order',
      layers: [
        [
          ['z', SYMLINK],
          ['c', 'device'],
        ],
        [['x', SYMLINK]],
      ],
      want: 'it omits 3 links and devices, the first "c"',
    },
    {
      name: 'not those that ignore matches',
      layers: [
        [
          ['bin/a', SYMLINK],
          ['b', SYMLINK],
        ],
      ],
      ignore: 'bin/',
      want: 'it omits a link or device "b"',
    },
    {
      name: "not what the artifact's own .sourceignore names",
      layers: [
        [
          ['bin/a', SYMLINK],
          ['.sourceignore', 'bin/'],
        ],
      ],
      want: undefined,
    },
    { name: 'not those that an upper layer hides', layers: [[['b', SYMLINK]], [['.wh.b', '']]], want: undefined },
    {
      name: 'a name with terminal control characters, escaped',
      layers: [[['\u001b[31m', SYMLINK]]],
      want: 'it omits a link or device "\\u001b[31m"',
    },
    {
      name: 'a long name, truncated',
      layers: [[['x'.repeat(99), SYMLINK]]],
      want: `it omits a link or device "${'x'.repeat(99)}"`,
    },
  ])('$name', async ({ layers, ignore, want }) => {
    expect(await tell(await imageOf(layers), { ignore })).toBe(want);
  });

  test.each([
    { ignore: '', want: 'it omits up to 3000 links and devices, the first "l1000"' },
    { ignore: 'l1*', want: 'it omits up to 2000 links and devices' },
  ])('thousands, which are not all matched: with ignore $ignore', async ({ ignore, want }) => {
    const links = Array.from({ length: 3_000 }, (_, index): Entry => [`l${1_000 + index}`, SYMLINK]);
    expect(await tell(await imageOf([links]), { ignore })).toBe(want);
  });

  test('those in deep directories, which are not matched', async () => {
    const tar = await collect(writeTar([{ type: 'symlink', name: `${deep}x`, target: 'a' }]));
    const layer = await buildLayer(pieces(tar));
    const image = { ...(await imageOf([])), layers: [layer] };
    expect(await tell(image, { ignore: 'd/' })).toMatch(/^it omits a link or device "d\/d\//);
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
