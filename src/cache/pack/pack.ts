import { gzipSync } from 'node:zlib';
import { formatSize } from '../../internal/size.ts';
import { toDnsLabel } from '../../xpkg/index.ts';
import { CacheError } from '../errors.ts';
import { entryNameOf } from '../sets/cache-name.ts';
import { type ChunkSet, MAX_CONFIG_MAP_BYTES, splitContent } from '../sets/chunks.ts';
import { type ConfigMap, toConfigMap } from '../sets/config-map.ts';
import { imageConfig, type PackageManifest, packageManifest } from '../sets/package-objects.ts';
import {
  checkPackageSet,
  defaultSetName,
  defaultSetVersion,
  type LabelledConfigMap,
  type PackageSet,
  packageSetLabels,
  type RecordConfigMap,
  recordConfigMap,
} from '../sets/package-set.ts';
import { formatPackage, type PackedPackage } from './closure.ts';

/** Options for packing packages. */
export interface PackOptions {
  readonly namespace: string;
  /** The name and version of the set. Default: those of the first package. */
  readonly set?: Partial<PackageSet>;
  /** Packs all entries into one ConfigMap of this name, to be mounted as the cache, instead of into sets for the loader. */
  readonly mountedAs?: string | undefined;
  readonly chunkSize: number;
  /** True if the nodes have the runtime images, so that nothing is pulled. */
  readonly runtimePreloaded: boolean;
  /** Installs the packages without dependency resolution, for packages that are known by digest only. */
  readonly skipDependencyResolution: boolean;
}

/** The objects that store packages in a cluster and install them there. */
export interface Packed {
  readonly set: PackageSet;
  readonly configMaps: readonly (ConfigMap | MountedCache)[];
  readonly imageConfigs: readonly PackageManifest[];
  readonly packages: readonly PackageManifest[];
  /** The record of the set, which must be applied last. */
  readonly record: RecordConfigMap;
  /** The size of the entries in Crossplane's cache directory, in bytes. */
  readonly bytes: number;
}

/** A ConfigMap that is mounted as Crossplane's cache: it has each entry as a whole, under the entry's file name. */
export interface MountedCache extends LabelledConfigMap {
  readonly binaryData: Readonly<Record<string, string>>;
}

/** Packs packages into one ConfigMap. Throws `TOO_LARGE` if they do not fit. */
function mountedCache(
  packages: readonly PackedPackage[],
  metadata: MountedCache['metadata'],
): { readonly configMap: MountedCache; readonly bytes: number } {
  const entries = packages.map(entryOf);
  const size = entries.reduce((total, { bytes }) => total + bytes.byteLength, 0);
  if (size > MAX_CONFIG_MAP_BYTES) {
    const largest = entries.toSorted((a, b) => b.bytes.byteLength - a.bytes.byteLength)[0];
    const which = largest && `${largest.file} alone has ${formatSize(largest.bytes.byteLength)}`;
    throw new CacheError(
      'TOO_LARGE',
      `cannot pack ${packages.length} packages into one ConfigMap: their entries have ${formatSize(size)}, the limit is ${formatSize(MAX_CONFIG_MAP_BYTES)}, and ${which}; omit --single and use the loader`,
    );
  }
  const binaryData = Object.fromEntries(entries.map(({ file, bytes }) => [file, bytes.toString('base64')]));
  return { configMap: { apiVersion: 'v1', kind: 'ConfigMap', metadata, binaryData }, bytes: size };
}

/**
 * Packs packages into objects to apply. Throws `CONFLICT` if two different packages have one file name in the cache, and `INVALID_OPTION` for
 * an invalid name or version of the set.
 */
export function packPackages(packages: readonly PackedPackage[], options: PackOptions): Packed {
  refuseConflicts(packages);
  const { namespace, mountedAs } = options;
  const set = packageSet(packages, options.set);
  const labels = packageSetLabels(set);
  const labelled = (object: PackageManifest) => ({ ...object, metadata: { ...object.metadata, labels } });
  const { configMaps, bytes } =
    mountedAs === undefined
      ? chunkedCache(packages, options, labels)
      : oneConfigMap(mountedCache(packages, { name: mountedAs, namespace, labels }));
  const tagged = packages.filter(({ tag }) => tag !== undefined);
  const imageConfigs = tagged.map(({ source, tag, digest }) =>
    labelled(imageConfig(`${source}:${tag}`, `${source}@${digest}`)),
  );
  const manifests = packages.map((one) => labelled(manifestOf(one, options)));
  const objects = [...configMaps, ...imageConfigs, ...manifests];
  const record = {
    ...set,
    packages: packages.map(({ source, tag, digest }) => ({ source, version: tag, digest })),
    objects: objects.map(({ kind, metadata: { name } }) => ({ kind, name })),
  };
  return { set, configMaps, imageConfigs, packages: manifests, record: recordConfigMap(record, namespace), bytes };
}

