import { describe, expect, test } from 'vitest';
import {
  type CallInFlight,
  type InFlight,
  inFlight,
  type RejectionReason,
} from '../../../src/server/grpc/in-flight.ts';

const OVERHEAD = 256;
const refused: [string, RejectionReason][] = [];

const received = new Set<CallInFlight>();

function call(name: string, connection: object): CallInFlight {
  const opened: CallInFlight = {
    connection,
    isReceiving: () => !received.has(opened),
    refuse: (reason) => refused.push([name, reason]),
  };
  return opened;
}

function open(calls: InFlight, name: string, connection: object, bytes = 0): CallInFlight {
  const opened = call(name, connection);
  calls.open(opened, 0);
  if (bytes > 0) calls.add(opened, bytes - OVERHEAD);
  return opened;
}

function start(limits: Partial<Parameters<typeof inFlight>[0]> = {}): InFlight {
  refused.length = 0;
  return inFlight({ maxBytes: 10_000, maxCalls: 10, maxCompressed: 2, receiveMs: 1_000, ...limits });
}

const [a, b] = [{}, {}];

describe('bytes in flight', () => {
  test('are accepted up to the limit, and not one more', () => {
    const calls = start();
    const first = open(calls, 'first', a, 10_000);
    expect(refused).toEqual([]);
    calls.add(first, 1);
    expect(refused).toEqual([['first', 'bytes']]);
  });

  test('are released when a call ends', () => {
    const calls = start();
    const first = open(calls, 'first', a, 6_000);
    received.add(first);
    calls.close(first);
    calls.close(first);
    open(calls, 'second', a, 10_000);
    expect(refused).toEqual([]);
  });

  test('over the limit end the largest call of the connection that holds the most', () => {
    const calls = start();
    open(calls, 'small', a, 2_000);
    open(calls, 'large', a, 4_000);
    const other = open(calls, 'other', b, 3_500);
    calls.add(other, 1_000);
    expect(refused).toEqual([['large', 'bytes']]);
  });

  test('of received requests are kept; the newest request is refused', () => {
    const calls = start();
    received.add(open(calls, 'working', a, 9_000));
    open(calls, 'newest', b, 2_000);
    expect(refused).toEqual([['newest', 'bytes']]);
  });

  test('count more when they arrive in small pieces', () => {
    const calls = start();
    const drip = open(calls, 'drip', a);
    for (let piece = 0; piece < 100; piece++) calls.add(drip, 1);
    expect(refused).toEqual([['drip', 'bytes']]);
  });

  test('of a refused call do not count, nor do bytes that arrive later', () => {
    const calls = start();
    const first = open(calls, 'first', a, 11_000);
    calls.add(first, 100_000);
    received.add(first);
    open(calls, 'second', a, 10_000);
    expect(refused).toEqual([['first', 'bytes']]);
  });
});

describe('calls in flight', () => {
  test('over the limit end one of the connection that has the most', () => {
    const calls = start({ maxCalls: 3 });
    for (const name of ['1', '2']) open(calls, name, a);
    open(calls, 'other', b);
    open(calls, '3', a);
    expect(refused).toEqual([['1', 'calls']]);
    open(calls, 'other 2', b);
    expect(refused).toHaveLength(2);
  });

  test('that are all being processed leave no room for a new one', () => {
    const calls = start({ maxCalls: 1 });
    received.add(open(calls, 'working', a));
    open(calls, 'newest', b);
    expect(refused).toEqual([['newest', 'calls']]);
  });

  test('with compressed requests have a lower limit', () => {
    const calls = start();
    const opened = ['1', '2', '3'].map((name) => open(calls, name, a));
    for (const one of opened) calls.unpack(one);
    expect(refused).toEqual([['3', 'bytes']]);
    if (opened[0]) calls.close(opened[0]);
    calls.unpack(open(calls, '4', a));
    expect(refused).toHaveLength(1);
  });
});

test('requests that are not received in time are refused, received ones are not', () => {
  const calls = start();
  open(calls, 'slow', a);
  received.add(open(calls, 'working', a));
  calls.sweep(1_000);
  expect(refused).toEqual([]);
  calls.sweep(1_001);
  expect(refused).toEqual([['slow', 'time']]);
  calls.sweep(5_000);
  expect(refused).toHaveLength(1);
});
