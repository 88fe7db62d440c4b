import * as z from 'zod/mini';
import { type Digest, isDigest } from '../name/digest.ts';
import { orAbsent, orEmpty } from './descriptor.ts';
import { checked, parseJsonObject } from './manifest.ts';

const strings = orAbsent(z.array(z.string()));

const diffIdSchema = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), {
  error: 'must be a sha256 digest',
});

const imageConfigSchema = z.looseObject({
  architecture: orEmpty(z.string(), ''),
  os: orEmpty(z.string(), ''),
  'os.version': z.nullish(z.string()),
  variant: z.nullish(z.string()),
  created: z.nullish(z.string()),
  author: z.nullish(z.string()),
  config: orAbsent(
    z.looseObject({
      User: z.nullish(z.string()),
      Env: strings,
      Entrypoint: strings,
      Cmd: strings,
      WorkingDir: z.nullish(z.string()),
      Labels: orAbsent(z.record(z.string(), z.string())),
    }),
  ),
  rootfs: orEmpty(
    z.looseObject({ type: orEmpty(z.string(), 'layers'), diff_ids: orEmpty(z.array(diffIdSchema), []) }),
    {
      type: 'layers',
      diff_ids: [],
    },
  ),
  history: orAbsent(z.array(z.looseObject({}))),
});

/**
 * An image config (image-spec v1.1.0, config.md). Unknown fields are preserved. A config without `rootfs`, as ORAS writes it, has no
 * diff IDs.
 */
export type ImageConfig = z.infer<typeof imageConfigSchema>;

/** Parses untrusted bytes as an image config. Throws `INVALID_MANIFEST`. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  return checked(imageConfigSchema, parseJsonObject(bytes, 'image config'), 'image config');
}
