import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ToolError } from './tool-error.ts';

const howToGet: Readonly<Record<string, string>> = {
  go: 'install Go 1.26 or newer from https://go.dev/dl',
  python3: 'install it with: apt-get install python3 python3-venv',
  'apt-get': 'etcd and docker-registry come from Debian packages, so this needs Debian or Ubuntu',
  'dpkg-deb': 'install it with: apt-get install dpkg',
};

/** Lines of a failed program's output that its error repeats. */
const keptLines = 15;

/** Runs a program to its end and gives what it wrote to standard output; its failure becomes one ToolError. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? String(code)));
  });
  // Both pipes are read while the program runs: a full one would stop it.
  const [status, output, errors] = await Promise.all([
    ended.catch((cause: unknown) => {
      throw startError(program, cause);
    }),
    text(child.stdout),
    text(child.stderr),
  ]);
  if (status === '0') return output;
  const said = `${output}${errors}`.trimEnd().split('\n').slice(-keptLines).join('\n  ');
  throw new ToolError('STEP_FAILED', `${program} ${args.join(' ')} ended with ${status}:\n  ${said}`);
}

function startError(program: string, cause: unknown): ToolError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const hint = howToGet[program];
  return hint === undefined
    ? new ToolError('STEP_FAILED', `cannot start ${program}: ${why}`, { cause })
    : new ToolError('PROGRAM_MISSING', `cannot start ${program} (${why}): ${hint}`, { cause });
}
