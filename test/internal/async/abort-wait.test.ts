import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { pause, waitOrAbort, waitUntilAborted } from '../../../src/internal/async/abort.ts';

const REASON = new Error('enough');
const never = () => new Promise<never>(() => undefined);

test('gives what the work gives, and forgets the signal', async () => {
  const { signal } = new AbortController();
  expect(await waitOrAbort(delay(1, 'done'), signal)).toBe('done');
  await expect(waitOrAbort(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  await waitUntilAborted(delay(1), signal);
  await expect(waitUntilAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

for (const when of ['before', 'meanwhile'] as const) {
  test(`ends the wait when the signal aborts ${when}`, async () => {
    const controller = new AbortController();
    const { signal } = controller;
    if (when === 'before') controller.abort(REASON);
    const waits = Promise.allSettled([
      waitOrAbort(never(), signal),
      waitUntilAborted(never(), signal),
      pause(60_000, signal),
    ]);
    controller.abort(REASON);
    expect(await waits).toEqual([
      { status: 'rejected', reason: REASON },
      { status: 'fulfilled', value: undefined },
      { status: 'fulfilled', value: undefined },
    ]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
}

test('pauses as long as it is told', async () => {
  const before = performance.now();
  await pause(20, new AbortController().signal);
  expect(performance.now() - before).toBeGreaterThan(18);
});
