import type { Command } from 'commander';
import { ecrTokenSource } from '../../aws/index.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { MIB } from '../../internal/size.ts';
import {
  type CredentialSource,
  type Credentials,
  createRegistryClient,
  dockerConfigSource,
  firstOf,
  OciError,
  type RegistryClient,
  type Repository,
} from '../../oci/index.ts';
import { type NoteOptions, type Notes, notesOf } from '../output/notes.ts';
import { reportedRetries, waitingNotes } from '../output/waiting.ts';
import { PASSWORD_WARNING, readPassword } from './password.ts';

/** Options for the connection to a registry. */
export interface RegistryOptions extends NoteOptions {
  readonly caFile?: string;
  readonly insecure?: true;
  readonly creds?: string;
}

/** A repository and the login for its registry: the value `user[:password]` of an option, or credentials. */
export type Login = readonly [repository: Repository, creds: string | Credentials | undefined];

/** The maximum size of a certificate file: that of a whole system has about 200 kB. */
const MAX_CA_BYTES = 4 * MIB;

/** Adds the options of every command that reads or writes a repository. */
export function withRegistry(command: Command): Command {
  return withConnection(command).option(
    '--creds <user[:password]>',
    'login for the registry; without a password, it is read from standard input',
  );
}

/** Adds the options for connections to a registry. */
export function withConnection(command: Command): Command {
  return command
    .option('--ca-file <path>', 'certificates (PEM) to trust in addition to those of the system')
    .option('--insecure', 'use plain HTTP if the registry does not support TLS');
}

/**
 * Runs `work` with a client that has the credentials of `logins`, of docker's config file and, for ECR, of AWS. Reports long waits.
 */
export async function withClient<T>(
  options: RegistryOptions,
  work: (client: RegistryClient) => Promise<T>,
  logins: readonly Login[] = [],
): Promise<T> {
  const { caFile, insecure } = options;
  const notes = notesOf(options);
  const client = createRegistryClient({
    credentials: firstOf(await sourceOf(logins, notes), dockerConfigSource(), ecrTokenSource()),
    onWait: waitingNotes(notes, process.stderr.isTTY),
    retry: reportedRetries(notes),
    ...(insecure === undefined ? {} : { insecure }),
    ...(caFile === undefined ? {} : { ca: await readAuthorities(caFile) }),
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function readAuthorities(path: string): Promise<string> {
  const pem = (await readRegularFile(path, MAX_CA_BYTES)).toString('utf8');
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new OciError('INVALID_CREDENTIALS', `cannot use --ca-file ${path}: it has no certificate in PEM`);
}

/** Returns the credentials of options, each for its own registry only. Of two for one registry, a repository gets its own. */
async function sourceOf(logins: readonly Login[], notes: Notes): Promise<CredentialSource> {
  const given: { readonly of: Repository; readonly credentials: Credentials }[] = [];
  for (const [of, creds] of logins) {
    if (creds !== undefined) given.push({ of, credentials: await parseCreds(creds, of, notes) });
  }
  return {
    get: async ({ registry, repository }) => {
      const ofRegistry = given.filter((login) => login.of.registry === registry);
      const own = ofRegistry.find((login) => login.of.repository === repository);
      return (own ?? ofRegistry[0])?.credentials;
    },
  };
}

async function parseCreds(creds: string | Credentials, { registry }: Repository, notes: Notes): Promise<Credentials> {
  if (typeof creds !== 'string') return creds;
  const colon = creds.indexOf(':');
  const from = '--creds';
  if (colon < 0) {
    const password = await readPassword(`${creds} at ${registry}`);
    return { kind: 'basic', username: creds, password, from };
  }
  notes.warn(PASSWORD_WARNING);
  return { kind: 'basic', username: creds.slice(0, colon), password: creds.slice(colon + 1), from };
}
