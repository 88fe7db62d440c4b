import type { Digest } from '../oci/index.ts';

// Crossplane's xpkg specification, https://github.com/crossplane/crossplane/blob/v2.3.4/contributing/specifications/xpkg.md

/** The annotation of a layer, and the start of a config label, that says what a layer holds. */
export const ANNOTATION = 'io.crossplane.xpkg';

/** The value of {@link ANNOTATION} for the layer with package.yaml. */
export const PACKAGE_ANNOTATION = 'base';

/** The value of {@link ANNOTATION} for the layer with the examples. */
export const EXAMPLES_ANNOTATION = 'upbound';

/** The file in the package layer. */
export const PACKAGE_FILE = 'package.yaml';

/** The file in the examples layer. */
export const EXAMPLES_FILE = '.up/examples.yaml';

/** The config label that carries a layer's annotation while the package is a file. */
export function packageLabel(layer: Digest): string {
  return `${ANNOTATION}:${layer}`;
}
