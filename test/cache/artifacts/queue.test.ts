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
])('has $slots slots, and leaves some of them to tenants that have none', async ({ slots, names, want }) => {
  const { add, started } = queueOf(slots);
  for (const name of names) void add(name.slice(0, 1), name);
  await settled();
  expect(started).toEqual(want);
});

test('gives a free slot to the tenant that was served longest ago', async () => {
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

test('lets a tenant with one work pass a tenant with a thousand', async () => {
  const { add, started, ends } = queueOf(1, 1_000);
  for (let index = 0; index < 1_000; index += 1) void add('many', `many${index}`);
  await settled();
  void add('one', 'one');
  ends.get('many0')?.();
  await settled();
  expect(started).toEqual(['many0', 'one']);
});

test('gives the slot back when work fails, and passes the error on', async () => {
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

test('gives the slot back when work throws at once', async () => {
  const queue = createFairQueue({ slots: 1, maxWaitingPerTenant: 1, turnMs: SECOND });
  const broken = queue.run('a', () => {
    throw new RangeError('broken');
  });
  await expect(broken).rejects.toThrow('broken');
  expect(await queue.run('a', async () => 'next')).toBe('next');
});

test('takes no more of a tenant than may wait, and still takes of others', async () => {
  const { add } = queueOf(1, 2);
  expect(['a1', 'a2', 'a3', 'a4'].map((name) => add('a', name) !== undefined)).toEqual([true, true, true, false]);
  expect(add('b', 'b1')).toBeDefined();
});

/** Longer than the queue takes to look again. */
const looked = () => new Promise((resolve) => setTimeout(resolve, 150));

describe('work that takes longer than a turn', () => {
  test('gives way to a tenant that waits, and not before', async () => {
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

  test('goes on while nobody waits, and while only its own tenant does', async () => {
    const { add, gaveWay, clock } = queueOf(1);
    void add('slow', 'slow1');
    void add('slow', 'slow2');
    clock.now = 50 * SECOND;
    await looked();
    expect(gaveWay).toEqual([]);
  });

  test('goes on when the tenant that waits has used the slots more', async () => {
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

  test('is that of the tenant that has used the slots the most', async () => {
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

  test('gives way to each tenant that waits, but to no more than wait', async () => {
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

test('runs everything it takes once, within its bounds, whatever comes in whatever order', async () => {
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
