/** A call whose request is being received or worked on. */
export interface CallInFlight {
  /** The connection it came on. */
  readonly connection: object;
  /** Ends the call; its bytes no longer count. */
  refuse(reason: RefusalReason): void;
}

/** The reason for refusing a call. */
export type RefusalReason = 'bytes' | 'calls' | 'time';

/** Limits on all calls together. */
export interface InFlightLimits {
  readonly maxBytes: number;
  readonly maxCalls: number;
  /** Calls whose requests are compressed: a few bytes may unpack to the largest request. */
  readonly maxCompressed: number;
  /** The time in which a request must be received, in milliseconds. */
  readonly receiveMs: number;
}

/** Counts the calls in flight and refuses those that are too much. */
export interface InFlight {
  /** Counts a call. */
  open(call: CallInFlight, now: number): void;
  /** Counts bytes that were received for a call. */
  add(call: CallInFlight, bytes: number): void;
  /** The request of a call turns out to be compressed. */
  unpack(call: CallInFlight): void;
  /** The whole request has been received. */
  received(call: CallInFlight): void;
  /** The call has ended. */
  close(call: CallInFlight): void;
  /** Refuses the calls whose requests take too long. */
  sweep(now: number): void;
}

interface State {
  readonly since: number;
  bytes: number;
  isReceiving: boolean;
  isCompressed: boolean;
}

/**
 * Memory that a chunk takes in addition to its bytes. A request that arrives one byte at a time takes many times its size until it is
 * complete.
 */
const CHUNK_OVERHEAD = 256;

/**
 * Bounds what peers can make the service hold. When it is too much, the connection that holds most of what is still being received loses
 * its largest call: a well-behaved peer does not pay for another one.
 */
export function inFlight({ maxBytes, maxCalls, maxCompressed, receiveMs }: InFlightLimits): InFlight {
  const calls = new Map<CallInFlight, State>();
  let total = 0;
  let compressed = 0;

  function drop(call: CallInFlight): boolean {
    const state = calls.get(call);
    if (state === undefined) return false;
    total -= state.bytes;
    if (state.isCompressed) compressed -= 1;
    return calls.delete(call);
  }

  function refuse(call: CallInFlight, reason: RefusalReason): void {
    if (drop(call)) call.refuse(reason);
  }

  function makeRoom(newest: CallInFlight): void {
    while (total > maxBytes) refuse(victim(calls, ({ bytes }) => bytes) ?? newest, 'bytes');
    while (calls.size > maxCalls) refuse(victim(calls, () => 1) ?? newest, 'calls');
  }

  return {
    open(call, now) {
      calls.set(call, { since: now, bytes: 0, isReceiving: true, isCompressed: false });
      if (calls.size > maxCalls) makeRoom(call);
    },
    add(call, bytes) {
      const state = calls.get(call);
      if (state === undefined) return;
      state.bytes += bytes + CHUNK_OVERHEAD;
      total += bytes + CHUNK_OVERHEAD;
      if (total > maxBytes) makeRoom(call);
    },
    unpack(call) {
      const state = calls.get(call);
      if (state === undefined) return;
      if (compressed >= maxCompressed) return refuse(call, 'bytes');
      state.isCompressed = true;
      compressed += 1;
    },
    received(call) {
      const state = calls.get(call);
      if (state) state.isReceiving = false;
    },
    close: drop,
    sweep(now) {
      for (const [call, { isReceiving, since }] of calls)
        if (isReceiving && now - since > receiveMs) refuse(call, 'time');
    },
  };
}

/** Of the calls whose requests are being received, the largest one of the connection whose calls are the most together. */
function victim(calls: ReadonlyMap<CallInFlight, State>, sizeOf: (state: State) => number): CallInFlight | undefined {
  const sums = new Map<object, number>();
  for (const [{ connection }, state] of calls) {
    if (state.isReceiving) sums.set(connection, (sums.get(connection) ?? 0) + sizeOf(state));
  }
  let found: CallInFlight | undefined;
  let most: readonly [sum: number, bytes: number] = [-1, -1];
  for (const [call, state] of calls) {
    if (!state.isReceiving) continue;
    const sum = sums.get(call.connection) ?? 0;
    if (sum < most[0] || (sum === most[0] && state.bytes <= most[1])) continue;
    found = call;
    most = [sum, state.bytes];
  }
  return found;
}
