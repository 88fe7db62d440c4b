/**
 * Builds, lints, reads and pushes Crossplane packages, and names them as Crossplane's cache does. The API consists of functions and plain
 * data. Problems of a package throw an {@link XpkgError}; problems of an image or a registry throw an OciError.
 */
export { type BuiltPackage, buildPackage, packageYaml } from './build.ts';
export {
  type FindingCode,
  formatFinding,
  formatWarning,
  type LintFinding,
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
