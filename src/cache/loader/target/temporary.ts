import { randomUUID } from 'node:crypto';
import { readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../../internal/bytes/hash.ts';
import { errnoOf } from '../../errors.ts';
import { ifExists, orFileError } from '../../files.ts';

const PREFIX = '.package-cache-';
/** The age at which a temporary file is removed if the state of its process is unknown. */
const STALE_MS = 3_600_000;

/** Temporary files whose names identify their owner and process. */
export interface TemporaryFiles {
  /** Returns a new path in the directory. */
  path(): string;
  /** Removes the files of dead loaders: those of the same owner immediately, others once they are known to be dead. */
  removeStale(options?: { readonly atStart: boolean }): Promise<void>;
}

/** Returns the temporary files of the loader called `owner` in `directory`. */
export async function temporaryFiles(directory: string, owner: string): Promise<TemporaryFiles> {
  const ownerTag = sha256Hex(owner).slice(0, 16);
  const self = await processTag(process.pid);
  return {
    path: () => join(directory, `${PREFIX}${ownerTag}.${self ?? 'unknown'}.${randomUUID()}`),
    async removeStale({ atStart } = { atStart: false }) {
      for (const name of await orFileError('read', directory, readdir(directory))) {
        if (!name.startsWith(PREFIX)) continue;
        const path = join(directory, name);
        const [tag, process = ''] = name.slice(PREFIX.length).split('.');
        const state = await stateOf(process, self);
        const isOwnLeftover = atStart && tag === ownerTag && state !== 'alive';
        if (state === 'dead' || isOwnLeftover || (state === 'unknown' && (await isOld(path)))) {
          await orFileError('remove', path, rm(path, { force: true }));
        }
      }
    },
  };
}

/** True for the name of a temporary file. */
export function isTemporary(name: string): boolean {
  return name.startsWith(PREFIX);
}

async function isOld(path: string): Promise<boolean> {
  const found = await ifExists('check', path, stat(path));
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
}

/** Returns the state of a process. Only processes of the same PID namespace can be seen, such as those of one container. */
async function stateOf(tag: string, self: string | undefined): Promise<'alive' | 'dead' | 'unknown'> {
  const [namespace, pid = ''] = tag.split('-');
  if (self === undefined || namespace !== self.split('-')[0] || !/^[1-9][0-9]{0,9}$/.test(pid)) return 'unknown';
  return (await processTag(Number(pid))) === tag ? 'alive' : 'dead';
}

/** Identifies a process until the next boot, by its PID namespace, PID and start time. Returns undefined without /proc. */
async function processTag(pid: number): Promise<string | undefined> {
  try {
    const namespace = /\d+/.exec(await readlink('/proc/self/ns/pid'))?.[0];
    const line = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in parentheses, may contain spaces. The state is the first field after it, the start time the 20th.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (namespace === undefined || start === undefined || state === 'Z') return undefined;
    return `${namespace}-${pid}-${start}`;
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}
