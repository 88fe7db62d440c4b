import { pipeline } from 'node:stream';
import { type Extract, extract } from 'tar-stream';
import { reasonOf } from '../../internal/reason.ts';
import { OciError, quote } from '../errors.ts';
import { limitBytes } from '../storage/blob.ts';

/** An entry of a tar. Its content can be read until the next entry is requested; unread content is skipped. */
export interface TarEntry {
  /** The name in the archive: a relative path without "..", possibly with a leading "./" or, for directories, a trailing "/". */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'link' | 'other';
  /** The permission bits. */
  readonly mode: number;
  /** The size of the content in bytes. */
  readonly size: number;
  /** The target of a link, which is not checked. */
  readonly target: string | undefined;
  /** The offset of the content in the archive, in bytes. */
  readonly offset: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Limits for an untrusted tar. */
export interface TarLimits {
  /** The limit of the archive in bytes, including headers. */
  readonly maxBytes: number;
  /** The limit of entries. Default {@link DEFAULT_MAX_ENTRIES}. */
  readonly maxEntries?: number;
}

/** The default limit of entries in an archive. */
export const DEFAULT_MAX_ENTRIES = 100_000;

/** The limit of paths in Linux. */
const MAX_NAME_LENGTH = 4_096;

// allowUnknownFormat, which tar-stream does not declare, accepts archives in formats older than USTAR, as Go does.
const PARSER_OPTIONS = { highWaterMark: 64 * 1024, allowUnknownFormat: true };

type Entry = Extract extends AsyncIterable<infer T> ? T : never;

/**
 * Reads the entries of an untrusted tar. Throws `UNSAFE_PATH` for a name that is absolute or contains "..", `TOO_LARGE` if a limit is
 * exceeded, and `INVALID_LAYER` for an archive that is corrupt, truncated or has a wrong size in a header. Errors of `source` are rethrown.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  { maxBytes, maxEntries = DEFAULT_MAX_ENTRIES }: TarLimits,
): AsyncGenerator<TarEntry, void, undefined> {
  const parser = extract(PARSER_OPTIONS);
  const input = rememberFailure(limitBytes(source, maxBytes, 'the archive'));
  // The callback prevents the error from being thrown twice; the parser passes it to the loop below.
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

/** True when `name` is a relative path without "..". */
export function isSafePath(name: string): boolean {
  return name !== '' && !name.includes('\0') && !name.startsWith('/') && !name.split('/').includes('..');
}

function toEntry(entry: Entry, failure: () => unknown): TarEntry {
  const { name, type, mode = 0, linkname } = entry.header;
  // For a directory with a size, tar-stream returns a stream that never ends. Go ignores such a size as well.
  const size = type === 'directory' ? 0 : (entry.header.size ?? 0);
  if (name.length > MAX_NAME_LENGTH) {
    throw new OciError('INVALID_LAYER', `the name of a tar entry must have at most ${MAX_NAME_LENGTH} characters`);
  }
  if (!isSafePath(name)) {
    throw new OciError(
      'UNSAFE_PATH',
      `invalid name ${quote(name)} of a tar entry: must be a relative path inside the archive`,
    );
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
  expected: number,
  failure: () => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (expected === 0) return;
  let size = 0;
  try {
    for await (const chunk of entry) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('expected tar-stream to return bytes');
      size += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    throw failure() ?? asLayerError(error);
  }
  if (size !== expected) {
    const message = `the tar entry ${quote(entry.header.name)} has ${size} bytes, but its header declares ${expected}`;
    throw new OciError('INVALID_LAYER', message);
  }
}

/** Returns the offset of the content, which tar-stream sets but does not declare. */
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

/** The beginnings of messages of tar-stream, each with a plain description. */
const TAR_REASONS = [
  ['Invalid tar header', 'not a tar, or corrupt'],
  ['Unexpected end of data', 'unexpected end of file'],
] as const;

function asLayerError(error: unknown): unknown {
  if (error instanceof OciError) return error;
  const reason = reasonOf(error);
  const why = TAR_REASONS.find(([beginning]) => reason.startsWith(beginning))?.[1] ?? reason;
  return new OciError('INVALID_LAYER', `cannot read the tar: ${why}`, { cause: error });
}
