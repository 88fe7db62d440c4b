import {
  type Artifact,
  type Digest,
  type Image,
  type ImageConfig,
  parseImageConfig,
  readConfig,
} from '../oci/index.ts';
import { isYamlList, isYamlObject, parseYaml, YamlError, type YamlValue } from '../yaml/index.ts';
import type { LintFinding } from './errors.ts';
import { PACKAGE_FILE } from './format.ts';
import { valueAt } from './kinds.ts';
import { lintFiles } from './lint/lint.ts';
import { layerMark, readPackageYaml } from './read-package.ts';

/** Describes a package by platform. */
export interface PackageReport {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly images: readonly ImageReport[];
}

/** Describes the image of a package for one platform. */
export interface ImageReport {
  readonly digest: Digest;
  /** Empty strings for a package without a program. */
  readonly platform: { readonly os: string; readonly architecture: string };
  /** The compressed size of all layers, in bytes. */
  readonly size: number;
  readonly layers: readonly LayerReport[];
  /** The program in the image; undefined for a package without a program, such as a Configuration. */
  readonly runtime: RuntimeReport | undefined;
  readonly package: ContentReport;
}

/** Describes the command that starts a package's program. */
export interface RuntimeReport {
  readonly command: readonly string[];
  readonly user: string;
}

/** A layer of a package. */
export interface LayerReport {
  readonly digest: Digest;
  readonly diffId: Digest | undefined;
  readonly size: number;
  /** `base` for the package, `upbound` for the examples; undefined for the runtime. */
  readonly mark: string | undefined;
}

/** Describes the objects in package.yaml. */
export interface ContentReport {
  readonly type: string;
  readonly name: string;
  /** The version constraint on Crossplane. */
  readonly crossplane: string | undefined;
  readonly capabilities: readonly string[];
  readonly dependencies: readonly DependencyReport[];
  readonly objects: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string }[];
  /** Reasons why Crossplane rejects the package. */
  readonly findings: readonly LintFinding[];
  /** Reasons why Crossplane cannot install it. */
  readonly installFindings: readonly LintFinding[];
}

/** A package that another package depends on. */
export interface DependencyReport {
  readonly kind: string;
  readonly package: string;
  readonly version: string;
}

/** Inspects a package. Throws the errors of {@link readPackageYaml}. */
export async function inspectPackage(artifact: Artifact): Promise<PackageReport> {
  const { digest, mediaType } = artifact.document.descriptor;
  const images: ImageReport[] = [];
  for (const image of imagesOf(artifact)) images.push(await inspectImage(image));
  return { digest, mediaType, images };
}

function imagesOf(artifact: Artifact): Image[] {
  return artifact.kind === 'image' ? [artifact] : artifact.children.flatMap(imagesOf);
}

async function inspectImage(image: Image): Promise<ImageReport> {
  const config = parseImageConfig(await readConfig(image));
  const layers = image.layers.map((layer, index) => ({
    digest: layer.descriptor.digest,
    diffId: config.rootfs.diff_ids[index],
    size: layer.descriptor.size,
    mark: layerMark(layer, config),
  }));
  return {
    digest: image.document.descriptor.digest,
    platform: { os: config.os, architecture: config.architecture },
    size: layers.reduce((sum, { size }) => sum + size, 0),
    layers,
    runtime: runtimeOf(config, layers),
    package: inspectContent(await readPackageYaml(image)),
  };
}

/** Inspects the bytes of package.yaml. */
export function inspectContent(bytes: Uint8Array): ContentReport {
  const text = new TextDecoder().decode(bytes);
  const { findings, installFindings } = lintFiles([{ path: PACKAGE_FILE, text }]);
  const objects = readObjects(text);
  const meta = objects.find((object) => textAt(object, 'apiVersion').startsWith('meta.pkg.crossplane.io/'));
  const capabilities = valueAt(meta, 'spec', 'capabilities');
  const dependencies = valueAt(meta, 'spec', 'dependsOn');
  return {
    type: textAt(meta, 'kind'),
    name: textAt(meta, 'metadata', 'name'),
    crossplane: textAt(meta, 'spec', 'crossplane', 'version') || undefined,
    capabilities: isYamlList(capabilities) ? capabilities.map(String) : [],
    dependencies: isYamlList(dependencies) ? dependencies.map(inspectDependency) : [],
    objects: objects
      .filter((object) => object !== meta)
      .map((object) => ({
        apiVersion: textAt(object, 'apiVersion'),
        kind: textAt(object, 'kind'),
        name: textAt(object, 'metadata', 'name'),
      })),
    findings,
    installFindings,
  };
}

/** Reads the objects that are valid YAML. The findings report the others. */
function readObjects(text: string): YamlValue[] {
  try {
    return parseYaml(text, PACKAGE_FILE).flatMap(({ value }) => (isYamlObject(value) ? [value] : []));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return [];
  }
}

function textAt(value: YamlValue | undefined, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : '';
}

function inspectDependency(value: YamlValue): DependencyReport {
  const version = textAt(value, 'version');
  const named = textAt(value, 'package');
  if (named !== '') return { kind: textAt(value, 'kind'), package: named, version };
  const kind = ['provider', 'configuration', 'function'].find((key) => textAt(value, key) !== '') ?? '';
  return { kind: kind.replace(/^./, (letter) => letter.toUpperCase()), package: textAt(value, kind), version };
}

/** Returns the program of a package, if it has one. Crossplane runs the package's own image, so its layers must contain the program. */
function runtimeOf({ config }: ImageConfig, layers: readonly LayerReport[]): RuntimeReport | undefined {
  if (layers.every(({ mark }) => mark !== undefined)) return undefined;
  return { command: [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])], user: config?.User ?? '' };
}
