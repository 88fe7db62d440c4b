import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** The bundled program, which `npm test` builds beforehand. */
export const PROGRAM = `${import.meta.dirname}/../dist/main.js`;

/** What a program that ended has left. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, and the end of it. */
export interface Running {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;
}

/** Starts the bundled program; `env` is all of its environment beside PATH. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  if (!existsSync(PROGRAM)) throw new Error('dist/main.js is missing: npm run build');
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...output }));
  return { process: child, ended };
}

/** Runs the bundled program to its end. */
export function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return startProgram(args, env).ended;
}
