import { setMaxListeners } from 'node:events';
import { waitUntilAborted } from '../../internal/async/abort.ts';

/** Waits for a fetch of a tenant until the signal of the call aborts; returns immediately if too many calls wait. A call has one signal. */
export type WaitingCalls = (tenant: string, fetch: Promise<void>, signal: AbortSignal) => Promise<void>;

/** Limits of {@link createWaitingCalls}. */
export interface WaitingLimits {
  /** The maximum number of waiting calls of one tenant. Default 10. */
  readonly ofTenant?: number;
  /** The maximum number of waiting calls of all tenants, not counting the first of each. Default 50. */
  readonly ofAll?: number;
}

/**
 * Creates {@link WaitingCalls}. By default, Crossplane makes up to a hundred concurrent calls for all tenants together: a tenant whose
 * registries never respond could otherwise block all of them.
 */
export function createWaitingCalls({ ofTenant = 10, ofAll = 50 }: WaitingLimits = {}): WaitingCalls {
  /** The number of fetches that each call waits for, by tenant. */
  const waiting = new Map<string, Map<AbortSignal, number>>();
  let all = 0;

  function mayWait(calls: ReadonlyMap<AbortSignal, number>, signal: AbortSignal): boolean {
    return calls.has(signal) || calls.size === 0 || (calls.size < ofTenant && all < ofAll);
  }

  return async (tenant, fetch, signal) => {
    const calls = waiting.get(tenant) ?? new Map<AbortSignal, number>();
    if (!mayWait(calls, signal)) return;
    waiting.set(tenant, calls);
    const before = calls.get(signal) ?? 0;
    if (before === 0) all += 1;
    calls.set(signal, before + 1);
    // One call waits for all sources of a composite with one signal.
    setMaxListeners(0, signal);
    try {
      await waitUntilAborted(fetch, signal);
    } finally {
      const left = (calls.get(signal) ?? 1) - 1;
      if (left > 0) calls.set(signal, left);
      else {
        calls.delete(signal);
        all -= 1;
      }
      if (calls.size === 0) waiting.delete(tenant);
    }
  };
}
