import { fork, type Serializable } from 'node:child_process';
import { join } from 'node:path';

/** A program of this folder in a process of its own. */
export interface Child<To extends Serializable, From> {
  send(message: To): void;
  /** Calls `listener` with each message that comes. */
  onMessage(listener: (message: From) => void): void;
  stop(): void;
}

/** Starts `<name>.ts` of this folder. Ends with this process in any case: its channel closes then. */
export function startChild<To extends Serializable, From>(name: string): Child<To, From> {
  const child = fork(join(import.meta.dirname, `${name}.ts`), { execArgv: ['--import', 'tsx'] });
  return {
    send: (message) => void child.send(message),
    onMessage: (listener) => void child.on('message', (message: From) => listener(message)),
    stop: () => void child.kill('SIGKILL'),
  };
}
