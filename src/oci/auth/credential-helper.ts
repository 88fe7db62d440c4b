import { execFile } from 'node:child_process';
import * as z from 'zod/mini';
import { parseJsonOrUndefined } from '../../internal/parse-json.ts';
import { OciError, quote } from '../errors.ts';
import type { Credentials } from './credentials.ts';

/** Milliseconds a credential helper may take: some ask a person. */
const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** The user name by which a helper says that the secret is an identity token. */
const TOKEN_USER = '<token>';
/** Printed by helpers that exit with 1 because they have nothing for the server (docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = 'credentials not found in native keychain';

const outputSchema = z.object({ Username: z.string(), Secret: z.string() });

/** The outcome of running a helper. */
interface HelperResult {
  readonly stdout: string;
  readonly failure: string | undefined;
}

/**
 * Asks `docker-credential-<helper>` for the credentials of a server; undefined when it has none. Throws `CREDENTIAL_HELPER` when it
 * is not there, fails, takes longer than `timeoutMs`, or answers something else. What it printed never gets into the error.
 */
export async function askCredentialHelper(
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
  if (!output.success) throw failed(helper, 'its output is not JSON with Username and Secret');
  const { Username: username, Secret: secret } = output.data;
  const from = `docker-credential-${helper}`;
  if (username === TOKEN_USER) return { kind: 'identity-token', token: secret, from };
  return username === '' && secret === '' ? undefined : { kind: 'basic', username, password: secret, from };
}

/** Gives a login to `docker-credential-<helper>` to keep. Throws `CREDENTIAL_HELPER`. */
export async function storeInHelper(helper: string, server: string, username: string, secret: string): Promise<void> {
  const login = JSON.stringify({ ServerURL: server, Username: username, Secret: secret });
  const { failure } = await runHelper(helper, 'store', login, TIMEOUT_MS);
  if (failure !== undefined) throw failed(helper, failure);
}

/** Has `docker-credential-<helper>` forget a login; false when it has none. Throws `CREDENTIAL_HELPER`. */
export async function eraseFromHelper(helper: string, server: string): Promise<boolean> {
  if ((await askCredentialHelper(helper, server)) === undefined) return false;
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
  // The name comes from a file and becomes part of a command's.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper)) throw failed(helper, 'its name is not a file name');
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES } as const;
    const child = execFile(`docker-credential-${helper}`, [command], options, (error, stdout) => {
      resolve({ stdout, failure: error === null ? undefined : describeFailure(error, helper, command, timeoutMs) });
    });
    // A helper that ends without reading breaks the pipe; the callback above reports how it ended.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function describeFailure(
  error: { code?: unknown; killed?: boolean | undefined },
  helper: string,
  command: string,
  timeoutMs: number,
): string {
  if (error.code === 'ENOENT') return 'it is not installed';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it printed more than ${MAX_OUTPUT_BYTES} bytes`;
  if (error.killed) return `it did not end within ${timeoutMs / 1_000} s`;
  return `it ended with ${String(error.code)}, and what it said may be secret; run it by hand: docker-credential-${helper} ${command}`;
}

function failed(helper: string, why: string): OciError {
  return new OciError(
    'CREDENTIAL_HELPER',
    `cannot use the credential helper ${quote(`docker-credential-${helper}`)}: ${why}`,
  );
}
