import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { MEDIA_TYPES, type TarInput, writeTar } from '../../../src/oci/index.ts';
import { collect } from '../../oci/fixtures.ts';
import type { RegistryServer } from '../../oci/registry-server.ts';

/** The repository and tag of every artifact. */
export const REPOSITORY = 'acme/cfg';
export const TAG = 'v1.0.0';
export const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';

export const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const PACKAGE_ANNOTATION = { 'io.crossplane.xpkg': 'base' };

/** A tar with the package, and further entries around it. */
export function packageTar(before: readonly TarInput[] = [], text = YAML, name = 'package.yaml'): Promise<Buffer> {
  return collect(writeTar([...before, { type: 'file', name, content: Buffer.from(text) }]));
}

/** The parts of an artifact. Each field replaces that of an ordinary package. */
export interface Parts {
  readonly layer?: Buffer;
  readonly layerType?: string;
  /** Merged into the layer's descriptor. */
  readonly layerFields?: object;
  readonly config?: Buffer;
  readonly configFields?: object;
  /** Merged into the manifest. */
  readonly manifest?: object;
  readonly manifestType?: string;
  /** Formats the manifest from its JSON. */
  readonly write?: (json: object) => string | Buffer;
  readonly tag?: string;
}

/** Pushes a package to a registry and returns the descriptor of its manifest. */
export async function putPackage(registry: RegistryServer, parts: Parts = {}) {
  const tar = await packageTar();
  const { layer = gzipSync(tar), layerType = MEDIA_TYPES.ociLayerGzip, tag = TAG } = parts;
  const config =
    parts.config ??
    Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } }),
    );
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: MEDIA_TYPES.ociConfig, ...putBlob(registry, config), ...parts.configFields },
    layers: [
      { mediaType: layerType, ...putBlob(registry, layer), annotations: PACKAGE_ANNOTATION, ...parts.layerFields },
    ],
    ...parts.manifest,
  };
  const bytes = Buffer.from((parts.write ?? JSON.stringify)(manifest));
  const mediaType = parts.manifestType ?? MEDIA_TYPES.ociManifest;
  const digest = registry.putManifest(REPOSITORY, tag, bytes, mediaType);
  return { mediaType, digest, size: bytes.byteLength };
}

export function putBlob(registry: RegistryServer, bytes: Buffer) {
  registry.blobs.set(digestOf(bytes), bytes);
  return { digest: digestOf(bytes), size: bytes.byteLength };
}

export const AMD64 = { architecture: 'amd64', os: 'linux' };

/** Pushes an index of these entries under the tag. */
export function putIndex(
  registry: RegistryServer,
  manifests: readonly object[],
  fields: object = {},
  type: string = MEDIA_TYPES.ociIndex,
): string {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, manifests, ...fields }));
  return registry.putManifest(REPOSITORY, TAG, bytes, type);
}

/** Throws if the content is not that of the package. */
export function expectPackage(content: Buffer): void {
  if (!content.includes(YAML)) throw new Error('the package is another one');
}
