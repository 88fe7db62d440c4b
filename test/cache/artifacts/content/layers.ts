import { buildLayer, bytesBlob, encodeManifest, type Image, MEDIA_TYPES } from '../../../../src/oci/index.ts';
import { pieces } from '../../../oci/fixtures.ts';

/** An entry of a layer; text is a file, and a link says so. */
export type Entry = readonly [
  name: string,
  is: string | { readonly link: string } | { readonly symlink: string } | 'device',
];

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

export async function imageOf(layers: readonly (readonly Entry[])[], mediaType?: string): Promise<Image> {
  const built = [];
  for (const entries of layers) {
    const tar = Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1_024)]);
    built.push(await buildLayer(pieces(tar), mediaType === undefined ? {} : { mediaType }));
  }
  return imageOfLayers(built);
}

export function imageOfLayers(layers: Image['layers']): Image {
  const config = bytesBlob(MEDIA_TYPES.ociConfig, Buffer.from('{}'));
  const document = encodeManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { kind: 'image', document, config, layers };
}

export const REPOSITORY = { registry: 'registry.example.com', repository: 'a/b' };
