import { type MessagePort, parentPort, type TransferListItem } from 'node:worker_threads';
import { lowerPriority } from './lower-priority.ts';
import type { FromThread, ToThread } from './worker-pool.ts';

/** The result of a task, and the buffers in it that are transferred instead of copied. */
export interface TaskResult<Result> {
  readonly value: Result;
  readonly transfer: readonly TransferListItem[];
}

/** Does one task. Talks through `port` meanwhile; ends soon after `signal` fired. */
export type TaskHandler<Data, Result> = (
  data: Data,
  port: MessagePort,
  signal: AbortSignal,
) => Promise<TaskResult<Result>>;

/**
 * Makes this thread serve the tasks of a pool, any number of them at once. What `handle` throws ends the thread, so it should give errors
 * that are to be expected as results.
 */
export function serveTasks<Data, Result>(handle: TaskHandler<Data, Result>): void {
  const pool = parentPort;
  if (pool === null) throw new TypeError('this module runs in a worker thread only');
  const running = new Map<number, AbortController>();
  const send = (message: FromThread<Result>, transfer: readonly TransferListItem[] = []) =>
    pool.postMessage(message, transfer);
  // The thread that answers calls goes first whenever it has something to do.
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
