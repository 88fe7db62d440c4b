import {
  type BlobSource,
  buildImage,
  buildLayer,
  type Digest,
  digestHex,
  encodeJson,
  type Image,
  type ImageConfig,
  type Layer,
  type LayerCompression,
  parseImageConfig,
  readConfig,
  writeTar,
} from '../oci/index.ts';
import { printYaml } from '../yaml/index.ts';
import { findingsError, type LintFinding, XpkgError } from './errors.ts';
import {
  ANNOTATION,
  EXAMPLES_ANNOTATION,
  EXAMPLES_FILE,
  PACKAGE_ANNOTATION,
  PACKAGE_FILE,
  packageLabel,
} from './format.ts';
import { lintExamples, lintFiles, nameOf, type PackageContents, type PackageObject } from './lint/lint.ts';
import { friendlyId } from './names.ts';
import { MAX_PACKAGE_BYTES, type PackageFile, type PackageSources } from './package-root.ts';

/** A built package. */
export interface BuiltPackage {
  readonly image: Image;
  readonly contents: PackageContents;
  /** Problems that do not prevent a build: dependencies that Crossplane cannot resolve, and fields that it drops. */
  readonly warnings: readonly LintFinding[];
  /** The file name that Crossplane's command line uses. */
  readonly fileName: string;
}

/**
 * Builds a package as Crossplane's command line does: the layers of `runtime`, if given, then a layer with package.yaml, then a layer with
 * the examples. The same input results in the same bytes; with zstd, which Crossplane's command line does not write, only on the same
 * version of Node. The layers of `runtime` are not changed. Throws {@link XpkgError} with all findings, and errors of the compression.
 */
export async function buildPackage(
  sources: PackageSources,
  runtime?: Image,
  compression?: LayerCompression,
): Promise<BuiltPackage> {
  const { contents, findings, installFindings, warnings } = lintFiles(sources.files);
  refuseFindings([...findings, ...lintExamples(sources.examples ?? [])]);
  if (contents === undefined) throw new XpkgError('NOT_ONE_META', 'cannot build the package: metadata is missing');
  const layers = [await fileLayer(PACKAGE_FILE, packageYaml(contents), PACKAGE_ANNOTATION, compression)];
  if (sources.examples !== undefined) {
    layers.push(await fileLayer(EXAMPLES_FILE, examplesYaml(sources.examples), EXAMPLES_ANNOTATION, compression));
  }
  const image = await appendLayers(runtime, layers);
  const id = friendlyId(nameOf(contents.meta), digestHex(image.document.descriptor.digest));
  return { image, contents, warnings: [...installFindings, ...warnings], fileName: `${id}.xpkg` };
}

/** Prints a package's objects as Crossplane's command line does: the metadata first, with `---` lines between objects. Throws `TOO_LARGE`. */
export function packageYaml({ meta, objects }: PackageContents): Buffer {
  const parts = [meta, ...objects].map(({ value }: PackageObject) => Buffer.from(`${printYaml(value)}---\n`));
  const bytes = Buffer.concat([Buffer.from('---\n'), ...parts]);
  if (bytes.byteLength <= MAX_PACKAGE_BYTES) return bytes;
  const why = `${PACKAGE_FILE} has ${bytes.byteLength} bytes; Crossplane accepts at most ${MAX_PACKAGE_BYTES}`;
  throw new XpkgError('TOO_LARGE', `cannot build the package: ${why}`);
}

/** Returns the examples, concatenated unchanged. */
function examplesYaml(files: readonly PackageFile[]): Buffer {
  return Buffer.from(files.map(({ text }) => `${text}\n...\n\n---\n`).join(''));
}

function refuseFindings([finding, ...others]: readonly LintFinding[]): void {
  if (finding !== undefined) throw findingsError('cannot build the package', [finding, ...others]);
}

type AnnotatedLayer = Layer & { readonly label: string };

async function fileLayer(
  name: string,
  content: Uint8Array,
  label: string,
  compression: LayerCompression = 'gzip',
): Promise<AnnotatedLayer> {
  return { ...(await buildLayer(writeTar([{ type: 'file', name, content }]), { compression })), label };
}

const NEVER = '0001-01-01T00:00:00Z';

async function appendLayers(base: Image | undefined, layers: readonly AnnotatedLayer[]): Promise<Image> {
  const config = base === undefined ? EMPTY_CONFIG : parseImageConfig(await readConfig(base));
  if (base !== undefined) checkRuntime(base, config);
  const labels: Record<string, string> = { ...config.config?.Labels };
  for (const { descriptor, label } of layers) labels[packageLabel(descriptor.digest)] = label;
  const diffIds: Digest[] = [...config.rootfs.diff_ids, ...layers.map(({ diffId }) => diffId)];
  const bytes = encodeJson(
    ordered(CONFIG_KEYS, {
      created: NEVER,
      ...config,
      history: [...(config.history ?? []), ...layers.map(() => ({ created: NEVER }))],
      rootfs: { ...config.rootfs, diff_ids: diffIds },
      config: ordered(RUN_KEYS, { ...config.config, Labels: sortedKeys(labels) }),
    }),
  );
  return buildImage({ config: bytes, layers: [...(base?.layers ?? []), ...layers.map(plainBlob)] });
}

/** Removes the annotations of a layer: the manifest of a package file has none. They are added when the package is pushed. */
function plainBlob({ descriptor, open }: BlobSource): BlobSource {
  return { descriptor, open };
}

/** Rejects a runtime image that already is a package: readers disagree on which of two package layers applies. */
function checkRuntime({ layers }: Image, { config, rootfs }: ImageConfig): void {
  const fail = (why: string) => new XpkgError('INVALID_RUNTIME', `cannot use the runtime image: ${why}`);
  if (Object.keys(config?.Labels ?? {}).some((label) => label.startsWith(`${ANNOTATION}:`))) {
    throw fail('it is already a package; pass the image that the package was built from');
  }
  if (layers.length !== rootfs.diff_ids.length) {
    throw fail(`it has ${layers.length} layers, but its config lists ${rootfs.diff_ids.length}`);
  }
}

const EMPTY_CONFIG: ImageConfig = {
  architecture: '',
  created: NEVER,
  history: [],
  os: '',
  rootfs: { type: 'layers', diff_ids: [] },
  config: undefined,
};

// The order in which Crossplane's command line writes an image config, so that rewriting the config preserves the digest.
const CONFIG_KEYS =
  'architecture author container created docker_version history os rootfs config os.version variant os.features'.split(
    ' ',
  );
const RUN_KEYS =
  'AttachStderr AttachStdin AttachStdout Cmd Healthcheck Domainname Entrypoint Env Hostname Image Labels OnBuild OpenStdin StdinOnce Tty User Volumes WorkingDir ExposedPorts'.split(
    ' ',
  );

/** Returns the same properties, beginning with those in `names`, in that order. */
function ordered(names: readonly string[], object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rank = (name: string) => (names.includes(name) ? names.indexOf(name) : names.length);
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => rank(a) - rank(b)));
}

function sortedKeys(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
