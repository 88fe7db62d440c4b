import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';

/** The reason why the pool ended a task. */
export type WorkerErrorCode =
  /** The signal of the task aborted, or the pool was closed. */
  | 'ABORTED'
  /** The thread did not react in time, because of this task or another one. */
  | 'STUCK'
  /** The thread ran out of memory, because of this task or another one. */
  | 'OUT_OF_MEMORY'
  /** The thread failed for another reason: a defect of this program. */
  | 'CRASHED';

/** The error for a task that the pool ended. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly code: WorkerErrorCode;

  constructor(code: WorkerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Options of {@link createWorkerPool}. */
export interface WorkerPoolOptions {
  /** The module that the threads run, which serves tasks with `serveTasks`. */
  readonly script: URL;
  /** The maximum number of threads. Each runs any number of tasks concurrently. */
  readonly threads: number;
  /** The maximum heap of a thread, in MiB. Buffers do not count. */
  readonly maxHeapMebibytes: number;
  /** Milliseconds within which a thread must react, also to a stopped task; otherwise it is ended with all its tasks. */
  readonly maxStuckMs: number;
  /** Milliseconds after which a thread without tasks ends. */
  readonly idleMs: number;
  /** Arguments of Node in the threads. Default: those of this process. */
  readonly execArgv?: readonly string[];
}

/** A task: a message to a thread, and a port for communication while it runs. */
export interface WorkerTask<Data> {
  readonly data: Data;
  readonly signal: AbortSignal;
  /** Serves the task through this end of a port, until `signal` aborts at the end of the task. The pool closes the port. */
  readonly serve: (port: MessagePort, signal: AbortSignal) => void;
}

/** Threads for tasks. */
export interface WorkerPool<Data, Result> {
  /** Runs a task and returns its result. Throws {@link WorkerError}. */
  run(task: WorkerTask<Data>): Promise<Result>;
  /** Ends all threads and tasks. */
  close(): Promise<void>;
}

/** A message to a thread. */
export type ToThread<Data> =
  | { readonly kind: 'start'; readonly id: number; readonly data: Data; readonly port: MessagePort }
  | { readonly kind: 'stop'; readonly id: number }
  /** Checks that the thread is alive. */
  | { readonly kind: 'ping' };

/** A message from a thread. */
export type FromThread<Result> =
  | { readonly kind: 'end'; readonly id: number; readonly result: Result }
  | { readonly kind: 'pong' };

interface Running<Result> {
  readonly end: (result: Result) => void;
  readonly fail: (error: WorkerError) => void;
}

interface Thread<Data, Result> {
  readonly worker: Worker;
  /** The tasks by their IDs. Stopped tasks are removed once the thread has ended them. */
  readonly tasks: Map<number, Running<Result>>;
  readonly send: (message: ToThread<Data>, transfer?: readonly MessagePort[]) => void;
  readonly fail: (error: WorkerError) => void;
  /** The times at which tasks were stopped that have not ended yet. */
  readonly stopped: Map<number, number>;
  /** The time of the last ping without a response. */
  pingedAt: number | undefined;
  isUp: boolean;
  idleTimer: NodeJS.Timeout | undefined;
}

/** The interval of checks of threads with tasks. */
const WATCH_MS = 250;
/** Multiplies the time limit of a thread that loads its program. */
const START_FACTOR = 6;

