/** A call whose request is being received or processed. */
export interface CallInFlight {
  /** The connection of the call. */
  readonly connection: object;
  /** True until the whole request has been received. */
  isReceiving(): boolean;
  /** Ends the call; its bytes no longer count. */
  refuse(reason: RejectionReason): void;
}

/** The reason for refusing a call. */
export type RejectionReason = 'bytes' | 'calls' | 'time';

/** Limits for all calls together. */
export interface InFlightLimits {
  readonly maxBytes: number;
  readonly maxCalls: number;
  /** The maximum number of calls with compressed requests: a few bytes may decompress to the largest request. */
  readonly maxCompressed: number;
  /** The time within which a request must be received, in milliseconds. */
  readonly receiveMs: number;
}

/** Counts the calls in flight and refuses those over the limits. */
export interface InFlight {
  /** Counts a call. */
  open(call: CallInFlight, now: number): void;
  /** Counts bytes that were received for a call. */
  add(call: CallInFlight, bytes: number): void;
  /** Records that the request of a call is compressed. */
  unpack(call: CallInFlight): void;
  /** Records that the call has ended. */
  close(call: CallInFlight): void;
  /** Refuses the calls whose requests take too long. */
  sweep(now: number): void;
}

interface State {
  readonly since: number;
  bytes: number;
  isCompressed: boolean;
}

/**
 * The memory that a chunk takes in addition to its bytes. A request that arrives one byte at a time takes many times its size until it is complete.
 */
const CHUNK_OVERHEAD = 256;

/**
 * Limits the memory that peers can make the service use. Over the limit, the largest call of the connection with the most bytes still being
 * received is refused, so that well-behaved peers are not affected by others.
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

  function refuse(call: CallInFlight, reason: RejectionReason): void {
    if (drop(call)) call.refuse(reason);
  }

  function makeRoom(newest: CallInFlight): void {
    while (total > maxBytes) refuse(victim(calls, ({ bytes }) => bytes) ?? newest, 'bytes');
    while (calls.size > maxCalls) refuse(victim(calls, () => 1) ?? newest, 'calls');
  }

  return {
    open(call, now) {
      calls.set(call, { since: now, bytes: 0, isCompressed: false });
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
    close: drop,
    sweep(now) {
      for (const [call, { since }] of calls) {
        if (call.isReceiving() && now - since > receiveMs) refuse(call, 'time');
      }
    },
  };
}

/** Returns the call to refuse: of the calls whose requests are being received, the largest one of the connection with the most bytes. */
function victim(calls: ReadonlyMap<CallInFlight, State>, sizeOf: (state: State) => number): CallInFlight | undefined {
  const sums = new Map<object, number>();
  for (const [call, state] of calls) {
    if (call.isReceiving()) sums.set(call.connection, (sums.get(call.connection) ?? 0) + sizeOf(state));
  }
  let found: CallInFlight | undefined;
  let most: readonly [sum: number, bytes: number] = [-1, -1];
  for (const [call, state] of calls) {
    if (!call.isReceiving()) continue;
    const sum = sums.get(call.connection) ?? 0;
    if (sum < most[0] || (sum === most[0] && state.bytes <= most[1])) continue;
    found = call;
    most = [sum, state.bytes];
  }
  return found;
}
