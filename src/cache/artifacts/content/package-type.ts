import { gunzip } from '../../../oci/index.ts';
import type { PackageType } from '../../../xpkg/kinds.ts';
import { readPackageType as readType } from '../../../xpkg/package-type.ts';

/** Determines the type of the package in an entry of Crossplane's cache. Throws XpkgError for a package that Crossplane cannot install. */
export function readPackageType(entry: Uint8Array): Promise<PackageType> {
  async function* bytes() {
    yield entry;
  }
  return readType(gunzip(bytes()));
}
