import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dueAt,
  type Failure,
  type Fetched,
  metadataOf,
  NEW_SOURCE,
  nextState,
  type SourceEvent,
  type SourceState,
} from '../../../src/cache/artifacts/state.ts';
import { entrySet } from '../sets.ts';

const fetched = (revision: string): Fetched => ({ revision, digest: 'sha256:ab', manifest: entrySet('a').manifest });
const passing: Failure = { reason: 'FetchFailed', message: 'no answer', lasting: false };
const lasting: Failure = { reason: 'AuthFailed', message: 'denied', lasting: true };
const asked = (now: number, over: Partial<Extract<SourceEvent, { kind: 'asked' }>> = {}): SourceEvent => ({
  kind: 'asked',
  now,
  intervalMs: 60_000,
  changes: true,
  ...over,
});

const good: SourceState = { fetched: fetched('v1'), checkedAt: 1_000, running: false };
const failedOnce: SourceState = { running: false, failure: { ...passing, times: 1, retryAt: 5_000 } };

const cases: { name: string; state: SourceState; event: SourceEvent; start: boolean; want?: Partial<SourceState> }[] = [
  { name: 'the first call starts a fetch', state: NEW_SOURCE, event: asked(0), start: true, want: { running: true } },
  { name: 'a call during a fetch does not start another', state: { running: true }, event: asked(9e9), start: false },
  { name: 'a call within the interval does not start a fetch', state: good, event: asked(60_999), start: false },
  { name: 'a call after the interval starts a fetch', state: good, event: asked(61_000), start: true },
  {
    name: 'a shorter interval applies to the call that has it',
    state: good,
    event: asked(2_000, { intervalMs: 500 }),
    start: true,
  },
  { name: 'a digest is never resolved again', state: good, event: asked(9e12, { changes: false }), start: false },
  {
    name: 'a call during the delay after a failure does not start a fetch',
    state: failedOnce,
    event: asked(4_999),
    start: false,
  },
  { name: 'a call after that delay starts a fetch', state: failedOnce, event: asked(5_000), start: true },
  {
    name: 'a digest is fetched again after a failure',
    state: failedOnce,
    event: asked(5_000, { changes: false }),
    start: true,
  },
  {
    name: 'an urgent call starts a fetch within the interval',
    state: good,
    event: asked(1_001, { isUrgent: true }),
    start: true,
  },
  {
    name: 'an urgent call starts a fetch during the delay after a failure',
    state: failedOnce,
    event: asked(1_001, { isUrgent: true }),
    start: true,
  },
  {
    name: 'an urgent call does not start a second fetch',
    state: { running: true },
    event: asked(1_001, { isUrgent: true }),
    start: false,
  },
  {
    name: 'a result removes the failure',
    state: { ...failedOnce, running: true },
    event: { kind: 'fetched', now: 7_000, fetched: fetched('v2') },
    start: false,
    want: { fetched: fetched('v2'), checkedAt: 7_000, running: false },
  },
  {
    name: 'a failure of the other kind begins with its first delay',
    state: { running: true, failure: { ...passing, times: 5, retryAt: 5_000 } },
    event: { kind: 'failed', now: 70_000, failure: lasting },
    start: false,
    want: { running: false, failure: { ...lasting, times: 1, retryAt: 100_000 } },
  },
  {
    name: 'a failure keeps the result',
    state: { ...good, running: true },
    event: { kind: 'failed', now: 70_000, failure: passing },
    start: false,
    want: { ...good, running: false, failure: { ...passing, times: 1, retryAt: 71_000 } },
  },
  {
    name: 'the delay after the second failure is twice as long',
    state: { ...failedOnce, running: true },
    event: { kind: 'failed', now: 10_000, failure: passing },
    start: false,
    want: { failure: { ...passing, times: 2, retryAt: 12_000 } },
  },
  {
    name: 'the delay after a lasting failure is longer',
    state: { running: true },
    event: { kind: 'failed', now: 0, failure: lasting },
    start: false,
    want: { failure: { ...lasting, times: 1, retryAt: 30_000 } },
  },
  {
    name: 'a delay that the registry requests is honored',
    state: { running: true },
    event: { kind: 'failed', now: 0, failure: { ...passing, retryAfterMs: 90_000 } },
    start: false,
    want: { failure: { ...passing, retryAfterMs: 90_000, times: 1, retryAt: 90_000 } },
  },
];

describe('a source', () => {
  test.each(cases)('$name', ({ state, event, start, want }) => {
    const next = nextState(state, event);
    expect(next.start).toBe(start);
    if (event.kind === 'fetched') expect(next.state).toEqual(want);
    else if (want) expect(next.state).toMatchObject(want);
    else if (!start) expect(next.state).toEqual(state);
  });

  test('waits at most a quarter of an hour after any number of failures', () => {
    let state: SourceState = NEW_SOURCE;
    for (let times = 1; times < 60; times += 1) {
      state = nextState(state, { kind: 'failed', now: 0, failure: lasting }).state;
      expect(state.failure?.retryAt).toBe(Math.min(30_000 * 2 ** (times - 1), 900_000));
    }
  });

  test('runs one fetch at a time and keeps the latest result, for any sequence of events', () => {
    const events = fc.array(
      fc.record({ kind: fc.constantFrom('asked', 'fetched', 'failed'), wait: fc.nat(100_000), lasts: fc.boolean() }),
    );
    const property = fc.property(events, (list) => {
      let state: SourceState = NEW_SOURCE;
      let now = 0;
      let latest: Fetched | undefined;
      for (const { kind, wait, lasts } of list) {
        now += wait;
        if (kind !== 'asked' && !state.running) continue;
        const before = state.running;
        if (kind === 'fetched') latest = fetched(`v${now}`);
        const event: SourceEvent =
          kind === 'asked'
            ? asked(now)
            : kind === 'fetched'
              ? { kind, now, fetched: fetched(`v${now}`) }
              : { kind: 'failed', now, failure: lasts ? lasting : passing };
        const next = nextState(state, event);
        if (next.start) expect(before).toBe(false);
        state = next.state;
        expect(state.running).toBe(kind === 'asked' ? before || next.start : false);
        expect(state.fetched).toEqual(latest);
        expect(dueAt(state, 60_000, true)).toBeLessThanOrEqual(now + 900_000);
      }
    });
    fc.assert(property);
  });
});

test('the annotations about the origin of an image are shown, if they are printable', () => {
  const source = 'org.opencontainers.image.source';
  const revision = 'org.opencontainers.image.revision';
  expect(metadataOf({ [source]: 'https://example.com/acme', [revision]: 'abc', other: 'x' })).toEqual({
    [source]: 'https://example.com/acme',
    [revision]: 'abc',
  });
  expect(metadataOf({ [source]: 'a\u001b[31m', [revision]: 'x'.repeat(257) })).toEqual({});
  expect(metadataOf(undefined)).toEqual({});
});
