import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFairQueue } from '../../../src/cache/artifacts/queue.ts';

/** A queue whose works the test ends, and what it has started, in order. */
function queueOf(slots: number, slotsPerTenant: number, maxWaitingPerTenant = 100) {
  const queue = createFairQueue({ slots, slotsPerTenant, maxWaitingPerTenant });
  const started: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const add = (tenant: string, name: string) =>
    queue(tenant, () => {
      started.push(name);
      return new Promise<string>((resolve, reject) =>
        ends.set(name, (error) => (error === undefined ? resolve(name) : reject(error))),
      );
    });
  return { add, started, ends };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('runs as much as it may, of each tenant and in all', async () => {
  const { add, started } = queueOf(3, 2);
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2']) void add(name.slice(0, 1), name);
  await settled();
  expect(started).toEqual(['a1', 'a2', 'b1']);
});

test('gives a free slot to the tenant that was served longest ago', async () => {
  const { add, started, ends } = queueOf(1, 1);
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
  const { add, started, ends } = queueOf(1, 1, 1_000);
  for (let index = 0; index < 1_000; index += 1) void add('many', `many${index}`);
  await settled();
  void add('one', 'one');
  ends.get('many0')?.();
  await settled();
  expect(started).toEqual(['many0', 'one']);
});

test('gives the slot back when work fails, and passes the error on', async () => {
  const { add, started, ends } = queueOf(1, 1);
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
  const queue = createFairQueue({ slots: 1, slotsPerTenant: 1, maxWaitingPerTenant: 1 });
  const broken = queue('a', () => {
    throw new RangeError('broken');
  });
  await expect(broken).rejects.toThrow('broken');
  expect(await queue('a', async () => 'next')).toBe('next');
});

test('takes no more of a tenant than may wait, and still takes of others', async () => {
  const { add } = queueOf(1, 1, 2);
  expect(['a1', 'a2', 'a3', 'a4'].map((name) => add('a', name) !== undefined)).toEqual([true, true, true, false]);
  expect(add('b', 'b1')).toBeDefined();
});

test('runs everything it takes once, within its bounds, whatever comes in whatever order', async () => {
  const works = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      works,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
      async (tenants, all, each) => {
        const queue = createFairQueue({ slots: all, slotsPerTenant: each, maxWaitingPerTenant: 100 });
        const running = new Map<string, number>();
        let ran = 0;
        const work = (tenant: string) => async () => {
          running.set(tenant, (running.get(tenant) ?? 0) + 1);
          expect(running.get(tenant)).toBeLessThanOrEqual(each);
          expect([...running.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(all);
          await settled();
          ran += 1;
          running.set(tenant, (running.get(tenant) ?? 0) - 1);
        };
        await Promise.all(tenants.map((tenant) => queue(tenant, work(tenant))));
        expect(ran).toBe(tenants.length);
      },
    ),
    { numRuns: 30 },
  );
});
