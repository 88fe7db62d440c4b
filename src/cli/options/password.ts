import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { OciError, readAll } from '../../oci/index.ts';

/** The maximum size of a password on standard input: tokens of ECR have about 2,500 characters. */
const MAX_BYTES = 65_536;

/** The warning about a password among the arguments. */
export const PASSWORD_WARNING =
  'warning: a password on the command line is visible in the process list and the shell history; use standard input';

/** Reads a password from standard input: from a terminal without echo, else all bytes except a trailing line break. */
export async function readPassword(what: string): Promise<string> {
  const password = process.stdin.isTTY ? await typed(what) : await piped();
  if (password !== '' && !/[\r\n]/.test(password)) return password;
  const why = password === '' ? 'it is empty' : 'it must be one line';
  throw new OciError('INVALID_CREDENTIALS', `invalid password for ${what} on standard input: ${why}`);
}

async function piped(): Promise<string> {
  const bytes = await readAll(process.stdin, MAX_BYTES, 'the password');
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}

async function typed(what: string): Promise<string> {
  process.stderr.write(`Password for ${what}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
