import { expect, test } from 'vitest';
import { createWaitingCalls, type WaitingLimits } from '../../../src/cache/artifacts/waiting-calls.ts';

const forever = new Promise<void>(() => undefined);

/** Starts waits that never end by themselves, and gives a look at how many go on. */
function begin(limits: WaitingLimits) {
  const wait = createWaitingCalls(limits);
  const controllers: AbortController[] = [];
  let waiting = 0;
  return {
    wait,
    call(tenant: string, signal?: AbortSignal) {
      const controller = new AbortController();
      controllers.push(controller);
      waiting += 1;
      void wait(tenant, forever, signal ?? controller.signal).then(() => {
        waiting -= 1;
      });
      return controller;
    },
    async waiting() {
      await new Promise((resolve) => setImmediate(resolve));
      return waiting;
    },
  };
}

test('the number of waiting calls of one tenant is limited, without an effect on others', async () => {
  const { call, waiting } = begin({ ofTenant: 3 });
  for (let index = 0; index < 20; index += 1) call('evil');
  expect(await waiting()).toBe(3);
  call('good');
  expect(await waiting()).toBe(4);
});

test('the number of waiting calls of all tenants is limited, but each tenant may have one', async () => {
  const { call, waiting } = begin({ ofTenant: 10, ofAll: 4 });
  for (let index = 0; index < 20; index += 1) call(`evil-${index % 2}`);
  expect(await waiting()).toBe(4);
  for (let index = 0; index < 5; index += 1) call('good');
  expect(await waiting()).toBe(5);
});

test('a call waits for all of its sources', async () => {
  const { call, waiting } = begin({ ofTenant: 1 });
  const { signal } = new AbortController();
  for (let index = 0; index < 20; index += 1) call('good', signal);
  expect(await waiting()).toBe(20);
});

test('a wait that has ended no longer counts, with any outcome', async () => {
  const { wait, call, waiting } = begin({ ofTenant: 1 });
  const first = call('good');
  first.abort();
  expect(await waiting()).toBe(0);
  await wait('good', Promise.resolve(), new AbortController().signal);
  call('good');
  call('good');
  expect(await waiting()).toBe(1);
});
