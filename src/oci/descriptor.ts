import * as z from 'zod';
import { type Digest, isDigest } from './digest.ts';

/** What an image runs on (image-spec v1.1.0, image-index.md). */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string | undefined;
  readonly 'os.features'?: readonly string[] | undefined;
  readonly variant?: string | undefined;
}

/** Points at content by digest (image-spec v1.1.0, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
  readonly platform?: Platform | undefined;
  readonly artifactType?: string | undefined;
  readonly urls?: readonly string[] | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** Annotations as untrusted JSON; null counts as none, as Go writers produce it. */
export const annotationsSchema = z.record(z.string(), z.string()).nullish().transform(absent);

const platformSchema = z.object({
  architecture: z.string().default(''),
  os: z.string().default(''),
  'os.version': z.string().optional(),
  'os.features': z.array(z.string()).nullish().transform(absent),
  variant: z.string().optional(),
});

/** A descriptor as untrusted JSON. Only sha256 digests pass. */
export const descriptorSchema = z.object({
  mediaType: z.string().min(1),
  size: z.int().nonnegative(),
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), {
    error: 'want sha256: and 64 lower-case hex digits',
  }),
  platform: platformSchema.nullish().transform(absent),
  artifactType: z.string().optional(),
  urls: z.array(z.string()).nullish().transform(absent),
  annotations: annotationsSchema,
});

/** Turns null, which Go writers produce for "not there", into undefined. */
export function absent<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}
