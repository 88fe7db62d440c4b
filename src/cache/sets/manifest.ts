import * as z from 'zod/mini';
import { parseAs } from '../../internal/parse-as.ts';
import { CacheError } from '../errors.ts';

/** The origin of cached content. */
export interface ArtifactId {
  /** The package reference without tag and digest, from which Crossplane derives the file name. */
  readonly source: string;
  /** The digest of the manifest or index, `sha256:<hex>`. */
  readonly digest: string;
}

/** Describes a file and its chunks. */
export interface SetManifest {
  readonly version: 1;
  /** The name of the file, without a path. */
  readonly file: string;
  /** The size of the file, in bytes. */
  readonly size: number;
  /** The sha256 of the file, in hex. */
  readonly sha256: string;
  /** The size of each chunk except the last, in bytes. */
  readonly chunkSize: number;
  /** The sha256 of each chunk, in hex. */
  readonly chunks: readonly string[];
  readonly artifact?: ArtifactId | undefined;
}

// The characters of ConfigMap keys. A leading dot would hide the file or lead to a parent directory. File systems allow 255 bytes, of which
// the loader needs some.
const FILE_NAME = /^[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,199}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const MAX_CHUNKS = 10_000;
/** The maximum size of a manifest: the space that is reserved for it in the first ConfigMap of a set. */
export const MAX_MANIFEST_BYTES = 65_536;

const schema = z
  .strictObject({
    version: z.literal(1),
    file: z.string().check(z.regex(FILE_NAME, 'must be a plain file name')),
    size: z.int().check(z.minimum(0)),
    sha256: z.string().check(z.regex(SHA256)),
    chunkSize: z.int().check(z.minimum(1)),
    chunks: z.array(z.string().check(z.regex(SHA256))).check(z.minLength(1), z.maxLength(MAX_CHUNKS)),
    artifact: z.optional(
      z.strictObject({
        source: z.string().check(z.minLength(1), z.maxLength(1024)),
        digest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)),
      }),
    ),
  })
  .check(
    z.refine(({ size, chunkSize, chunks }) => chunks.length === countChunks(size, chunkSize), {
      error: 'size, chunkSize and the number of chunks are inconsistent',
    }),
  );

/** True for a valid name of a file: at most 200 letters, digits, `-`, `_` and `.`, not beginning with a dot. */
export function isFileName(name: string): boolean {
  return FILE_NAME.test(name);
}

/** Returns the number of chunks of a file of `size` bytes; an empty file has one empty chunk. */
export function countChunks(size: number, chunkSize: number): number {
  return Math.max(1, Math.ceil(size / chunkSize));
}

/** Returns the size of the chunk at `index`, in bytes. */
export function chunkBytes({ size, chunkSize }: SetManifest, index: number): number {
  return Math.max(0, Math.min(chunkSize, size - index * chunkSize));
}

/** Formats a manifest in its canonical form. */
export function formatManifest(manifest: SetManifest): string {
  const { version, file, size, sha256, chunkSize, chunks, artifact } = manifest;
  const id = artifact && { source: artifact.source, digest: artifact.digest };
  return JSON.stringify({ version, file, size, sha256, chunkSize, chunks, artifact: id });
}

/** Parses an untrusted manifest; `where` is for the message. Throws `INVALID_MANIFEST`. */
export function parseManifest(text: string, where: string): SetManifest {
  const refuse = (why: string) => new CacheError('INVALID_MANIFEST', `cannot read the manifest ${where}: ${why}`);
  if (text.length > MAX_MANIFEST_BYTES) throw refuse(`it is longer than ${MAX_MANIFEST_BYTES} bytes`);
  const parsed = parseAs(text, schema);
  if ('problem' in parsed) throw refuse(parsed.problem);
  return parsed.value;
}
