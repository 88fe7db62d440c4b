import { gzipSync } from 'node:zlib';
import { cacheFileName, toDnsLabel } from '../../xpkg/index.ts';
import { CacheError } from '../errors.ts';
import { type ChunkSet, splitContent } from '../sets/chunks.ts';
import { type ConfigMap, toConfigMap } from '../sets/config-map.ts';
import { imageConfig, type PackageManifest, packageManifest } from '../sets/package-objects.ts';
import { formatSize } from '../size.ts';
import { formatPackage, type PackedPackage } from './closure.ts';

/** How packages are packed. */
export interface PackOptions {
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly chunkSize: number;
  /** The nodes have the runtime images already: nothing is pulled. */
  readonly runtimePreloaded: boolean;
  /** Install without looking for dependencies: where packages go by digest only. */
  readonly skipDependencyResolution: boolean;
}

/** What carries packages into a cluster and installs them there. */
export interface Packed {
  readonly configMaps: readonly ConfigMap[];
  readonly imageConfigs: readonly PackageManifest[];
  readonly packages: readonly PackageManifest[];
  /** Bytes that they take in Crossplane's cache directory. */
  readonly bytes: number;
}

/** Packs packages into objects to apply. Throws `CONFLICT` when two different ones would have one name in the cache. */
export function packPackages(packages: readonly PackedPackage[], options: PackOptions): Packed {
  refuseConflicts(packages);
  const sets = packages.map((one) => setOf(one, options.chunkSize));
  const { namespace, labels = {} } = options;
  const configMaps = sets.flatMap((set, index) => {
    const { tag, digest } = packages[index] ?? { tag: undefined, digest: '' };
    const revision = tag === undefined ? digest : `${tag}@${digest}`;
    return set.chunks.map((chunk) => toConfigMap(set, chunk, { namespace, labels, revision }));
  });
  const tagged = packages.filter(({ tag }) => tag !== undefined);
  return {
    configMaps,
    imageConfigs: tagged.map(({ source, tag, digest }) => imageConfig(`${source}:${tag}`, `${source}@${digest}`)),
    packages: packages.map((one) => manifestOf(one, options)),
    bytes: sets.reduce((total, { manifest }) => total + manifest.size, 0),
  };
}

function setOf({ source, digest, yaml }: PackedPackage, chunkSize: number): ChunkSet {
  const bytes = gzipSync(yaml, { level: 9 });
  const content = { file: cacheFileName(`${source}@${digest}`, digest), bytes, artifact: { source, digest } };
  return splitContent(content, { base: nameOf(source), chunkSize });
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

/** As Crossplane calls packages that it makes for dependencies: another name for the same source would be a second package. */
function nameOf(source: string): string {
  return toDnsLabel(source.slice(source.indexOf('/') + 1));
}

function refuseConflicts(packages: readonly PackedPackage[]): void {
  const files = new Map<string, PackedPackage>();
  for (const one of packages) {
    const file = cacheFileName(`${one.source}@${one.digest}`, one.digest);
    const other = files.get(file);
    if (other !== undefined && (other.digest !== one.digest || other.source !== one.source)) {
      throw new CacheError(
        'CONFLICT',
        `cannot pack ${formatPackage(other)} and ${formatPackage(one)} together: in Crossplane's cache both are called ${file}; build one of them anew, or name its repository otherwise`,
      );
    }
    files.set(file, one);
  }
}

/** Container images that do not travel with the packages: kubelets pull them. */
export function runtimeImages(packages: readonly PackedPackage[]): string[] {
  return packages.filter(({ content }) => content.type !== 'Configuration').map(formatPackage);
}

/** What to know before applying, one sentence each. */
export function packNotes(packages: readonly PackedPackage[], { configMaps, bytes }: Packed): string[] {
  const CLIENT_SIDE_LIMIT = 262_144;
  const largest = Math.max(0, ...configMaps.map((map) => JSON.stringify(map).length));
  const megabytes = Math.max(20, Math.ceil((bytes * 1.25) / 1_048_576));
  return [
    `${packages.length} packages in ${configMaps.length} ConfigMaps, ${formatSize(bytes)} in the cache; Helm: packageCache.sizeLimit: ${megabytes}Mi`,
    ...(largest > CLIENT_SIDE_LIMIT
      ? ['apply with: kubectl apply --server-side (the plain form refuses objects this large)']
      : []),
    ...runtimeImages(packages).map((image) => `the nodes must be able to pull ${image}`),
  ];
}
