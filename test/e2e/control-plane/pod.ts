/**
 * Runs a program in a separate network, in which 127.0.0.1:6443 leads to the API server: for programs with the same fixed ports as
 * others. `unshare --net node pod.ts SOCKET PROGRAM ARGUMENT…`; at the socket, {@link forwardTo} listens outside.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { runProgram } from '../../tools/run-program.ts';

const PORT = 6443;
const HOST = '127.0.0.1';

/** Forwards connections of a Unix socket to the API server. */
export async function forwardTo(socket: string): Promise<Server> {
  const server = createServer((inside) => join(inside, connect(PORT, HOST)));
  await once(server.listen(socket), 'listening');
  return server;
}

function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}

async function main([socket = '', program = '', ...args]: readonly string[]): Promise<void> {
  await runProgram('ip', ['link', 'set', 'lo', 'up']);
  const server = createServer((inside) => join(inside, connect(socket)));
  await once(server.listen(PORT, HOST), 'listening');
  const child = spawn(program, args, { stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  process.exit(code ?? 1);
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
