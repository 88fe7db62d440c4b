import { MEDIA_TYPES } from '../../../src/oci/index.ts';
import { zstdFrame } from '../../oci/fixtures.ts';
import type { RegistryServer } from '../../oci/registry-server.ts';
import { packageTar, putPackage } from './artifact.ts';
import type { Row } from './row.ts';

/** A skippable frame with three bytes. */
const SKIPPABLE = Buffer.from('5e2a4d1803000000616263', 'hex');

/** zstd with one raw block, and a window of two to that power. */
function zstdWithWindow(bytes: Buffer, power: number): Buffer {
  const block = Buffer.alloc(4);
  block.writeUInt32LE((bytes.byteLength << 3) | 1);
  return Buffer.concat([Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, (power - 10) << 3), block.subarray(0, 3), bytes]);
}

async function putZstd(registry: RegistryServer, compress: (tar: Buffer) => Buffer, layerType?: string) {
  return putPackage(registry, {
    layer: compress(await packageTar()),
    layerType: layerType ?? MEDIA_TYPES.ociLayerZstd,
  });
}

/** Packages in layers of zstd. */
export const zstdRows: readonly Row[] = [
  {
    name: 'a zstd layer',
    prepare: (registry) => putZstd(registry, zstdFrame),
  },
  {
    name: 'a zstd layer with the media type of gzip',
    prepare: (registry) => putZstd(registry, zstdFrame, MEDIA_TYPES.ociLayerGzip),
  },
  {
    name: 'a zstd layer with a media type that Docker does not define',
    prepare: (registry) => putZstd(registry, zstdFrame, 'application/vnd.docker.image.rootfs.diff.tar.zstd'),
  },
  {
    name: 'a zstd layer of two frames',
    prepare: (registry) =>
      putZstd(registry, (tar) => Buffer.concat([zstdFrame(tar.subarray(0, 700)), zstdFrame(tar.subarray(700))])),
  },
  {
    name: 'a zstd layer with a skippable frame',
    prepare: (registry) => putZstd(registry, (tar) => Buffer.concat([zstdFrame(tar), SKIPPABLE])),
  },
  {
    name: 'a zstd layer after a skippable frame',
    prepare: (registry) => putZstd(registry, (tar) => Buffer.concat([SKIPPABLE, zstdFrame(tar)])),
    reason: 'Crossplane does not recognize it as zstd either',
  },
  {
    name: 'a zstd layer with a window of 128 MiB',
    prepare: (registry) => putZstd(registry, (tar) => zstdWithWindow(tar, 27)),
  },
  {
    name: 'a zstd layer with a window of 256 MiB',
    prepare: (registry) => putZstd(registry, (tar) => zstdWithWindow(tar, 28)),
    reason: 'the window determines the memory; the default limit of zstd is half of that',
  },
  {
    name: 'a truncated zstd layer',
    prepare: (registry) => putZstd(registry, (tar) => zstdFrame(tar).subarray(0, -1_200)),
    reason: 'the layer is damaged, which copying does not detect',
  },
  {
    name: 'a zstd layer with trailing bytes',
    prepare: (registry) => putZstd(registry, (tar) => Buffer.concat([zstdFrame(tar), Buffer.from('more')])),
    reason: 'the content of a layer must not depend on how far a program reads it',
  },
];
