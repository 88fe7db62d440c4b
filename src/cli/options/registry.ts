import type { Command } from 'commander';
import { ecrTokenSource } from '../../aws/index.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { MIB } from '../../internal/size.ts';
import { createRegistryClient, dockerConfigSource, firstOf, type RegistryClient } from '../../oci/index.ts';
import { type NoteOptions, notesOf } from '../output/notes.ts';
import { waitingNotes } from '../output/waiting.ts';

/** Connection options of a registry. */
export interface RegistryOptions extends NoteOptions {
  readonly caFile?: string;
  readonly insecure?: true;
}

/** The largest file of certificates that is read: those of a whole system have about 200 kB. */
const MAX_CA_BYTES = 4 * MIB;

/** Adds the options of every command that talks to a registry. */
export function withRegistry(command: Command): Command {
  return command
    .option('--ca-file <path>', 'certificates (PEM) to trust besides those of the system')
    .option('--insecure', 'use plain http where the registry does not speak TLS');
}

/** Runs `work` with a client that has the credentials of docker's config file and, for ECR, of AWS, and says what it waits for. */
export async function withClient<T>(
  options: RegistryOptions,
  work: (client: RegistryClient) => Promise<T>,
): Promise<T> {
  const { caFile, insecure } = options;
  const client = createRegistryClient({
    credentials: firstOf(dockerConfigSource(), ecrTokenSource()),
    onWait: waitingNotes(notesOf(options), process.stderr.isTTY),
    ...(insecure === undefined ? {} : { insecure }),
    ...(caFile === undefined ? {} : { ca: (await readRegularFile(caFile, MAX_CA_BYTES)).toString('utf8') }),
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
