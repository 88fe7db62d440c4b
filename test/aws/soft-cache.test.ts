import { expect, test } from 'vitest';
import { softCache } from '../../src/aws/soft-cache.ts';

interface Load {
  readonly key: string;
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

/** A cache whose loads and time the test controls. */
function cacheOf(maxEntries = 10, waitMs = 1) {
  const clock = { now: 0 };
  const loads: Load[] = [];
  const load = ({ key }: { key: string }) =>
    new Promise<string>((resolve, reject) => loads.push({ key, resolve, reject }));
  const get = softCache(load, { ttlMs: () => 100, pauseMs: 50, waitMs, maxEntries, now: () => clock.now });
  return { clock, loads, get: (key: string) => get({ key }) };
}

test('loads once for all waiting callers', async () => {
  const { get, loads } = cacheOf(10, 10_000);
  const both = Promise.all([get('a'), get('a')]);
  loads[0]?.resolve('x');
  expect(await both).toEqual([{ value: 'x' }, { value: 'x' }]);
  expect(loads).toHaveLength(1);
});

test('waits no longer than the given time, and has the value for the next caller', async () => {
  const { get, loads } = cacheOf();
  expect(await get('a')).toEqual({ failure: 'no response within 1 ms' });
  loads[0]?.resolve('x');
  expect(await get('a')).toEqual({ value: 'x' });
  expect(loads).toHaveLength(1);
});

test('returns a stale value while it is reloaded', async () => {
  const { get, loads, clock } = cacheOf(10, 10_000);
  const first = get('a');
  loads[0]?.resolve('x');
  await first;
  clock.now = 99;
  await get('a');
  expect(loads).toHaveLength(1);
  clock.now = 100;
  expect(await get('a')).toEqual({ value: 'x' });
  expect(loads).toHaveLength(2);
  loads[1]?.resolve('y');
  await Promise.resolve();
  expect(await get('a')).toEqual({ value: 'y' });
});

test('reports a failure, and retries only after a pause', async () => {
  const { get, loads, clock } = cacheOf(10, 10_000);
  const first = get('a');
  loads[0]?.reject(new RangeError('down'));
  expect(await first).toEqual({ failure: 'RangeError: down' });
  clock.now = 49;
  expect(await get('a')).toEqual({ failure: 'RangeError: down' });
  expect(loads).toHaveLength(1);
  clock.now = 50;
  const second = get('a');
  loads[1]?.resolve('x');
  expect(await second).toEqual({ value: 'x' });
});

test('keeps a value after a later failure', async () => {
  const { get, loads, clock } = cacheOf(10, 10_000);
  const first = get('a');
  loads[0]?.resolve('x');
  await first;
  clock.now = 100;
  await get('a');
  loads[1]?.reject(new Error('down'));
  await Promise.resolve();
  expect(await get('a')).toEqual({ value: 'x' });
});

test('evicts the least recently used entry when it is full', async () => {
  const { get, loads } = cacheOf(2);
  for (const key of ['a', 'b']) {
    const got = get(key);
    loads.at(-1)?.resolve(key);
    await got;
  }
  await get('a');
  const third = get('c');
  loads.at(-1)?.resolve('c');
  await third;
  await get('a');
  expect(loads.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  await get('b');
  expect(loads.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'b']);
});
