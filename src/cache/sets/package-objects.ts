import { sha256Hex } from '../../internal/bytes/hash.ts';
import { trim } from '../../internal/trim.ts';

/** A package or ImageConfig to apply. */
export type PackageManifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly [field: string]: PackageField };
};
type PackageField =
  | string
  | boolean
  | undefined
  | { readonly prefix: string }
  | readonly { readonly [key: string]: string }[];

/** Options of {@link packageManifest}. */
export interface InstallOptions {
  readonly kind: string;
  readonly name: string;
  readonly image: string;
  readonly packagePullPolicy: 'IfNotPresent' | 'Never';
  readonly skipDependencyResolution?: boolean | undefined;
}

/** Returns the Configuration, Provider or Function that installs a package. */
export function packageManifest({
  kind,
  name,
  image,
  packagePullPolicy,
  skipDependencyResolution,
}: InstallOptions): PackageManifest {
  return {
    apiVersion: 'pkg.crossplane.io/v1',
    kind,
    metadata: { name },
    spec: {
      package: image,
      packagePullPolicy,
      ...(skipDependencyResolution === undefined ? {} : { skipDependencyResolution }),
    },
  };
}

/**
 * Returns an ImageConfig that pins `image` (a repository and tag) to a digest: Crossplane's client gets the digest and sends no request, while
 * the package and the Lock keep the tag. Prefixes are compared as text, so a tag that begins with this one is rewritten, too, and not found.
 */
export function imageConfig(image: string, byDigest: string): PackageManifest {
  const source = image.slice(0, image.lastIndexOf(':'));
  return {
    apiVersion: 'pkg.crossplane.io/v1beta1',
    kind: 'ImageConfig',
    metadata: { name: `pin-${packageName(source)}-${sha256Hex(image).slice(0, 8)}` },
    spec: { matchImages: [{ type: 'Prefix', prefix: image }], rewriteImage: { prefix: byDigest } },
  };
}

/** Returns a name for the package of a source: its path with dashes, at most 48 characters. */
export function packageName(source: string): string {
  const path = source.slice(source.indexOf('/') + 1);
  const name = path.replaceAll(/[^a-z0-9]+/g, '-').slice(-48);
  return trim(name, '-');
}
