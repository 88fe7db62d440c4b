import type { Command } from 'commander';
import { ecrTokenSource } from '../../aws/index.ts';
import { quote } from '../../internal/quote.ts';
import { readRegularFile } from '../../internal/read-file.ts';
import { createRegistryClient, dockerConfigSource, firstOf, type RegistryClient } from '../../oci/index.ts';
import { XpkgError } from '../../xpkg/errors.ts';

/** Connection options of a registry. */
export interface RegistryOptions {
  readonly caFile?: string;
  readonly insecure?: true;
}

/** The largest file of certificates that is read: those of a whole system have about 200 kB. */
const MAX_CA_BYTES = 4 * 1_048_576;

/** Adds the options of every command that talks to a registry. */
export function withRegistry(command: Command): Command {
  return command
    .option('--ca-file <path>', 'certificates (PEM) to trust besides those of the system')
    .option('--insecure', 'use plain http where the registry does not speak TLS');
}

/** Runs `work` with a client that has the credentials of docker's config file and, for ECR, of AWS. */
export async function withClient<T>(
  { caFile, insecure }: RegistryOptions,
  work: (client: RegistryClient) => Promise<T>,
): Promise<T> {
  const client = createRegistryClient({
    credentials: firstOf(dockerConfigSource(), ecrTokenSource()),
    ...(insecure === undefined ? {} : { insecure }),
    ...(caFile === undefined ? {} : { ca: (await readRegularFile(caFile, MAX_CA_BYTES)).toString('utf8') }),
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Collects values that are given comma separated, or by repeating the option. */
export function addList(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, ...value.split(',').filter((part) => part !== '')];
}

/** Collects key=value pairs; the value may hold more equals signs. */
export function addPair(pair: string, earlier: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const equals = pair.indexOf('=');
  if (equals > 0) return { ...earlier, [pair.slice(0, equals)]: pair.slice(equals + 1) };
  throw new XpkgError('INVALID_ARGUMENT', `cannot use the annotation ${quote(pair)}: want key=value`);
}
