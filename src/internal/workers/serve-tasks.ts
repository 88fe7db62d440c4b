import { type MessagePort, parentPort, type TransferListItem } from 'node:worker_threads';
import { lowerPriority } from './lower-priority.ts';
import type { FromThread, ToThread } from './worker-pool.ts';

/** The result of a task, and its buffers that are transferred instead of copied. */
export interface TaskResult<Result> {
  readonly value: Result;
  readonly transfer: readonly TransferListItem[];
}

/** Runs one task, which communicates through `port`. It must end soon after `signal` aborts. */
export type TaskHandler<Data, Result> = (
  data: Data,
  port: MessagePort,
  signal: AbortSignal,
) => Promise<TaskResult<Result>>;

/**
 * Serves the tasks of a pool in this thread, any number concurrently. An error of `handle` ends the thread, so expected errors must be
 * results.
 */
export function serveTasks<Data, Result>(handle: TaskHandler<Data, Result>): void {
  const pool = parentPort;
  if (pool === null) throw new TypeError('this module runs in a worker thread only');
  const running = new Map<number, AbortController>();
  const send = (message: FromThread<Result>, transfer: readonly TransferListItem[] = []) =>
    pool.postMessage(message, transfer);
  // The thread that serves calls takes precedence.
  lowerPriority(process.platform);

  async function start({ id, data, port }: Extract<ToThread<Data>, { kind: 'start' }>): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const { value, transfer } = await handle(data, port, controller.signal);
    running.delete(id);
    port.close();
    send({ kind: 'end', id, result: value }, transfer);
  }

  pool.on('message', (message: ToThread<Data>) => {
    if (message.kind === 'ping') send({ kind: 'pong' });
    else if (message.kind === 'stop') running.get(message.id)?.abort();
    else void start(message);
  });
}
