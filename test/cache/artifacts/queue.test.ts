import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFairQueue } from '../../../src/cache/artifacts/queue.ts';

const SECOND = 1_000;

/** A queue whose works the test ends, and what it has started, in order. */
function queueOf(slots: number, maxWaitingPerTenant = 100) {
  const clock = { now: 0 };
  const queue = createFairQueue({ slots, maxWaitingPerTenant, turnMs: SECOND, now: () => clock.now });
  const started: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const gaveWay: string[] = [];
  const add = (tenant: string, name: string) =>
    queue.run(tenant, (giveWay) => {
      started.push(name);
      giveWay.addEventListener('abort', () => {
        gaveWay.push(name);
        ends.get(name)?.();
      });
      return new Promise<string>((resolve, reject) =>
        ends.set(name, (error) => (error === undefined ? resolve(name) : reject(error))),
      );
    });
  return { add, started, ends, gaveWay, clock };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test.each([
  { slots: 1, names: ['a1', 'a2', 'b1'], want: ['a1'] },
  { slots: 4, names: ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1', 'd1'], want: ['a1', 'a2', 'b1', 'c1'] },
  { slots: 8, names: ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'b3'], want: ['a1', 'a2', 'a3', 'b1', 'b2'] },
])('has $slots slots, and reserves some of them for tenants without one', async ({ slots, names, want }) => {
  const { add, started } = queueOf(slots);
  for (const name of names) void add(name.slice(0, 1), name);
  await settled();
  expect(started).toEqual(want);
});

test('gives a free slot to the tenant that was served the longest ago', async () => {
  const { add, started, ends } = queueOf(1);
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) void add(name.slice(0, 1), name);
  for (const name of ['a1', 'b1', 'c1', 'a2', 'b2']) {
    await settled();
    expect(started.at(-1)).toBe(name);
    ends.get(name)?.();
  }
  await settled();
  expect(started).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('runs the only task of a tenant before the rest of a thousand of another', async () => {
  const { add, started, ends } = queueOf(1, 1_000);
  for (let index = 0; index < 1_000; index += 1) void add('many', `many${index}`);
  await settled();
  void add('one', 'one');
  ends.get('many0')?.();
  await settled();
  expect(started).toEqual(['many0', 'one']);
});

test('releases the slot if a task rejects, and rethrows the error', async () => {
  const { add, started, ends } = queueOf(1);
  const first = add('a', 'a1');
  const second = add('a', 'a2');
  await settled();
  ends.get('a1')?.(new RangeError('broken'));
  await expect(first).rejects.toThrow('broken');
  await settled();
  expect(started).toEqual(['a1', 'a2']);
  ends.get('a2')?.();
  expect(await second).toBe('a2');
});

test('releases the slot if a task throws', async () => {
  const queue = createFairQueue({ slots: 1, maxWaitingPerTenant: 1, turnMs: SECOND });
  const broken = queue.run('a', () => {
    throw new RangeError('broken');
  });
  await expect(broken).rejects.toThrow('broken');
  expect(await queue.run('a', async () => 'next')).toBe('next');
});

test('refuses the tasks of a tenant above its limit, but not those of others', async () => {
  const { add } = queueOf(1, 2);
  expect(['a1', 'a2', 'a3', 'a4'].map((name) => add('a', name) !== undefined)).toEqual([true, true, true, false]);
  expect(add('b', 'b1')).toBeDefined();
});

/** Longer than the queue takes to look again. */
const looked = () => new Promise((resolve) => setTimeout(resolve, 150));

describe('a task that takes longer than its turn', () => {
  test('gives way once a tenant waits', async () => {
    const { add, started, gaveWay, clock } = queueOf(1);
    void add('slow', 'slow');
    await settled();
    clock.now = 0.4 * SECOND;
    void add('quick', 'quick');
    await looked();
    clock.now = 0.999 * SECOND;
    await looked();
    expect(gaveWay).toEqual([]);
    clock.now = 1 * SECOND;
    await looked();
    expect({ started, gaveWay }).toEqual({ started: ['slow', 'quick'], gaveWay: ['slow'] });
  });

  test('continues while no other tenant waits', async () => {
    const { add, gaveWay, clock } = queueOf(1);
    void add('slow', 'slow1');
    void add('slow', 'slow2');
    clock.now = 50 * SECOND;
    await looked();
    expect(gaveWay).toEqual([]);
  });

  test('continues if the waiting tenant has used the slots more', async () => {
    const { add, ends, gaveWay, clock } = queueOf(1);
    void add('greedy', 'greedy1');
    await settled();
    clock.now = 30 * SECOND;
    ends.get('greedy1')?.();
    await settled();
    void add('slow', 'slow');
    await settled();
    void add('greedy', 'greedy2');
    clock.now = 40 * SECOND;
    await looked();
    expect(gaveWay).toEqual([]);
    // What was used long ago counts less and less.
    clock.now = 55 * SECOND;
    await looked();
    expect(gaveWay).toEqual(['slow']);
  });

  test('gives way if its tenant has used the slots the most', async () => {
    const { add, ends, gaveWay, clock } = queueOf(2);
    void add('greedy', 'greedy1');
    await settled();
    clock.now = 10 * SECOND;
    ends.get('greedy1')?.();
    await settled();
    void add('slow', 'slow');
    await settled();
    clock.now = 11 * SECOND;
    void add('greedy', 'greedy2');
    await settled();
    clock.now = 14 * SECOND;
    void add('quick', 'quick');
    clock.now = 15 * SECOND;
    await looked();
    expect(gaveWay).toEqual(['greedy2']);
  });

  test('gives way to each waiting tenant, and to no others', async () => {
    const { add, gaveWay, clock } = queueOf(4);
    for (const name of ['a1', 'b1', 'c1', 'd1']) void add(name.slice(0, 1), name);
    await settled();
    clock.now = 5 * SECOND;
    for (const name of ['e1', 'f1', 'f2']) void add(name.slice(0, 1), name);
    clock.now = 6 * SECOND;
    await looked();
    expect(gaveWay).toHaveLength(2);
  });
});

test('runs each accepted task once, within its limits, for any sequence of tasks', async () => {
  const works = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(works, fc.integer({ min: 1, max: 5 }), async (tenants, all) => {
      const queue = createFairQueue({ slots: all, maxWaitingPerTenant: 100, turnMs: SECOND });
      const running = new Map<string, number>();
      let ran = 0;
      const work = (tenant: string) => async () => {
        running.set(tenant, (running.get(tenant) ?? 0) + 1);
        expect([...running.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(all);
        await settled();
        ran += 1;
        running.set(tenant, (running.get(tenant) ?? 0) - 1);
      };
      await Promise.all(tenants.map((tenant) => queue.run(tenant, work(tenant))));
      expect(ran).toBe(tenants.length);
    }),
    { numRuns: 30 },
  );
});
