/**
 * Crossplane packages: built, judged, read, pushed, and named as Crossplane's cache names them. Functions and plain data; what goes wrong with
 * a package throws an {@link XpkgError}, what goes wrong with an image or a registry an OciError.
 */
export { type BuiltPackage, buildPackage, packageYaml } from './build.ts';
export {
  type Finding,
  type FindingCode,
  formatFinding,
  formatWarning,
  XpkgError,
  type XpkgErrorCode,
} from './errors.ts';
export { type ContentReport, type ImageReport, inspectContent, inspectPackage, type PackageReport } from './inspect.ts';
export type { PackageType } from './kinds.ts';
export { type LintResult, lintExamples, lintFiles, type PackageContents, type PackageObject } from './lint/lint.ts';
export { cacheFileName, friendlyId, packageSource, toDnsLabel } from './names.ts';
export {
  isFolder,
  MAX_PACKAGE_BYTES,
  type PackageFile,
  type PackageRoot,
  type PackageSources,
  readPackageRoot,
} from './package-root.ts';
export { type PackageImage, parseTarget, pushPackages, SPDX_MEDIA_TYPE } from './push.ts';
export { extractPackage, readPackageYaml } from './read-package.ts';
