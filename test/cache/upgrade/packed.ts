import { createHash } from 'node:crypto';
import type { PackedPackage } from '../../../src/cache/pack/closure.ts';
import { packPackages } from '../../../src/cache/pack/pack.ts';
import { toJsonObject } from '../../../src/cache/upgrade/objects.ts';
import { type FoundObject, type PackedSet, readPackedSet } from '../../../src/cache/upgrade/read-packed.ts';
import { inspectContent } from '../../../src/xpkg/index.ts';

export const sum = (text: string) => createHash('sha256').update(text).digest('hex');

/** A package of `registry.example.com/acme/<name>`, whose package.yaml has about `size` bytes that do not compress. */
export function packageOf(name: string, tag: string, { kind = 'Configuration', size = 0 } = {}): PackedPackage {
  const source = `registry.example.com/acme/${name}`;
  let noise = '';
  for (let round = 0; noise.length < size; round += 1) noise += sum(`${name}${tag}${round}`);
  const meta = { apiVersion: 'meta.pkg.crossplane.io/v1', kind, metadata: { name, annotations: { noise } }, spec: {} };
  const yaml = Buffer.from(JSON.stringify(meta));
  return { source, tag, digest: `sha256:${sum(`${name}${tag}`)}`, yaml, content: inspectContent(yaml) };
}

/** The objects that `cache pack` writes for these packages, in its order. */
export function packedObjects(
  packages: readonly PackedPackage[],
  set: { name: string; version: string },
  chunkSize = 1_024,
): FoundObject[] {
  const packed = packPackages(packages, {
    namespace: 'crossplane-system',
    set,
    chunkSize,
    runtimePreloaded: false,
    skipDependencyResolution: false,
  });
  const objects = [...packed.configMaps, ...packed.imageConfigs, ...packed.packages, packed.record];
  return objects.flatMap((object, index) => {
    const value = toJsonObject(JSON.parse(JSON.stringify(object)));
    return value === undefined ? [] : [{ value, where: `a.yaml, object ${index}` }];
  });
}

/** A set called `platform`, of two packages, the first with several chunks; `b` is the same in all versions. */
export function platform(version: string): PackedSet {
  const packages = [packageOf('a', version, { size: 6_000 }), packageOf('b', 'v1.0.0')];
  return readPackedSet(packedObjects(packages, { name: 'platform', version }), 'a.yaml');
}
