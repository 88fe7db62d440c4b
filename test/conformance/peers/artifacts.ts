import { gzipSync } from 'node:zlib';
import { MEDIA_TYPES } from '../../../src/oci/index.ts';
import { AMD64, digestOf, packageTar, putBlob, putIndex, putPackage, REPOSITORY, TAG, YAML } from './artifact.ts';
import type { Row } from './row.ts';
import { zstdRows } from './zstd.ts';

const ARM64 = { architecture: 'arm64', os: 'linux' };
const UNKNOWN = { architecture: 'unknown', os: 'unknown' };
const docker = {
  manifestType: MEDIA_TYPES.dockerManifest,
  manifest: { mediaType: MEDIA_TYPES.dockerManifest },
  layerType: MEDIA_TYPES.dockerLayerGzip,
  configFields: { mediaType: MEDIA_TYPES.dockerConfig },
};
const file = (name: string, text = 'x') => ({ type: 'file', name, content: Buffer.from(text) }) as const;

/** Forms of images and packages. */
export const artifactRows: readonly Row[] = [
  { name: 'an OCI image', prepare: (registry) => putPackage(registry) },
  { name: 'a Docker image', prepare: (registry) => putPackage(registry, docker) },
  {
    name: 'an OCI index with linux/amd64',
    prepare: async (registry) => {
      const image = await putPackage(registry);
      putIndex(registry, [
        { ...image, platform: ARM64 },
        { ...image, platform: AMD64 },
      ]);
    },
  },
  {
    name: 'a Docker manifest list',
    prepare: async (registry) => {
      const image = await putPackage(registry, docker);
      putIndex(registry, [{ ...image, platform: AMD64 }], {}, MEDIA_TYPES.dockerIndex);
    },
  },
  {
    name: 'an index with attestations of buildx',
    prepare: async (registry) => {
      const image = await putPackage(registry);
      const attestation = await putPackage(registry, { tag: 'attestation', manifest: { annotations: { a: 'b' } } });
      const annotations = {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': image.digest,
      };
      putIndex(registry, [
        { ...image, platform: AMD64 },
        { ...attestation, platform: UNKNOWN, annotations },
      ]);
    },
  },
  {
    name: 'an index without linux/amd64',
    reason: 'packages are read for linux/amd64, as by Crossplane',
    prepare: async (registry) => putIndex(registry, [{ ...(await putPackage(registry)), platform: ARM64 }]),
  },
  {
    name: 'an index whose only entry has no platform',
    prepare: async (registry) => putIndex(registry, [await putPackage(registry)]),
  },
  {
    name: 'an index whose platform is null',
    prepare: async (registry) => putIndex(registry, [{ ...(await putPackage(registry)), platform: null }]),
  },
  {
    name: 'an index with a variant of the platform',
    prepare: async (registry) =>
      putIndex(registry, [{ ...(await putPackage(registry)), platform: { ...AMD64, variant: 'v2' } }]),
  },
  {
    name: 'an index within an index',
    prepare: async (registry) => {
      const image = await putPackage(registry);
      const inner = putIndex(registry, [{ ...image, platform: AMD64 }]);
      const { bytes } = registry.manifests.get(`${REPOSITORY}@${inner}`) ?? { bytes: Buffer.of() };
      putIndex(registry, [{ mediaType: MEDIA_TYPES.ociIndex, digest: inner, size: bytes.byteLength, platform: AMD64 }]);
    },
  },
  { name: 'an index without entries', prepare: (registry) => putIndex(registry, []) },
  {
    name: 'a manifest without mediaType',
    prepare: (registry) => putPackage(registry, { manifest: { mediaType: undefined } }),
  },
  {
    name: 'a manifest with an empty mediaType',
    prepare: (registry) => putPackage(registry, { manifest: { mediaType: '' } }),
  },
  {
    name: 'a manifest whose mediaType is not its content type',
    prepare: (registry) => putPackage(registry, { manifestType: MEDIA_TYPES.dockerManifest }),
  },
  {
    name: 'annotations that are null',
    prepare: (registry) => putPackage(registry, { manifest: { annotations: null } }),
  },
  { name: 'a subject that is null', prepare: (registry) => putPackage(registry, { manifest: { subject: null } }) },
  {
    name: 'a subject',
    prepare: (registry) =>
      putPackage(registry, {
        manifest: { subject: { mediaType: MEDIA_TYPES.ociManifest, ...putBlob(registry, Buffer.from('{}')) } },
      }),
  },
  {
    name: 'an artifactType',
    prepare: (registry) => putPackage(registry, { manifest: { artifactType: 'application/vnd.acme' } }),
  },
  {
    name: 'unknown fields',
    prepare: (registry) => putPackage(registry, { manifest: { 'x-acme': { a: 1 } } }),
  },
  {
    name: 'a manifest with line breaks and blanks',
    prepare: (registry) => putPackage(registry, { write: (json) => `\n${JSON.stringify(json, undefined, 2)}\n` }),
  },
  {
    name: 'a manifest with a byte order mark',
    prepare: (registry) => putPackage(registry, { write: (json) => `\uFEFF${JSON.stringify(json)}` }),
  },
  {
    name: 'a manifest with schemaVersion 1',
    prepare: (registry) => putPackage(registry, { manifest: { schemaVersion: 1 } }),
  },
  {
    name: 'a config of ORAS, {}',
    prepare: (registry) =>
      putPackage(registry, { config: Buffer.from('{}'), configFields: { mediaType: MEDIA_TYPES.ociEmpty } }),
  },
  {
    name: 'a config without rootfs',
    prepare: (registry) => putPackage(registry, { config: Buffer.from('{"architecture":"amd64","os":"linux"}') }),
  },
  {
    name: 'a config that is null',
    prepare: (registry) => putPackage(registry, { config: Buffer.from('null') }),
  },
  {
    name: 'a missing config',
    prepare: async (registry) => {
      await putPackage(registry);
      for (const [digest, bytes] of registry.blobs) if (bytes.includes('rootfs')) registry.blobs.delete(digest);
    },
  },
  {
    name: 'an uncompressed layer',
    prepare: async (registry) => putPackage(registry, { layer: await packageTar(), layerType: MEDIA_TYPES.ociLayer }),
  },
  {
    name: 'an uncompressed layer with the media type of gzip',
    prepare: async (registry) => putPackage(registry, { layer: await packageTar() }),
  },
  {
    name: 'a gzip layer with the media type of an uncompressed one',
    prepare: async (registry) => putPackage(registry, { layerType: MEDIA_TYPES.ociLayer }),
  },
  ...zstdRows,
  {
    name: 'a layer that must not be distributed',
    prepare: (registry) =>
      putPackage(registry, { layerType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' }),
  },
  {
    name: 'a gzip layer of two members',
    prepare: async (registry) => {
      const tar = await packageTar();
      return putPackage(registry, {
        layer: Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]),
      });
    },
  },
  {
    name: 'a gzip layer with trailing bytes',
    prepare: async (registry) =>
      putPackage(registry, { layer: Buffer.concat([gzipSync(await packageTar()), Buffer.from('more')]) }),
    reason: 'the content of a layer must not depend on how far a program reads it',
  },
  {
    name: 'a truncated gzip layer',
    reason: 'the layer is damaged, which copying does not detect',
    prepare: async (registry) => putPackage(registry, { layer: gzipSync(await packageTar()).subarray(0, -20) }),
  },
  {
    name: 'a layer of another size than its descriptor',
    reason: 'it is not the layer that the manifest describes',
    prepare: (registry) => putPackage(registry, { layerFields: { size: 5 } }),
  },
  {
    name: 'a layer with another digest than its descriptor',
    reason: 'it is not the layer that the manifest describes',
    prepare: async (registry) => {
      const digest = digestOf(Buffer.from('another'));
      registry.blobs.set(digest, gzipSync(await packageTar()));
      await putPackage(registry, { layerFields: { digest } });
    },
  },
  {
    name: 'a missing layer',
    prepare: async (registry) => {
      await putPackage(registry);
      for (const [digest, bytes] of registry.blobs) if (!bytes.includes('rootfs')) registry.blobs.delete(digest);
    },
  },
  {
    name: 'a layer in the data of its descriptor only',
    prepare: async (registry) => {
      const layer = gzipSync(await packageTar());
      await putPackage(registry, { layer, layerFields: { data: layer.toString('base64') } });
      registry.blobs.delete(digestOf(layer));
    },
  },
  {
    name: 'a layer without a size',
    reason: 'the size of a layer is checked before it is downloaded',
    prepare: (registry) => putPackage(registry, { layerFields: { size: undefined } }),
  },
  {
    name: 'layer annotations that are null',
    prepare: (registry) => putPackage(registry, { layerFields: { annotations: null } }),
  },
  {
    name: 'a package layer among others',
    prepare: async (registry) => {
      const tar = await packageTar();
      const package_ = {
        mediaType: MEDIA_TYPES.ociLayerGzip,
        ...putBlob(registry, gzipSync(tar)),
        annotations: { 'io.crossplane.xpkg': 'base' },
      };
      const other = await packageTar([file('program')], 'other');
      const layers = [{ mediaType: MEDIA_TYPES.ociLayerGzip, ...putBlob(registry, gzipSync(other)) }, package_];
      const config = { ...AMD64, rootfs: { type: 'layers', diff_ids: [digestOf(other), digestOf(tar)] } };
      await putPackage(registry, { config: Buffer.from(JSON.stringify(config)), manifest: { layers } });
    },
  },
  {
    name: 'a package file after other files',
    prepare: async (registry) => putPackage(registry, { layer: gzipSync(await packageTar([file('a/b'), file('c')])) }),
  },
  {
    name: 'a package file under ./',
    prepare: async (registry) =>
      putPackage(registry, { layer: gzipSync(await packageTar([], YAML, './package.yaml')) }),
  },
  {
    name: 'a package file with a directory and a link',
    prepare: async (registry) =>
      putPackage(registry, {
        layer: gzipSync(
          await packageTar([
            { type: 'directory', name: 'dir' },
            { type: 'symlink', name: 'link', target: 'dir' },
          ]),
        ),
      }),
  },
  {
    name: 'a manifest of a Helm chart',
    prepare: (registry) =>
      putPackage(registry, {
        config: Buffer.from('{"name":"chart"}'),
        configFields: { mediaType: 'application/vnd.cncf.helm.config.v1+json' },
        layerType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
      }),
  },
  {
    name: 'no layers',
    prepare: (registry) => putPackage(registry, { manifest: { layers: [] } }),
    reason: 'it does not contain a package',
  },
  {
    name: 'layers that are null',
    prepare: (registry) => putPackage(registry, { manifest: { layers: null } }),
    reason: 'it does not contain a package',
  },
  {
    name: 'a manifest of 1.5 MiB',
    prepare: (registry) => putPackage(registry, { manifest: { annotations: { long: 'x'.repeat(1_572_864) } } }),
    reason: 'manifests of packages have a few kilobytes, and one of a megabyte needs 100 MiB of memory when it is read',
  },
  { name: 'a tag that does not exist', prepare: (registry) => putPackage(registry, { tag: `${TAG}-other` }) },
];
