import { OciError, quote } from '../errors.ts';

/** A file for a tar. Its content is in memory, or opened when the file is written. */
export interface TarFile {
  readonly type: 'file';
  readonly name: string;
  /** The permission bits. Default 0o644. */
  readonly mode?: number;
  readonly content: Uint8Array | { readonly size: number; open(): AsyncIterable<Uint8Array> };
}

/** An entry for {@link writeTar}. The owner is 0:0 and the time is the epoch, so that equal input gives equal bytes. */
export type TarInput =
  | TarFile
  | { readonly type: 'directory'; readonly name: string; readonly mode?: number }
  | { readonly type: 'symlink'; readonly name: string; readonly target: string };

const BLOCK = 512;
const MAX_SIZE = 0o77777777777;
const TYPE_FLAGS = { file: '0', symlink: '2', directory: '5' } as const;

/**
 * Writes entries as a USTAR archive (POSIX.1-2017, pax, "ustar Interchange Format") with the field padding of Go's writer. Throws
 * `INVALID_LAYER` for entries that USTAR does not support (a name over 255 bytes, a file of 8 GiB) and `SIZE_MISMATCH` if the content of a
 * file does not have the announced size.
 */
export async function* writeTar(
  entries: Iterable<TarInput> | AsyncIterable<TarInput>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const entry of entries) {
    yield header(entry);
    if (entry.type === 'file') yield* body(entry);
  }
  yield Buffer.alloc(2 * BLOCK);
}

async function* body({ name, content }: TarFile): AsyncGenerator<Uint8Array, void, undefined> {
  if (content instanceof Uint8Array) {
    if (content.byteLength > 0) yield content;
  } else {
    let written = 0;
    for await (const chunk of content.open()) {
      written += chunk.byteLength;
      if (written > content.size) throw sizeMismatch(name, content.size, `more than ${content.size}`);
      yield chunk;
    }
    if (written !== content.size) throw sizeMismatch(name, content.size, String(written));
  }
  const padding = -sizeOf(content) & (BLOCK - 1);
  if (padding > 0) yield Buffer.alloc(padding);
}

function header(entry: TarInput): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = splitName(
    entry.type === 'directory' && !entry.name.endsWith('/') ? `${entry.name}/` : entry.name,
  );
  const size = entry.type === 'file' ? sizeOf(entry.content) : 0;
  if (size > MAX_SIZE)
    throw new OciError('INVALID_LAYER', `cannot write ${quote(entry.name)} to a tar: must be smaller than 8 GiB`);
  block.write(name, 0);
  writeOctal(block, 100, 7, modeOf(entry));
  writeOctal(block, 108, 7, 0);
  writeOctal(block, 116, 7, 0);
  writeOctal(block, 124, 11, size);
  writeOctal(block, 136, 11, 0);
  block.write(TYPE_FLAGS[entry.type], 156);
  if (entry.type === 'symlink') block.write(checkTarget(entry.target), 157);
  block.write('ustar\x0000', 257);
  writeOctal(block, 329, 7, 0);
  writeOctal(block, 337, 7, 0);
  block.write(prefix, 345);
  block.fill(' ', 148, 156);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function modeOf(entry: TarInput): number {
  if (entry.type === 'symlink') return 0o777;
  return entry.mode ?? (entry.type === 'directory' ? 0o755 : 0o644);
}

function sizeOf(content: TarFile['content']): number {
  return content instanceof Uint8Array ? content.byteLength : content.size;
}

function writeOctal(block: Buffer, offset: number, digits: number, value: number): void {
  block.write(value.toString(8).padStart(digits, '0'), offset);
}

/** Splits a name into USTAR's prefix (155 bytes) and name (100 bytes) at the last possible slash. */
function splitName(name: string): [prefix: string, name: string] {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || name.includes('\0'))
    throw new OciError('INVALID_LAYER', `invalid name ${quote(name)} of a tar entry: must not be empty or contain NUL`);
  if (bytes <= 100) return ['', name];
  for (let slash = name.lastIndexOf('/', name.length - 2); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
    const prefix = name.slice(0, slash);
    const rest = name.slice(slash + 1);
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(rest) <= 100) return [prefix, rest];
  }
  throw new OciError('INVALID_LAYER', `cannot write ${quote(name)} to a tar: the name is too long for USTAR`);
}

function checkTarget(target: string): string {
  if (Buffer.byteLength(target) <= 100) return target;
  throw new OciError('INVALID_LAYER', `cannot write a link to ${quote(target)} to a tar: must have at most 100 bytes`);
}

function sizeMismatch(name: string, expected: number, got: string): OciError {
  return new OciError('SIZE_MISMATCH', `cannot write ${quote(name)} to a tar: expected ${expected} bytes, got ${got}`);
}
