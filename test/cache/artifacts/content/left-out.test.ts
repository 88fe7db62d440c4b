import { describe, expect, test } from 'vitest';
import { readContent } from '../../../../src/cache/artifacts/content/content.ts';
import type { ContentChoice } from '../../../../src/cache/artifacts/request.ts';
import { buildLayer, type Image, writeTar } from '../../../../src/oci/index.ts';
import { collect, pieces } from '../../../oci/fixtures.ts';
import { type Entry, imageOf, REPOSITORY } from './layers.ts';

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
