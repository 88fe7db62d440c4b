import type { Digest } from '../oci/index.ts';

// Crossplane's xpkg specification, https://github.com/crossplane/crossplane/blob/v2.3.4/contributing/specifications/xpkg.md

/** The annotation that identifies the content of a layer, and the prefix of the config label that does so. */
export const ANNOTATION = 'io.crossplane.xpkg';

/** The value of {@link ANNOTATION} for the layer that contains package.yaml. */
export const PACKAGE_ANNOTATION = 'base';

/** The value of {@link ANNOTATION} for the layer that contains the examples. */
export const EXAMPLES_ANNOTATION = 'upbound';

/** The file in the package layer. */
export const PACKAGE_FILE = 'package.yaml';

/** The file in the examples layer. */
export const EXAMPLES_FILE = '.up/examples.yaml';

/** Returns the config label that replaces a layer's annotation while the package is a file. */
export function packageLabel(layer: Digest): string {
  return `${ANNOTATION}:${layer}`;
}
