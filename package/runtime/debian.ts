import { spawn } from 'node:child_process';
import { readAll, readTar, type TarInput } from '../../src/oci/index.ts';

/** What a file of the image is made from; content is in memory. */
export type ImageEntry = Exclude<TarInput, { readonly type: 'directory' }>;

const MAX_BYTES = 64 * 1024 * 1024;

/** Reads the files of a Debian package (deb(5)) that `keep` wants, by their absolute paths in the image without the leading slash. */
export async function readDebianFiles(content: Buffer, keep: (path: string) => boolean): Promise<ImageEntry[]> {
  const data = arMember(content, 'data.tar.xz');
  const entries: ImageEntry[] = [];
  for await (const entry of readTar(unxz(data), { maxBytes: MAX_BYTES })) {
    const name = entry.name.replace(/^\.\//, '');
    if (!keep(name)) continue;
    if (entry.type === 'file') {
      entries.push({ type: 'file', name, mode: entry.mode, content: await readAll(entry.content, MAX_BYTES, name) });
    } else if (entry.type === 'symlink') entries.push({ type: 'symlink', name, target: entry.target ?? '' });
  }
  return entries;
}

const AR_MAGIC = '!<arch>\n';
const AR_HEADER = 60;

/** A member of an ar(5) archive. */
function arMember(archive: Buffer, wanted: string): Buffer {
  if (archive.toString('latin1', 0, AR_MAGIC.length) !== AR_MAGIC)
    throw new Error('cannot read a Debian package: no ar');
  for (let at = AR_MAGIC.length; at + AR_HEADER <= archive.length; ) {
    const name = archive
      .toString('latin1', at, at + 16)
      .trimEnd()
      .replace(/\/$/, '');
    const size = Number(archive.toString('latin1', at + 48, at + 58));
    const start = at + AR_HEADER;
    if (name === wanted) return archive.subarray(start, start + size);
    // Members begin at even offsets.
    at = start + size + (size % 2);
  }
  throw new Error(`cannot read a Debian package: there is no ${wanted} in it`);
}

async function* unxz(compressed: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  const xz = spawn('xz', ['--decompress', '--stdout'], { stdio: ['pipe', 'pipe', 'inherit'] });
  xz.stdin.end(compressed);
  const ended = new Promise<number | null>((resolve, reject) => {
    xz.on('error', reject);
    xz.on('close', resolve);
  });
  yield* xz.stdout;
  if ((await ended) !== 0) throw new Error('cannot read a Debian package: xz failed');
}