function oneConfigMap({ configMap, bytes }: ReturnType<typeof mountedCache>) {
  return { configMaps: [configMap], bytes };
}

function chunkedCache(
  packages: readonly PackedPackage[],
  { namespace, chunkSize }: PackOptions,
  labels: Readonly<Record<string, string>>,
) {
  const sets = packages.map((one) => ({ ...one, set: setOf(one, chunkSize) }));
  const configMaps = sets.flatMap(({ source, tag, digest, set }) => {
    const revision = tag === undefined ? digest : `${tag}@${digest}`;
    return set.chunks.map((chunk) => toConfigMap(set, chunk, { namespace, labels, revision, source }));
  });
  return { configMaps, bytes: sets.reduce((total, { set }) => total + set.manifest.size, 0) };
}

function packageSet(packages: readonly PackedPackage[], { name, version }: Partial<PackageSet> = {}): PackageSet {
  const [first] = packages;
  return checkPackageSet({
    name: name ?? defaultSetName(nameOf(first?.source ?? '')),
    version: version ?? defaultSetVersion(first ?? { tag: undefined, digest: '' }),
  });
}

function setOf(one: PackedPackage, chunkSize: number): ChunkSet {
  const { source, digest } = one;
  return splitContent({ ...entryOf(one), artifact: { source, digest } }, { base: nameOf(source), chunkSize });
}

function entryOf({ source, digest, yaml }: PackedPackage): { readonly file: string; readonly bytes: Buffer } {
  return { file: entryNameOf({ source, digest }), bytes: gzipSync(yaml, { level: 9 }) };
}

function manifestOf(
  { source, tag, digest, content }: PackedPackage,
  { runtimePreloaded, skipDependencyResolution }: PackOptions,
): PackageManifest {
  const hasRuntime = content.type !== 'Configuration';
  return packageManifest({
    kind: content.type,
    name: nameOf(source),
    image: tag === undefined ? `${source}@${digest}` : `${source}:${tag}`,
    packagePullPolicy: hasRuntime && !runtimePreloaded ? 'IfNotPresent' : 'Never',
    skipDependencyResolution: skipDependencyResolution || undefined,
  });
}

/** Returns the name that Crossplane gives a package installed as a dependency: with another name, it would be installed twice. */
function nameOf(source: string): string {
  return toDnsLabel(source.slice(source.indexOf('/') + 1));
}

function refuseConflicts(packages: readonly PackedPackage[]): void {
  const files = new Map<string, PackedPackage>();
  for (const one of packages) {
    const file = entryNameOf(one);
    const other = files.get(file);
    if (other !== undefined && (other.digest !== one.digest || other.source !== one.source)) {
      throw new CacheError(
        'CONFLICT',
        `cannot pack ${formatPackage(other)} and ${formatPackage(one)} together: both have the name ${file} in Crossplane's cache; rebuild one of them, or rename its repository`,
      );
    }
    files.set(file, one);
  }
}

/** Returns the runtime images, which are not packed: kubelets pull them. */
export function runtimeImages(packages: readonly PackedPackage[]): string[] {
  return packages.filter(({ content }) => content.type !== 'Configuration').map(formatPackage);
}

/** Returns notes for the user to read before applying, one sentence each. */
export function packNotes(packages: readonly PackedPackage[], { configMaps, bytes, set }: Packed): string[] {
  const CLIENT_SIDE_LIMIT = 262_144;
  const largest = Math.max(0, ...configMaps.map((map) => JSON.stringify(map).length));
  const megabytes = Math.max(20, Math.ceil((bytes * 1.25) / 1_048_576));
  return [
    `set ${set.name}, version ${set.version}`,
    `${packages.length} packages in ${configMaps.length} ConfigMaps, ${formatSize(bytes)} in the cache; Helm: packageCache.sizeLimit: ${megabytes}Mi`,
    ...(largest > CLIENT_SIDE_LIMIT
      ? ['apply with: kubectl apply --server-side (the plain form refuses objects this large)']
      : []),
    ...runtimeImages(packages).map((image) => `the nodes must be able to pull ${image}`),
  ];
}
