import * as z from 'zod';
import { absent } from './descriptor.ts';
import { type Digest, isDigest } from './digest.ts';
import { checked, parseJsonObject } from './manifest.ts';

const strings = z.array(z.string()).nullish().transform(absent);

const imageConfigSchema = z.looseObject({
  architecture: z.string().default(''),
  os: z.string().default(''),
  'os.version': z.string().optional(),
  variant: z.string().optional(),
  created: z.string().optional(),
  author: z.string().optional(),
  config: z
    .looseObject({
      User: z.string().optional(),
      Env: strings,
      Entrypoint: strings,
      Cmd: strings,
      WorkingDir: z.string().optional(),
      Labels: z.record(z.string(), z.string()).nullish().transform(absent),
    })
    .nullish()
    .transform(absent),
  rootfs: z.looseObject({
    type: z.string(),
    diff_ids: z
      .array(
        z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), { error: 'want a sha256 digest' }),
      )
      .nullish()
      .transform((ids) => ids ?? []),
  }),
  history: z.array(z.looseObject({})).nullish().transform(absent),
});

/** An image config (image-spec v1.1.0, config.md). Fields that are not named here are kept. */
export type ImageConfig = z.infer<typeof imageConfigSchema>;

/** Reads untrusted bytes as an image config. Throws `INVALID_MANIFEST`. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  return checked(imageConfigSchema, parseJsonObject(bytes, 'image config'), 'image config');
}
