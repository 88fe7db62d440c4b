import { afterEach, describe, expect, test } from 'vitest';
import {
  createWorkerPool,
  type WorkerPool,
  type WorkerPoolOptions,
} from '../../../src/internal/workers/worker-pool.ts';

/** What the threads of these tests do. */
type Work = 'thread' | 'ask' | 'burn' | 'grow' | 'throw' | 'exit' | 'wait' | 'deaf';

// Speaks what serve-tasks.ts speaks, and does not wait for it to be compiled.
const PROGRAM = `
  import { parentPort, threadId } from 'node:worker_threads';
  const stops = new Map();
  const work = {
    thread: (end) => end(threadId),
    ask: (end, port) => { port.once('message', end); port.postMessage('what?'); },
    burn: () => { for (;;); },
    grow: () => { for (const all = []; ; all.push([all.length])); },
    throw: () => { throw new RangeError('a fault'); },
    exit: () => process.exit(3),
    wait: (end, _, id) => stops.set(id, () => end('stopped')),
    deaf: () => undefined,
  };
  parentPort.on('message', ({ kind, id, data, port }) => {
    if (kind === 'ping') parentPort.postMessage({ kind: 'pong' });
    else if (kind === 'stop') stops.get(id)?.();
    else work[data]((result) => parentPort.postMessage({ kind: 'end', id, result }), port, id);
  });
`;

const pools: WorkerPool<Work, unknown>[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function poolOf(options: Partial<WorkerPoolOptions> = {}): WorkerPool<Work, unknown> {
  const script = new URL(`data:text/javascript,${encodeURIComponent(PROGRAM)}`);
  const limits = { threads: 1, maxHeapMebibytes: 16, maxStuckMs: 60_000, idleMs: 60_000 };
  const pool = createWorkerPool<Work, unknown>({ script, ...limits, ...options });
  pools.push(pool);
  return pool;
}

const NEVER = new AbortController().signal;
const run = (pool: WorkerPool<Work, unknown>, data: Work, signal = NEVER) =>
  pool.run({ data, signal, serve: (port) => port.once('message', () => port.postMessage('that')) });

describe('a pool of workers', () => {
  test('runs tasks side by side, in as many threads as it may have', async () => {
    const pool = poolOf({ threads: 2 });
    const waiting = new AbortController();
    const busy = [1, 2, 3].map(() => run(pool, 'wait', waiting.signal).catch((error: unknown) => error));
    const threads = await Promise.all([1, 2, 3, 4].map(() => run(pool, 'thread')));
    expect(new Set(threads).size).toBe(2);
    waiting.abort();
    for (const error of await Promise.all(busy)) expect(error).toMatchObject({ code: 'ABORTED' });
  });

  test('takes a free thread before it starts another', async () => {
    const pool = poolOf({ threads: 2 });
    expect(await run(pool, 'thread')).toBe(await run(pool, 'thread'));
  });

  test('talks with a task through its port', async () => {
    expect(await run(poolOf(), 'ask')).toBe('that');
  });

  test('ends a thread that has nothing to do', async () => {
    const pool = poolOf({ idleMs: 1 });
    const first = await run(pool, 'thread');
    await expect.poll(() => run(pool, 'thread')).not.toBe(first);
  });

  test.each([
    { work: 'burn', code: 'STUCK', options: { maxStuckMs: 200 } },
    { work: 'grow', code: 'OUT_OF_MEMORY', options: {} },
    { work: 'throw', code: 'CRASHED', options: {} },
    { work: 'exit', code: 'CRASHED', options: {} },
  ] as const)(
    'ends a thread that does "$work" with $code, with all in it, and goes on',
    async ({ work, code, options }) => {
      const pool = poolOf(options);
      const other = run(pool, 'deaf').catch((error: unknown) => error);
      await expect(run(pool, work)).rejects.toMatchObject({ name: 'WorkerError', code });
      expect(await other).toMatchObject({ code });
      expect(await run(pool, 'thread')).toBeTypeOf('number');
    },
  );

  test('ends a task when its signal fires, and leaves the others in its thread alone', async () => {
    const pool = poolOf();
    const thread = await run(pool, 'thread');
    const other = run(pool, 'ask');
    await expect(run(pool, 'wait', AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await other).toBe('that');
    expect(await run(pool, 'thread')).toBe(thread);
  });

  test('ends a thread whose task does not stop when it should', async () => {
    const pool = poolOf({ maxStuckMs: 200 });
    const thread = await run(pool, 'thread');
    await expect(run(pool, 'deaf', AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'ABORTED' });
    await expect.poll(() => run(pool, 'thread'), { timeout: 10_000 }).not.toBe(thread);
  });

  test('starts no task whose signal has fired', async () => {
    await expect(run(poolOf(), 'thread', AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('starts nothing before the first task', async () => {
    const pool = poolOf({ script: new URL('file:///nowhere/worker.js') });
    await expect(run(pool, 'thread')).rejects.toMatchObject({ code: 'CRASHED' });
  });

  test('ends all tasks when it is closed', async () => {
    const pool = poolOf({ threads: 2 });
    const tasks = [run(pool, 'burn'), run(pool, 'wait')].map((task) => task.catch((error: unknown) => error));
    await pool.close();
    for (const error of await Promise.all(tasks)) expect(error).toMatchObject({ code: 'ABORTED' });
    await expect(run(pool, 'thread')).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('leaves the thread that made it free while a task computes', async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    await expect(run(poolOf({ maxStuckMs: 1_000 }), 'burn')).rejects.toMatchObject({ code: 'STUCK' });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(20);
  });
});
