import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from './harness-error.ts';

/** The way to start a long-running program. */
export interface ProgramOptions {
  /** Its name in messages; its log is `<name>.log`. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly logFolder: string;
  /** Its output once it is ready; without it, it is ready when it runs. */
  readonly ready?: RegExp;
}

/** A program that runs until it is stopped. */
export interface Program {
  readonly name: string;
  readonly logFile: string;
  /** Resolves when it prints a matching line from now on. Throws {@link HarnessError} after 90 s. */
  prints(pattern: RegExp): Promise<void>;
  /** Sends SIGTERM, after `graceMs` SIGKILL, and resolves when it has ended. */
  stop(graceMs?: number): Promise<void>;
  /** Sends SIGKILL, and resolves when it has ended. */
  kill(): Promise<void>;
}

const PRINT_TIMEOUT_MS = 90_000;
const LAST_LINES = 12;

/** Starts programs that belong together: when one exits without being stopped, `signal` aborts with the reason. */
export interface Programs {
  readonly signal: AbortSignal;
  /** Resolves once the program is ready. Throws {@link HarnessError} when it ends before that, or takes longer than 90 s. */
  start(options: ProgramOptions): Promise<Program>;
  /** Aborts `signal`, so that all waits end. */
  interrupt(): void;
  /** Stops all, in reverse order. */
  stopAll(): Promise<void>;
}

/** Creates an empty group of programs. */
export function createPrograms(): Programs {
  const controller = new AbortController();
  const running: Program[] = [];
  return {
    signal: controller.signal,
    async start(options) {
      const program = await startProgram(options, (error) => controller.abort(error));
      running.push(program);
      return program;
    },
    interrupt: () => controller.abort(new HarnessError('INTERRUPTED', 'interrupted')),
    async stopAll() {
      for (const program of running.reverse()) await program.stop();
    },
  };
}

async function startProgram(options: ProgramOptions, onFailure: (error: HarnessError) => void): Promise<Program> {
  const { name, file, args, cwd, logFolder } = options;
  const logFile = join(logFolder, `${name}.log`);
  const child = spawn(file, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: logFolder, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a Ctrl-C is for the harness, which then stops its programs in order
  });
  appendFileSync(logFile, '');
  let stopping = false;
  const ended = describeEnd(child).then((end) => {
    const error = new HarnessError('PROGRAM_ENDED', `${name} ended with ${end}:\n  ${lastLines(logFile)}`);
    if (!stopping) onFailure(error);
    return error;
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => appendFileSync(logFile, text));
  const prints = async (pattern: RegExp) => {
    const failed = await Promise.race([
      matches(child, pattern),
      ended,
      notInTime(`${name} does not print ${pattern}`, logFile),
    ]);
    if (failed instanceof HarnessError) throw failed;
  };
  if (options.ready) await prints(options.ready);
  return {
    name,
    logFile,
    prints,
    async stop(graceMs = 10_000) {
      stopping = true;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(force);
    },
    async kill() {
      stopping = true;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function describeEnd(child: ChildProcess): Promise<string> {
  const failed = once(child, 'error').then(([error]) => String(error));
  const closed = once(child, 'close').then(([code, signal]) => String(signal ?? code));
  return Promise.race([failed, closed]);
}

/** Resolves at the first matching line that the program prints from now on. */
function matches(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      let line = '';
      stream?.on('data', function look(text: string) {
        line += text;
        if (pattern.test(line)) {
          stream.off('data', look);
          resolve();
        }
        line = line.slice(line.lastIndexOf('\n') + 1);
      });
    }
  });
}

function notInTime(what: string, logFile: string): Promise<HarnessError> {
  return new Promise((resolve) => {
    const give = () => resolve(new HarnessError('NOT_READY', `${what}:\n  ${lastLines(logFile)}`));
    setTimeout(give, PRINT_TIMEOUT_MS).unref();
  });
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n  ');
}
