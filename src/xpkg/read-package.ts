import { posix } from 'node:path';
import { writeOutput } from '../internal/files/atomic-file.ts';
import { reasonOf } from '../internal/reason.ts';
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
} from '../oci/index.ts';
import { XpkgError } from './errors.ts';
import { ANNOTATION, PACKAGE_ANNOTATION, PACKAGE_FILE, packageLabel } from './format.ts';
import { MAX_PACKAGE_BYTES } from './package-root.ts';

/** The maximum size of the tar format around package.yaml. */
const TAR_BYTES = 1024 * 1024;

/** Limits for reading an untrusted package. */
export interface PackageLimits {
  /** The maximum size of package.yaml, in bytes. */
  readonly maxBytes: number;
  /** The maximum unpacked size of all layers of an image without a marked layer, in bytes. They are searched and not stored. */
  readonly maxImageBytes: number;
}

/** The limits of Crossplane. */
const CROSSPLANE_LIMITS: PackageLimits = { maxBytes: MAX_PACKAGE_BYTES, maxImageBytes: 8 * 1024 ** 3 };

/**
 * Reads the bytes of package.yaml: from the layer that is marked as the package by annotation or config label, or else from the image's
 * files. Throws `NO_PACKAGE`, `TWO_PACKAGES`, `TOO_LARGE`, and OciError for damaged content.
 */
export async function readPackageYaml(image: Image): Promise<Buffer> {
  return readAll(packageFile(await findPackageLayers(image), CROSSPLANE_LIMITS), MAX_PACKAGE_BYTES, PACKAGE_FILE);
}

/** The layers that may contain package.yaml. */
export interface PackageLayers {
  /** The layers to read: only the marked layer, if one is marked as the package. */
  readonly layers: readonly BlobSource[];
  readonly marked: boolean;
}

/** Returns the layer that is marked as the package, or all layers. Does not read layers, and reads the config only if no layer is annotated. */
export async function findPackageLayers(image: Image): Promise<PackageLayers> {
  if (image.layers.length === 0) throw new XpkgError('NO_PACKAGE', 'cannot read the package: the image has no layers');
  const marked = await markedLayers(image);
  if (marked.length > 1) {
    throw new XpkgError('TWO_PACKAGES', `cannot read the package: ${marked.length} layers are marked as the package`);
  }
  return { layers: marked.length === 1 ? marked : image.layers, marked: marked.length === 1 };
}

/**
 * Yields the bytes of package.yaml in pieces. They are verified only when the generator ends, once the digests of the layers have been
 * checked. Throws the errors of {@link readPackageYaml}.
 */
export async function* packageFile(
  { layers, marked }: PackageLayers,
  { maxBytes, maxImageBytes }: PackageLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const [layer] = layers;
  const entries =
    marked && layer !== undefined
      ? readLayer(layer, { maxBytes: maxBytes + TAR_BYTES })
      : readFlattened(layers, { maxBytes: maxImageBytes });
  let found = false;
  for await (const entry of entries) {
    if (found || entry.type !== 'file' || posix.basename(cleanPath(entry.name)) !== PACKAGE_FILE) continue;
    found = true;
    if (entry.size > maxBytes) {
      const limit = maxBytes === MAX_PACKAGE_BYTES ? 'Crossplane reads at most' : 'the limit is';
      throw new XpkgError(
        'TOO_LARGE',
        `cannot read the package: ${PACKAGE_FILE} has ${entry.size} bytes, ${limit} ${maxBytes}`,
      );
    }
    yield* entry.content;
  }
  if (found) return;
  const where = marked ? 'its package layer' : 'the image';
  throw new XpkgError('NO_PACKAGE', `cannot read the package: ${PACKAGE_FILE} not found in ${where}`);
}

/** Returns the mark of a layer: its annotation or, without one, its label in the image config. */
export function layerMark({ descriptor }: BlobSource, config: ImageConfig): string | undefined {
  return descriptor.annotations?.[ANNOTATION] ?? config.config?.Labels?.[packageLabel(descriptor.digest)];
}

async function markedLayers(image: Image): Promise<BlobSource[]> {
  const { layers } = image;
  const annotated = layers.filter(({ descriptor }) => descriptor.annotations?.[ANNOTATION] === PACKAGE_ANNOTATION);
  if (annotated.length > 0) return annotated;
  const config = parseImageConfig(await readConfig(image));
  return layers.filter((layer) => layerMark(layer, config) === PACKAGE_ANNOTATION);
}

/** Writes the unchanged package.yaml to a new gzip file, the form of Crossplane's package cache. The file is written completely or not at all. */
export async function extractPackage(image: Image, path: string): Promise<void> {
  const bytes = await readPackageYaml(image);
  async function* content() {
    yield bytes;
  }
  try {
    await writeOutput(path, gzip(content()));
  } catch (error) {
    throw new XpkgError('UNREADABLE', `cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
