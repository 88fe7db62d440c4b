import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type BlobSource,
  cleanPath,
  gzip,
  type Image,
  type ImageConfig,
  parseImageConfig,
  readAll,
  readConfig,
  readFlattened,
  readLayer,
  type TarEntry,
} from '../oci/index.ts';
import { reasonOf, XpkgError } from './errors.ts';
import { ANNOTATION, PACKAGE_ANNOTATION, PACKAGE_FILE, packageLabel } from './format.ts';
import { MAX_PACKAGE_BYTES } from './package-root.ts';

/** Room for the tar around the largest package.yaml. */
const MAX_PACKAGE_LAYER_BYTES = MAX_PACKAGE_BYTES + 1024 * 1024;

/** Bytes of one layer, uncompressed, that are looked through for a package.yaml. Nothing of them is kept. */
const MAX_RUNTIME_LAYER_BYTES = 8 * 1024 ** 3;

/**
 * Reads the bytes of package.yaml as they stand in the image: from the layer marked as the package, by annotation or config label,
 * else from the image's files. Throws `NO_PACKAGE`, `TWO_PACKAGES`, `TOO_LARGE`, and OciError for content that is damaged.
 */
export async function readPackageYaml(image: Image): Promise<Buffer> {
  if (image.layers.length === 0) throw new XpkgError('NO_PACKAGE', 'cannot read the package: the image has no layers');
  const [marked, ...others] = packageLayers(image.layers, parseImageConfig(await readConfig(image)));
  if (others.length > 0) {
    throw new XpkgError(
      'TWO_PACKAGES',
      `cannot read the package: ${others.length + 1} layers are marked as the package`,
    );
  }
  const entries =
    marked === undefined
      ? readFlattened(image.layers, { maxBytes: MAX_RUNTIME_LAYER_BYTES })
      : readLayer(marked, { maxBytes: MAX_PACKAGE_LAYER_BYTES });
  const content = await findPackageFile(entries);
  if (content !== undefined) return content;
  const where = marked === undefined ? 'the image' : 'its package layer';
  throw new XpkgError('NO_PACKAGE', `cannot read the package: there is no ${PACKAGE_FILE} in ${where}`);
}

/** What each layer is marked as: by its annotation or else by a label in the image config. */
export function layerMark({ descriptor }: BlobSource, config: ImageConfig): string | undefined {
  return descriptor.annotations?.[ANNOTATION] ?? config.config?.Labels?.[packageLabel(descriptor.digest)];
}

function packageLayers(layers: readonly BlobSource[], config: ImageConfig): BlobSource[] {
  const annotated = layers.filter(({ descriptor }) => descriptor.annotations?.[ANNOTATION] === PACKAGE_ANNOTATION);
  return annotated.length > 0 ? annotated : layers.filter((layer) => layerMark(layer, config) === PACKAGE_ANNOTATION);
}

/** The first package.yaml, wherever it lies. Goes on to the end, where the layer's digest is known to be right. */
async function findPackageFile(entries: AsyncIterable<TarEntry>): Promise<Buffer | undefined> {
  let found: Buffer | undefined;
  for await (const entry of entries) {
    if (found !== undefined || entry.type !== 'file' || posix.basename(cleanPath(entry.name)) !== PACKAGE_FILE)
      continue;
    if (entry.size > MAX_PACKAGE_BYTES) {
      const why = `${PACKAGE_FILE} has ${entry.size} bytes; Crossplane reads ${MAX_PACKAGE_BYTES} and drops the rest`;
      throw new XpkgError('TOO_LARGE', `cannot read the package: ${why}`);
    }
    found = await readAll(entry.content, MAX_PACKAGE_BYTES, PACKAGE_FILE);
  }
  return found;
}

/** Writes package.yaml to a new file in the form of Crossplane's package cache: gzipped as it is. Whole or not at all. */
export async function extractPackage(image: Image, path: string): Promise<void> {
  const bytes = await readPackageYaml(image);
  const temporary = `${path}.${randomUUID()}.tmp`;
  async function* content() {
    yield bytes;
  }
  try {
    await pipeline(gzip(content()), createWriteStream(temporary, { flags: 'wx' }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new XpkgError('UNREADABLE', `cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
