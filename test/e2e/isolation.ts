import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../tools/run-program.ts';
import { ToolError } from '../tools/tool-error.ts';
import { HarnessError } from './harness-error.ts';

const MARK = 'FUNCTION_WORKLOAD_ECR_E2E_INSIDE';

/** True in the process that {@link runIsolated} started. */
export const isIsolated = process.env[MARK] === '1';

/**
 * Runs a script again in separate network, mount and process namespaces, and returns its exit code. Every run has the whole loopback
 * network and its own /etc/hosts, no access to the internet, and the kernel ends all its programs with it, however it ends.
 */
export async function runIsolated(script: string, args: readonly string[]): Promise<number> {
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child=SIGKILL'];
  const node = [process.execPath, '--import', 'tsx', script, ...args];
  const child = spawn('unshare', [...namespaces, '--', ...node], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1' },
  });
  // The terminal sends Ctrl-C to both; the inner process cleans up and the outer one exits with it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGKILL'));
  const [code] = await once(child, 'exit').catch((cause: Error) => {
    throw new HarnessError('NO_NAMESPACES', `cannot start unshare: ${cause.message}; it comes with util-linux`, {
      cause,
    });
  });
  return typeof code === 'number' ? code : 1;
}

/** Names and the addresses that they resolve to. */
export type Hosts = Readonly<Record<string, readonly string[]>>;

const HOSTS_FILE = '/etc/hosts';

/** Prepares the namespaces: loopback up, and these names resolved to addresses on it. */
export async function prepareNamespaces(folder: string, hosts: Hosts): Promise<void> {
  const file = join(folder, 'hosts');
  writeFileSync(file, hostLines(hosts));
  try {
    await runProgram('ip', ['link', 'set', 'lo', 'up']);
    await runProgram('mount', ['--bind', file, HOSTS_FILE]);
  } catch (cause) {
    if (!(cause instanceof ToolError)) throw cause;
    const message = `cannot set up the run's namespaces: ${cause.message}; run as root, with iproute2 and util-linux`;
    throw new HarnessError('NO_NAMESPACES', message, { cause });
  }
}

/** Resolves names to other addresses from now on, inside the run's namespaces. */
export function resolveHosts(hosts: Hosts): void {
  if (!isIsolated) throw new HarnessError('NO_NAMESPACES', `this would change the machine's own ${HOSTS_FILE}`);
  writeFileSync(HOSTS_FILE, hostLines(hosts));
}

function hostLines(hosts: Hosts): string {
  return Object.entries({ localhost: ['127.0.0.1'], ...hosts })
    .flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}\n`))
    .join('');
}

/** A command that opens a shell inside this run, for a user on the same machine. */
export function enterCommand(): string {
  // /proc still shows the outer process namespace, so this is the id that the user's shell knows.
  return `nsenter --target ${readlinkSync('/proc/self')} --net --mount --wd=.`;
}