/** Creates a {@link WorkerPool}. No thread starts before the first task. */
export function createWorkerPool<Data, Result>(options: WorkerPoolOptions): WorkerPool<Data, Result> {
  const threads = new Set<Thread<Data, Result>>();
  const now = () => performance.now();
  let isClosed = false;
  let ids = 0;
  let watch: NodeJS.Timeout | undefined;

  function takeThread(): Thread<Data, Result> {
    const [best] = [...threads].sort((a, b) => a.tasks.size - b.tasks.size);
    return best !== undefined && (best.tasks.size === 0 || threads.size >= options.threads) ? best : startThread();
  }

  function startThread(): Thread<Data, Result> {
    const thread: Thread<Data, Result> = createThread(options, (ended) => threads.delete(ended));
    threads.add(thread);
    thread.worker.on('message', (message: FromThread<Result>) => receive(thread, message));
    watch ??= setInterval(checkThreads, WATCH_MS).unref();
    return thread;
  }

  function receive(thread: Thread<Data, Result>, message: FromThread<Result>): void {
    thread.pingedAt = undefined;
    thread.isUp = true;
    if (message.kind === 'pong') return;
    thread.tasks.get(message.id)?.end(message.result);
    thread.tasks.delete(message.id);
    thread.stopped.delete(message.id);
    if (thread.tasks.size > 0) return;
    thread.idleTimer = setTimeout(() => thread.fail(new WorkerError('ABORTED', 'idle')), options.idleMs).unref();
  }

  function checkThreads(): void {
    for (const thread of threads) checkThread(thread, options.maxStuckMs, now());
    if (threads.size > 0) return;
    clearInterval(watch);
    watch = undefined;
  }

  return {
    async run(task) {
      if (isClosed || task.signal.aborted) throw aborted();
      const thread = takeThread();
      clearTimeout(thread.idleTimer);
      ids += 1;
      return runTask(thread, ids, task, now);
    },
    async close() {
      isClosed = true;
      clearInterval(watch);
      const all = [...threads];
      for (const { fail } of all) fail(aborted());
      await Promise.all(all.map(({ worker }) => worker.terminate()));
    },
  };
}

/** Runs a task in a thread until it has ended or its signal aborts. */
async function runTask<Data, Result>(
  thread: Thread<Data, Result>,
  id: number,
  { data, signal, serve }: WorkerTask<Data>,
  now: () => number,
): Promise<Result> {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const ended = new AbortController();
  const stop = () => {
    thread.tasks.get(id)?.fail(aborted());
    thread.stopped.set(id, now());
    thread.send({ kind: 'stop', id });
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<Result>((end, fail) => {
      thread.tasks.set(id, { end, fail });
      serve(ours, ended.signal);
      thread.send({ kind: 'start', id, data, port: theirs }, [theirs]);
    });
  } finally {
    signal.removeEventListener('abort', stop);
    ended.abort();
    ours.close();
  }
}

/** Starts a thread; `onEnd` is called once it has failed. */
function createThread<Data, Result>(
  { script, maxHeapMebibytes, execArgv }: WorkerPoolOptions,
  onEnd: (thread: Thread<Data, Result>) => void,
): Thread<Data, Result> {
  const worker = new Worker(script, {
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMebibytes, maxYoungGenerationSizeMb: 4 },
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
  });
  const thread: Thread<Data, Result> = {
    worker,
    tasks: new Map(),
    stopped: new Map(),
    pingedAt: undefined,
    isUp: false,
    idleTimer: undefined,
    send: (message, transfer = []) => worker.postMessage(message, transfer),
    fail(error) {
      onEnd(thread);
      clearTimeout(thread.idleTimer);
      for (const { fail } of thread.tasks.values()) fail(error);
      thread.tasks.clear();
      // Cannot fail: it also resolves for a thread that has ended.
      void worker.terminate();
    },
  };
  // A thread must not keep the process alive. Its tasks do that, by their ports.
  worker.unref();
  worker.on('error', (error) => thread.fail(threadError(error, maxHeapMebibytes)));
  worker.on('exit', () => thread.fail(new WorkerError('CRASHED', 'the thread ended')));
  return thread;
}

/** Pings a thread with tasks, and ends it if it has not responded for too long. */
function checkThread<Data, Result>(thread: Thread<Data, Result>, maxStuckMs: number, at: number): void {
  if (thread.tasks.size === 0) return;
  const limit = maxStuckMs * (thread.isUp ? 1 : START_FACTOR);
  const since = Math.min(thread.pingedAt ?? Number.POSITIVE_INFINITY, ...thread.stopped.values());
  if (at - since > limit) thread.fail(new WorkerError('STUCK', `the thread did not react for ${limit} ms`));
  else if (thread.pingedAt === undefined) {
    thread.pingedAt = at;
    thread.send({ kind: 'ping' });
  }
}

function threadError(error: unknown, maxHeapMebibytes: number): WorkerError {
  const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  if (isMemory) return new WorkerError('OUT_OF_MEMORY', `the thread needs more than ${maxHeapMebibytes} MiB of memory`);
  return new WorkerError('CRASHED', 'the thread failed', { cause: error });
}

function aborted(): WorkerError {
  return new WorkerError('ABORTED', 'the task was canceled');
}
