import { expect, test } from 'vitest';
import { lateSource } from '../../../src/cache/artifacts/late-source.ts';
import type { SourceRequest } from '../../../src/cache/artifacts/request.ts';

const REQUEST: SourceRequest = {
  repository: { registry: 'registry.local', repository: 'a' },
  selection: { kind: 'tag', tag: 'latest' },
  content: { kind: 'package' },
  tenant: 'team',
  connection: { kind: 'tenant', pullSecrets: [], transport: { insecure: false } },
  networks: { local: false, private: false },
  chunkSize: 1,
  maxBytes: 1,
};
const PACE = { intervalMs: 1, timeoutMs: 1 };

function recorder() {
  const said: string[] = [];
  const late = lateSource(async () => {
    said.push('made');
    return {
      get: async ({ repository }) => {
        said.push(`get ${repository.repository}`);
        return { fetched: undefined, failure: undefined, pending: true, nextMs: 5 };
      },
      content: async () => undefined,
      fetches: () => 0,
      queues: () => ({ quick: { waiting: 1, running: 2 }, slow: { waiting: 0, running: 0 } }),
      close: async () => {
        said.push('closed');
      },
    };
  });
  return { said, late };
}

test('the source is created once, by the first of any number of calls', async () => {
  const { said, late } = recorder();
  const signal = new AbortController().signal;
  const [answer] = await Promise.all([late.get(REQUEST, PACE, signal), late.get(REQUEST, PACE, signal)]);
  expect(answer.pending).toBe(true);
  expect(late.queues().quick).toEqual({ waiting: 1, running: 2 });
  await late.close();
  expect(said).toEqual(['made', 'get a', 'get a', 'closed']);
});

test('neither closing nor reading its queues creates it', async () => {
  const { said, late } = recorder();
  expect(late.queues()).toEqual({});
  await late.close();
  expect(said).toEqual([]);
});
