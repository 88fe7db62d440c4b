import { execFile } from 'node:child_process';
import * as z from 'zod/mini';
import { parseJsonOrUndefined } from '../../internal/parse-json.ts';
import { OciError, quote } from '../errors.ts';
import type { Credentials } from './credentials.ts';

/** The time limit of a credential helper, in milliseconds. Some helpers prompt the user. */
const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** The user name that marks a helper's secret as an identity token. */
const TOKEN_USER = '<token>';
/** Printed by helpers that exit with 1 because they have no login for the server (docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = 'credentials not found in native keychain';

const outputSchema = z.object({ Username: z.string(), Secret: z.string() });

/** The outcome of running a helper. */
interface HelperResult {
  readonly stdout: string;
  readonly failure: string | undefined;
}

/**
 * Gets the credentials of a server from `docker-credential-<helper>`, or undefined if it has none. Throws `CREDENTIAL_HELPER` if the helper
 * is not installed, fails, exceeds `timeoutMs` or prints invalid output. The error never contains the output.
 */
export async function getFromHelper(
  helper: string,
  server: string,
  timeoutMs = TIMEOUT_MS,
): Promise<Credentials | undefined> {
  const { stdout, failure } = await runHelper(helper, 'get', server, timeoutMs);
  if (failure !== undefined) {
    if (stdout.includes(NOT_FOUND)) return undefined;
    throw failed(helper, failure);
  }
  const output = outputSchema.safeParse(parseJsonOrUndefined(stdout));
  if (!output.success) throw failed(helper, 'its output must be JSON with Username and Secret');
  const { Username: username, Secret: secret } = output.data;
  const from = `docker-credential-${helper}`;
  if (username === TOKEN_USER) return { kind: 'identity-token', token: secret, from };
  return username === '' && secret === '' ? undefined : { kind: 'basic', username, password: secret, from };
}

/** Stores a login in `docker-credential-<helper>`. Throws `CREDENTIAL_HELPER`. */
export async function storeInHelper(helper: string, server: string, username: string, secret: string): Promise<void> {
  const login = JSON.stringify({ ServerURL: server, Username: username, Secret: secret });
  const { failure } = await runHelper(helper, 'store', login, TIMEOUT_MS);
  if (failure !== undefined) throw failed(helper, failure);
}

/** Erases a login from `docker-credential-<helper>`. Returns false if it has none. Throws `CREDENTIAL_HELPER`. */
export async function eraseFromHelper(helper: string, server: string): Promise<boolean> {
  if ((await getFromHelper(helper, server)) === undefined) return false;
  const { failure } = await runHelper(helper, 'erase', server, TIMEOUT_MS);
  if (failure !== undefined) throw failed(helper, failure);
  return true;
}

function runHelper(
  helper: string,
  command: 'get' | 'store' | 'erase',
  input: string,
  timeoutMs: number,
): Promise<HelperResult> {
  // The name comes from a file and becomes part of the command's name.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper))
    throw failed(helper, 'its name must consist of letters, digits, ".", "_" and "-"');
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES } as const;
    const child = execFile(`docker-credential-${helper}`, [command], options, (error, stdout) => {
      resolve({ stdout, failure: error === null ? undefined : describeFailure(error, helper, command, timeoutMs) });
    });
    // A helper that exits without reading its input breaks the pipe; the callback above reports the exit.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function describeFailure(
  error: { code?: unknown; killed?: boolean | undefined; signal?: unknown },
  helper: string,
  command: string,
  timeoutMs: number,
): string {
  if (error.code === 'ENOENT') return 'it is not installed';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it printed more than ${MAX_OUTPUT_BYTES} bytes`;
  if (error.killed) return `it did not exit within ${timeoutMs / 1_000} s`;
  // Text is the code of a failed start; an exit status is a number.
  if (error.code === 'EACCES') return 'it is not executable, or a folder in PATH cannot be searched';
  if (typeof error.code === 'string') return `it cannot be started (${error.code})`;
  const end = typeof error.signal === 'string' ? `was terminated by ${error.signal}` : `exited with ${error.code}`;
  return `it ${end}; its output is not shown because it may contain secrets; to see it, run docker-credential-${helper} ${command}`;
}

function failed(helper: string, why: string): OciError {
  return new OciError(
    'CREDENTIAL_HELPER',
    `cannot use the credential helper ${quote(`docker-credential-${helper}`)}: ${why}`,
  );
}
