import * as z from 'zod/mini';
import { type Digest, isDigest } from '../name/digest.ts';

/** The platform that an image runs on (image-spec v1.1.0, image-index.md). */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string | undefined;
  readonly 'os.features'?: readonly string[] | undefined;
  readonly variant?: string | undefined;
}

/** A reference to content by digest (image-spec v1.1.0, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
  readonly platform?: Platform | undefined;
  readonly artifactType?: string | undefined;
  readonly urls?: readonly string[] | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** The content in base64, which makes a download unnecessary. */
  readonly data?: string | undefined;
}

/** Annotations as untrusted JSON. Null, which Go programs write for an empty map, counts as absent. */
export const annotationsSchema = orAbsent(z.record(z.string(), z.string()));

const platformSchema = z.object({
  architecture: orEmpty(z.string(), ''),
  os: orEmpty(z.string(), ''),
  'os.version': orAbsent(z.string()),
  'os.features': orAbsent(z.array(z.string())),
  variant: orAbsent(z.string()),
});

/** A descriptor as untrusted JSON. Only sha256 digests are accepted. */
export const descriptorSchema = z.object({
  mediaType: z.string().check(z.minLength(1)),
  size: z.int().check(z.nonnegative()),
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), {
    error: 'must be sha256: followed by 64 lower-case hex digits',
  }),
  platform: orAbsent(platformSchema),
  artifactType: orAbsent(z.string()),
  urls: orAbsent(z.array(z.string())),
  annotations: annotationsSchema,
  data: orAbsent(z.string()),
});

/** Makes a value optional. Null, which Go programs write for an absent value, becomes undefined. */
export function orAbsent<T extends z.ZodMiniType>(schema: T) {
  return z.pipe(
    z.nullish(schema),
    z.transform((value) => value ?? undefined),
  );
}

/** Makes a value optional. An absent value and null become `empty`, as in Go. */
export function orEmpty<T extends z.ZodMiniType>(schema: T, empty: z.output<T>) {
  return z.pipe(
    z.nullish(schema),
    z.transform((value): z.output<T> => value ?? empty),
  );
}
