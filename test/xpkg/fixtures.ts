import { expect } from 'vitest';
import {
  buildImage,
  buildLayer,
  digestOf,
  encodeJson,
  type Image,
  type TarInput,
  writeTar,
} from '../../src/oci/index.ts';
import { XpkgError, type XpkgErrorCode } from '../../src/xpkg/index.ts';

/** The path of a fixture. */
export function fixture(name: string): string {
  return `${import.meta.dirname}/fixtures/${name}`;
}

/** The error that `work` rejects with, after a check that it is ours and has `code`. */
export async function rejection(work: Promise<unknown>, code: XpkgErrorCode): Promise<XpkgError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof XpkgError)) throw new Error(`want an XpkgError, got ${String(error)}`, { cause: error });
  expect(error.code, error.message).toBe(code);
  return error;
}

/** The content and the marks of a layer of a test image. */
export interface TestLayer {
  readonly entries: readonly TarInput[];
  readonly annotation?: string;
  readonly label?: string;
}

/** An image with the given layers. */
export async function imageOf(layers: readonly TestLayer[], platform = { os: '', architecture: '' }): Promise<Image> {
  const labels: Record<string, string> = {};
  const built = [];
  for (const { entries, annotation, label } of layers) {
    const annotations = annotation === undefined ? {} : { annotations: { 'io.crossplane.xpkg': annotation } };
    const layer = await buildLayer(writeTar(entries), annotations);
    if (label !== undefined) labels[`io.crossplane.xpkg:${layer.descriptor.digest}`] = label;
    built.push(layer);
  }
  const rootfs = { type: 'layers', diff_ids: built.map(({ diffId }) => diffId) };
  const config = encodeJson({ ...platform, rootfs, config: { Labels: labels } });
  return buildImage({ config, layers: built });
}

/** A file of a test layer. */
export function file(name: string, text: string | Uint8Array): TarInput {
  return { type: 'file', name, content: typeof text === 'string' ? Buffer.from(text) : text };
}

/** The smallest Configuration. */
export const SMALL_META = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: small}\n';

/** An arbitrary digest. */
export const SOME_DIGEST = digestOf(Buffer.from('x'));
