import * as z from 'zod/mini';
import { type Digest, isDigest } from '../name/digest.ts';
import { orAbsent } from './descriptor.ts';
import { checked, parseJsonObject } from './manifest.ts';

const strings = orAbsent(z.array(z.string()));

const imageConfigSchema = z.looseObject({
  architecture: z._default(z.string(), ''),
  os: z._default(z.string(), ''),
  'os.version': z.optional(z.string()),
  variant: z.optional(z.string()),
  created: z.optional(z.string()),
  author: z.optional(z.string()),
  config: orAbsent(
    z.looseObject({
      User: z.optional(z.string()),
      Env: strings,
      Entrypoint: strings,
      Cmd: strings,
      WorkingDir: z.optional(z.string()),
      Labels: orAbsent(z.record(z.string(), z.string())),
    }),
  ),
  rootfs: z.looseObject({
    type: z.string(),
    diff_ids: z.pipe(
      z.nullish(
        z.array(
          z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), { error: 'want a sha256 digest' }),
        ),
      ),
      z.transform((ids) => ids ?? []),
    ),
  }),
  history: orAbsent(z.array(z.looseObject({}))),
});

/** An image config (image-spec v1.1.0, config.md). Fields that are not named here are kept. */
export type ImageConfig = z.infer<typeof imageConfigSchema>;

/** Reads untrusted bytes as an image config. Throws `INVALID_MANIFEST`. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  return checked(imageConfigSchema, parseJsonObject(bytes, 'image config'), 'image config');
}
