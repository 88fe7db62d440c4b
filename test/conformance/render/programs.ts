import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';

/** The output and the exit code of a program. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function runProgram(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), closed]);
  return { code: child.exitCode, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** A function's program that listens on loopback. */
export interface RunningFunction {
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts a function's program and waits until it listens; `args` receives the address to use. */
export async function startFunction(
  program: string,
  args: (address: string) => readonly string[],
): Promise<RunningFunction> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const child = spawn(program, args(address), { stdio: ['ignore', 'ignore', 'pipe'] });
  const log: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk));
  await Promise.race([listening(port, child), failure(child, program, log)]);
  return {
    address,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Serves a function in this process, with the protocol version of `service`; an error of `answer` is status INTERNAL. */
export async function serveFunction(
  service: 'v1' | 'v1beta1',
  answer: (request: Uint8Array) => Uint8Array,
  atPort = 0,
): Promise<RunningFunction> {
  const server = new Server();
  const pass = (bytes: Buffer) => bytes;
  const method = {
    path: `/apiextensions.fn.proto.${service}.FunctionRunnerService/RunFunction`,
    requestStream: false,
    responseStream: false,
    requestSerialize: pass,
    requestDeserialize: pass,
    responseSerialize: pass,
    responseDeserialize: pass,
  };
  server.addService({ RunFunction: method }, { RunFunction: handlerOf(answer) });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${atPort}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: async () => server.forceShutdown() };
}

function handlerOf(answer: (request: Uint8Array) => Uint8Array) {
  return (call: { request: Buffer }, callback: (error: Partial<ServiceError> | null, response?: Buffer) => void) => {
    try {
      callback(null, Buffer.from(answer(call.request)));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      callback({ code: status.INTERNAL, details: error.message });
    }
  };
}

/** A free loopback port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has no port');
  return address.port;
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function failure(child: ChildProcess, program: string, log: readonly Buffer[]): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`${program} ended with ${code} before it listened:\n${Buffer.concat(log).toString()}`);
}
