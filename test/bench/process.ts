import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Client, credentials } from '@grpc/grpc-js';

/** The path of RunFunction. */
export const RUN_FUNCTION = '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction';
const pass = (bytes: Buffer) => bytes;

/** A server program under measurement. */
export interface Measured {
  readonly address: string;
  readonly process: ChildProcess;
  call(request: Buffer): Promise<Buffer>;
  stop(): Promise<void>;
}

/** A program and its first arguments. */
export type Command = readonly [string, ...string[]];

/** Starts `node ARGS`, or another command with them, and waits until it answers `request`; gives the milliseconds to that answer too. */
export async function start(
  argv: (address: string) => readonly string[],
  request: Buffer,
  [file, ...first]: Command = [process.execPath],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Measured & { readonly firstAnswerMs: number }> {
  const address = `127.0.0.1:${await freePort()}`;
  const begin = performance.now();
  const child = spawn(file, [...first, ...argv(address)], { stdio: ['ignore', 'ignore', 'inherit'], env });
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 5,
    'grpc.max_reconnect_backoff_ms': 5,
  });
  const call = (bytes: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(RUN_FUNCTION, pass, pass, bytes, (error, response) => {
        if (error || !response) reject(error ?? new Error('no response'));
        else resolve(response);
      });
    });
  await connected(address);
  await call(request);
  const firstAnswerMs = performance.now() - begin;
  const stop = async () => {
    client.close();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
  };
  return { address, process: child, call, stop, firstAnswerMs };
}

/** CPU time that the threads of a process have used, in microseconds. `stat` counts in clock ticks, which are as long as a hundred calls. */
export function cpuMicros(pid: number | undefined): number {
  const nanosecondsOf = (thread: string) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + nanosecondsOf(thread), 0) / 1_000;
}

/** Resident memory of a process now, in MiB. */
export function residentMiB(pid: number | undefined): number {
  return statusMiB(pid, 'VmRSS');
}

/** The most resident memory that a process has had, in MiB. */
export function peakMiB(pid: number | undefined): number {
  return statusMiB(pid, 'VmHWM');
}

function statusMiB(pid: number | undefined, field: string): number {
  const line = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}

/** Makes `calls` calls with the requests in turn, `concurrency` at once. */
export async function load(
  server: Measured,
  requests: readonly Buffer[],
  calls: number,
  concurrency: number,
): Promise<void> {
  let left = calls;
  const worker = async () => {
    while (left-- > 0) {
      const request = requests[left % requests.length];
      if (request) await server.call(request);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function connected(address: string): Promise<void> {
  const { connect } = await import('node:net');
  const [host, port] = address.split(':');
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), host, () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
