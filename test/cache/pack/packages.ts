import { createHash } from 'node:crypto';
import { isCacheError } from '../../../src/cache/errors.ts';
import type { PackageFinder, PackedPackage } from '../../../src/cache/pack/closure.ts';
import { inspectContent } from '../../../src/xpkg/index.ts';

export const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A package of `registry.example.com/acme/<name>`. */
export function made(
  name: string,
  tag: string | undefined,
  dependencies: Record<string, string> = {},
  kind = 'Configuration',
): PackedPackage {
  const dependsOn = Object.entries(dependencies).map(([dependency, version]) => ({
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Configuration',
    package: `registry.example.com/acme/${dependency}`,
    version,
  }));
  const meta = { apiVersion: `meta.pkg.crossplane.io/v1`, kind, metadata: { name }, spec: { dependsOn } };
  const yaml = Buffer.from(JSON.stringify(meta));
  const source = `registry.example.com/acme/${name}`;
  return { source, tag, digest: digestOf(`${name}${tag}`), yaml, content: inspectContent(yaml) };
}

/** Finds these packages; those with several versions by each. */
export function finderOf(...packages: PackedPackage[]): PackageFinder {
  return {
    async fetch(source, version) {
      const found = packages.find(
        (one) => one.source === source && ('tag' in version ? one.tag === version.tag : one.digest === version.digest),
      );
      if (found === undefined) throw new Error(`nobody has ${source}`);
      return found;
    },
    listTags: async (source) => packages.filter((one) => one.source === source).flatMap(({ tag }) => tag ?? []),
  };
}

export const OPTIONS = {
  namespace: 'crossplane-system',
  chunkSize: 786_432,
  runtimePreloaded: false,
  skipDependencyResolution: false,
};

export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return isCacheError(error) ? error.code : String(error);
  }
  return 'none';
}
