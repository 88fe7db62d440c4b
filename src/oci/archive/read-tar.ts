import { pipeline } from 'node:stream';
import { type Extract, extract } from 'tar-stream';
import { reasonOf } from '../../internal/reason.ts';
import { OciError, quote } from '../errors.ts';
import { limitBytes } from '../storage/blob.ts';

/** One entry of a tar. Its content can be read until the next entry is requested; unread content is skipped. */
export interface TarEntry {
  /** As it stands in the archive: relative and without "..", but maybe with a leading "./" or, for directories, a trailing "/". */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'link' | 'other';
  /** Permission bits. */
  readonly mode: number;
  /** Bytes of content. */
  readonly size: number;
  /** The target of a link, unchecked. */
  readonly target: string | undefined;
  /** Offset of the content in the archive, in bytes. */
  readonly offset: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Limits of an untrusted tar. */
export interface TarLimits {
  /** Bytes of the whole archive, headers included. */
  readonly maxBytes: number;
  /** Entries of the whole archive. Default {@link DEFAULT_MAX_ENTRIES}. */
  readonly maxEntries?: number;
}

/** The default limit of entries in an archive. */
export const DEFAULT_MAX_ENTRIES = 100_000;

/** As long as Linux lets a path be. */
const MAX_NAME_LENGTH = 4_096;

// allowUnknownFormat, which tar-stream does not declare, admits archives from before USTAR, as Go does.
const PARSER_OPTIONS = { highWaterMark: 64 * 1024, allowUnknownFormat: true };

type Entry = Extract extends AsyncIterable<infer T> ? T : never;

/**
 * Reads an untrusted tar entry by entry. Throws `UNSAFE_PATH` for a name that is absolute or climbs out, `TOO_LARGE` over the limits,
 * and `INVALID_LAYER` for an archive that is corrupt, ends early or lies about sizes. What `source` throws passes through.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  { maxBytes, maxEntries = DEFAULT_MAX_ENTRIES }: TarLimits,
): AsyncGenerator<TarEntry, void, undefined> {
  const parser = extract(PARSER_OPTIONS);
  const input = rememberFailure(limitBytes(source, maxBytes, 'the archive'));
  // The callback only keeps the error from being thrown twice: it reaches the loop below through the parser.
  pipeline(input.bytes, parser, () => undefined);
  let entries = 0;
  try {
    for await (const entry of parser) {
      entries += 1;
      if (entries > maxEntries) throw new OciError('TOO_LARGE', `the archive has more than ${maxEntries} entries`);
      yield toEntry(entry, input.failure);
      entry.resume();
    }
  } catch (error) {
    throw input.failure() ?? asLayerError(error);
  } finally {
    parser.destroy();
  }
}

/** True when `name` is relative and stays in its folder. */
export function isSafePath(name: string): boolean {
  return name !== '' && !name.includes('\0') && !name.startsWith('/') && !name.split('/').includes('..');
}

function toEntry(entry: Entry, failure: () => unknown): TarEntry {
  const { name, type, mode = 0, linkname } = entry.header;
  // tar-stream gives directories that state a size a stream that never ends. Go ignores that size, too.
  const size = type === 'directory' ? 0 : (entry.header.size ?? 0);
  if (name.length > MAX_NAME_LENGTH) {
    throw new OciError('INVALID_LAYER', `the name of a tar entry is longer than ${MAX_NAME_LENGTH} characters`);
  }
  if (!isSafePath(name)) {
    throw new OciError('UNSAFE_PATH', `the tar entry ${quote(name)} is not a relative path inside the archive`);
  }
  return {
    name,
    type: ENTRY_TYPES.get(type ?? '') ?? 'other',
    mode: mode & 0o7777,
    size,
    target: linkname ?? undefined,
    offset: byteOffset(entry.header),
    content: content(entry, size, failure),
  };
}

const ENTRY_TYPES = new Map<string, TarEntry['type']>([
  ['file', 'file'],
  ['contiguous-file', 'file'],
  ['directory', 'directory'],
  ['symlink', 'symlink'],
  ['link', 'link'],
]);

async function* content(
  entry: Entry,
  stated: number,
  failure: () => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (stated === 0) return;
  let size = 0;
  try {
    for await (const chunk of entry) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('tar-stream gave something other than bytes');
      size += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    throw failure() ?? asLayerError(error);
  }
  if (size !== stated) {
    throw new OciError('INVALID_LAYER', `the tar entry ${quote(entry.header.name)} is shorter than it says`);
  }
}

/** tar-stream sets this but does not declare it. */
function byteOffset(header: object): number {
  return 'byteOffset' in header && typeof header.byteOffset === 'number' ? header.byteOffset : Number.NaN;
}

function rememberFailure(source: AsyncIterable<Uint8Array>) {
  let failure: unknown;
  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* source;
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return { bytes: bytes(), failure: () => failure };
}

/** The beginnings of messages of tar-stream, each with its meaning. */
const TAR_REASONS = [
  ['Invalid tar header', 'it is not a tar, or damaged'],
  ['Unexpected end of data', 'it ends too early'],
] as const;

function asLayerError(error: unknown): unknown {
  if (error instanceof OciError) return error;
  const reason = reasonOf(error);
  const why = TAR_REASONS.find(([said]) => reason.startsWith(said))?.[1] ?? reason;
  return new OciError('INVALID_LAYER', `cannot read the tar: ${why}`, { cause: error });
}
