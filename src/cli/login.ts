import { Command } from 'commander';
import { OciError, type RegistryClient, saveLogin } from '../oci/index.ts';
import { PASSWORD_WARNING, readPassword } from './options/password.ts';
import { type RegistryOptions, withClient, withConnection } from './options/registry.ts';
import { parseRegistry } from './options/registry-name.ts';
import { withExamples } from './output/help.ts';
import { notesOf } from './output/notes.ts';
import { waitingForHelper } from './output/waiting.ts';

interface LoginOptions extends RegistryOptions {
  readonly username: string;
  readonly password?: string;
  readonly passwordStdin?: true;
}

/** Returns `login`, which stores a login for docker, crane and this program. */
export function loginCommand(): Command {
  const command = new Command('login')
    .description("log in to a registry; stores the login in docker's config file or its credential helper")
    .argument('<registry>', 'host[:port]')
    .requiredOption('-u, --username <name>', 'user name')
    .option('--password-stdin', 'read the password from standard input')
    .option('-p, --password <password>', 'password; visible to other users, so prefer standard input');
  return withExamples(
    withConnection(command).action(login),
    ['log in with a password that you type', 'login registry.example.com -u ci'],
    [
      'log in to ECR for other programs; this one does so automatically',
      'login -u AWS --password-stdin \\\n123456789012.dkr.ecr.eu-west-2.amazonaws.com < token',
    ],
  );
}

async function login(name: string, options: LoginOptions): Promise<void> {
  const registry = parseRegistry(name);
  const { username } = options;
  const notes = notesOf(options);
  const password = await passwordOf(`${username} at ${registry}`, options, notes.warn);
  const credentials = { kind: 'basic', username, password, from: 'this command' } as const;
  const check = (client: RegistryClient) => client.checkLogin(registry);
  await withClient(options, check, [[{ registry, repository: '' }, credentials]]);
  const place = await waitingForHelper(notes, () => saveLogin(registry, credentials));
  notes.info(`logged in to ${registry} as ${username}; the login is stored in ${place}`);
}

async function passwordOf(
  what: string,
  { password, passwordStdin }: LoginOptions,
  warn: (line: string) => void,
): Promise<string> {
  if (password !== undefined && passwordStdin) throw invalid('--password must not be used with --password-stdin');
  if (password !== undefined) {
    warn(PASSWORD_WARNING);
    return password;
  }
  if (!passwordStdin && !process.stdin.isTTY) throw invalid('standard input is not a terminal; use --password-stdin');
  return readPassword(what);
}

function invalid(why: string): OciError {
  return new OciError('INVALID_CREDENTIALS', `cannot log in: ${why}`);
}
