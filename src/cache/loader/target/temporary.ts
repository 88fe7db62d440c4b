import { randomUUID } from 'node:crypto';
import { readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../../internal/bytes/hash.ts';
import { errnoOf } from '../../errors.ts';
import { ifThere, orFileError } from '../../files.ts';

const PREFIX = '.package-cache-';
/** A temporary file of another loader whose process cannot be looked at is removed when it is older. */
const STALE_MS = 3_600_000;

/** Makes names for temporary files that say whose they are. */
export interface TemporaryFiles {
  /** A new path in the directory. */
  path(): string;
  /** Removes what loaders left behind that died: those of the same name at once, others as soon as that is certain. */
  removeStale(options?: { readonly atStart: boolean }): Promise<void>;
}

/** Temporary files in `directory` of the loader called `owner`. */
export async function temporaryFiles(directory: string, owner: string): Promise<TemporaryFiles> {
  const ownerTag = sha256Hex(owner).slice(0, 16);
  const self = await processTag(process.pid);
  return {
    path: () => join(directory, `${PREFIX}${ownerTag}.${self ?? 'unknown'}.${randomUUID()}`),
    async removeStale({ atStart } = { atStart: false }) {
      for (const name of await orFileError(`read ${directory}`, readdir(directory))) {
        if (!name.startsWith(PREFIX)) continue;
        const path = join(directory, name);
        const [tag, process = ''] = name.slice(PREFIX.length).split('.');
        const state = await stateOf(process, self);
        const isOwnLeftover = atStart && tag === ownerTag && state !== 'alive';
        if (state === 'dead' || isOwnLeftover || (state === 'unknown' && (await isOld(path)))) {
          await orFileError(`remove ${path}`, rm(path, { force: true }));
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
  const found = await ifThere(`look at ${path}`, stat(path));
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
}

/** Containers of one pod do not see each other's processes: only a process of the same namespace can be known to be dead. */
async function stateOf(tag: string, self: string | undefined): Promise<'alive' | 'dead' | 'unknown'> {
  const [namespace, pid = ''] = tag.split('-');
  if (self === undefined || namespace !== self.split('-')[0] || !/^[1-9][0-9]{0,9}$/.test(pid)) return 'unknown';
  return (await processTag(Number(pid))) === tag ? 'alive' : 'dead';
}

/** Identifies a process for as long as the machine runs: its namespace, number and start. Undefined without /proc. */
async function processTag(pid: number): Promise<string | undefined> {
  try {
    const namespace = /\d+/.exec(await readlink('/proc/self/ns/pid'))?.[0];
    const line = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold spaces. The state is the first field behind it, the start the 20th.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (namespace === undefined || start === undefined || state === 'Z') return undefined;
    return `${namespace}-${pid}-${start}`;
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}
