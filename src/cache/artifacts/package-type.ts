import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { PackageType } from '../../xpkg/kinds.ts';
import { MAX_PACKAGE_BYTES } from '../../xpkg/package-root.ts';
import { readPackageType as readType } from '../../xpkg/package-type.ts';

const unzip = promisify(gunzip);

/** Finds the type of the package in an entry of Crossplane's cache. Throws XpkgError for what Crossplane could not install. */
export async function readPackageType(entry: Uint8Array): Promise<PackageType> {
  const yaml = await unzip(entry, { maxOutputLength: MAX_PACKAGE_BYTES });
  return readType(yaml.toString('utf8'));
}
